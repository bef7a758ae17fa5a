"""HTTP requests as events of an API Gateway HTTP API or a function URL, in payload format 2.0."""

from __future__ import annotations

import base64
from typing import Any

from ticketcore_lambda.invocation import Json


def http_event(event: Any) -> Json:
    """Return the event with its headers and cookies, empty if missing; raise ``ValueError`` for any other event."""
    match event:
        case {
            "version": "2.0",
            "rawPath": str(),
            "rawQueryString": str(),
            "requestContext": {"http": {"method": str(), "protocol": str(), "sourceIp": str()}},
        } if _is_valid(event):
            return {**event, "headers": event.get("headers") or {}, "cookies": event.get("cookies") or []}
        case _:
            raise ValueError(
                "expected an event of an API Gateway HTTP API or a function URL, in payload format 2.0: "
                '{"version": "2.0", "rawPath": …, "requestContext": {"http": …, …}, …}'
            )


def _is_valid(event: Json) -> bool:
    """Return whether the optional members have the right types."""
    headers, cookies, body = event.get("headers") or {}, event.get("cookies") or [], event.get("body") or ""
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        return False
    context = event["requestContext"]
    texts = [*headers, *headers.values(), *cookies, body, context.get("stage", ""), context.get("domainName") or ""]
    if not all(isinstance(text, str) for text in texts):
        return False
    return not event.get("isBase64Encoded") or _is_base64(body)


def _is_base64(body: str) -> bool:
    try:
        base64.b64decode(body)
    except ValueError:
        return False
    return True


def stage_path(event: Json) -> str:
    """Return the path of the event's stage in API Gateway, such as ``/prod``, empty for the default stage."""
    path = "/" + event["requestContext"].get("stage", "$default")
    return path if event["rawPath"].startswith(f"{path}/") else ""

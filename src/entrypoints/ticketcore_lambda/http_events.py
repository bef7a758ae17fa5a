"""HTTP requests as events of an API Gateway HTTP API or a function URL, in payload format 2.0."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ticketcore_lambda.invocation import Json


def http_event(event: Any) -> Json:
    """Return the event with its headers and cookies, empty if missing; raise ``ValueError`` for any other event.

    The names of headers are in lower case, as AWS writes them; its emulators do not.
    """
    match event:
        case {
            "version": "2.0",
            "rawPath": str(),
            "rawQueryString": str(),
            "requestContext": {"http": {"method": str(), "protocol": str(), "sourceIp": str()}},
        } if _is_valid(event):
            return {
                **event,
                "headers": _in_lower_case(event.get("headers") or {}),
                "cookies": event.get("cookies") or [],
            }
        case _:
            raise ValueError(
                "expected an event of an API Gateway HTTP API or a function URL, in payload format 2.0: "
                '{"version": "2.0", "rawPath": …, "requestContext": {"http": …, …}, …}'
            )


def _in_lower_case(headers: Mapping[str, str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in headers.items():
        before = found.get(name.lower())
        found[name.lower()] = value if before is None else f"{before},{value}"
    return found


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


def base_path(event: Json, public_url: str | None) -> str:
    """Return the path under which the service stands in the event's path, decoded, empty for the root.

    It is that of ``public_url``, as behind a custom domain with a base path, or that of a stage other than the default one.
    """
    path = f"{unquote(event['rawPath'])}/"
    stage = event["requestContext"].get("stage", "$default")
    bases = (unquote(urlsplit(public_url or "").path), f"/{stage}")
    return next((base for base in bases if base and path.startswith(f"{base}/")), "")

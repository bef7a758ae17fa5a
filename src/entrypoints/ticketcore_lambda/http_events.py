"""Events that are HTTP requests: of an API Gateway HTTP API or of a function URL, in payload format 2.0."""

from __future__ import annotations

from typing import Any

from ticketcore_lambda.invocation import Json


def http_event(event: Any) -> Json:
    """Answer the event with its headers, which may be none; raise ``ValueError`` for an event of any other kind."""
    match event:
        case {
            "version": "2.0",
            "rawPath": str(),
            "rawQueryString": str(),
            "requestContext": {"http": {"method": str(), "protocol": str(), "sourceIp": str()}},
        }:
            return {**event, "headers": event.get("headers") or {}}
        case _:
            raise ValueError(
                "expected an event of an API Gateway HTTP API or a function URL, in payload format 2.0: "
                '{"version": "2.0", "rawPath": …, "requestContext": {"http": …, …}, …}'
            )


def stage_path(event: Json) -> str:
    """Answer the path under which API Gateway serves the event's stage, such as ``/prod``; empty for the default stage."""
    path = "/" + event["requestContext"].get("stage", "$default")
    return path if event["rawPath"].startswith(f"{path}/") else ""

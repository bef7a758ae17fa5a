"""Reading Flask's request: what ``ticketcore_wire.requests`` needs to know of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException

from ticketcore.domain.texts import Text
from ticketcore_wire import requests
from ticketcore_wire.fields import Body, Field
from ticketcore_wire.problems import MalformedRequest, RefusedRequest
from ticketcore_wire.requests import MAX_BODY, Content

__all__ = ["MAX_BODY", "read_body", "read_query"]

_MAX_DRAINED = 1024 * 1024


def read_body(body: Body, header_fields: Iterable[Field] = ()) -> dict[str, Any]:
    """Answer the values of the request's body and of its header's fields (``requests.read_body``)."""
    wanted = tuple(header_fields)
    headers = {field.name: request.headers[field.name] for field in wanted if field.name in request.headers}
    content = Content(_read_whole(), request.content_type or "", request.content_encoding or "", request.content_length)
    return requests.read_body(body, content, wanted, headers)


def _read_whole() -> bytes:
    try:
        raw = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception as error:  # Each server has errors of its own for a body that breaks off or is framed wrongly.
        raise RefusedRequest(MalformedRequest(Text("The body could not be read to its end."))) from error
    if len(raw) > MAX_BODY:
        # A client that is cut off while it sends may never read the answer.
        request.environ["wsgi.input"].read(_MAX_DRAINED)
    return raw


def read_query(fields: Iterable[Field]) -> dict[str, Any]:
    """Answer the values of the request's query (``requests.read_query``)."""
    return requests.read_query(fields, request.args.to_dict(flat=False))

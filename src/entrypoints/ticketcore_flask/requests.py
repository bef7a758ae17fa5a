"""Reading requests: JSON bodies, query strings and headers, with every fault at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import HTTPException

from ticketcore.refusals import Fault, InvalidRequest
from ticketcore_wire.fields import Body, Field, read_fields
from ticketcore_wire.problems import MalformedRequest, PayloadTooLarge, RefusedRequest

MAX_BODY = 64 * 1024
_MAX_DRAINED = 1024 * 1024


def read_body(body: Body, headers: Iterable[Field] = ()) -> dict[str, Any]:
    """Answer the values of the body, and of ``headers`` under their names.

    Raises ``RefusedRequest`` for what is not JSON, is too long or has faults.
    """
    values, faults = body.parse(_json(body))
    header_values, header_faults = _read_headers(headers)
    return _without_faults(values | header_values, [*faults, *header_faults])


def _json(body: Body) -> object:
    raw = _read_whole()
    if not raw and not body.fields:
        return {}
    if request.mimetype != "application/json" or request.content_encoding or not _is_utf_8():
        raise RefusedRequest(MalformedRequest("The request needs a body of the media type application/json in UTF-8."))
    try:
        return json.loads(raw.decode(), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise RefusedRequest(MalformedRequest("The body is not JSON (RFC 8259) in UTF-8.")) from None


def _read_whole() -> bytes:
    try:
        raw = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception as error:  # Each server has errors of its own for a body that breaks off or is framed wrongly.
        raise RefusedRequest(MalformedRequest("The body could not be read to its end.")) from error
    if len(raw) > MAX_BODY:
        # A client that is cut off while it sends may never read the answer.
        request.environ["wsgi.input"].read(_MAX_DRAINED)
        raise RefusedRequest(PayloadTooLarge())
    if len(raw) < (request.content_length or 0):
        raise RefusedRequest(MalformedRequest("The body is shorter than its Content-Length."))
    return raw


def _is_utf_8() -> bool:
    return request.mimetype_params.get("charset", "utf-8").lower() == "utf-8"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _read_headers(fields: Iterable[Field]) -> tuple[dict[str, Any], list[Fault]]:
    wanted = tuple(fields)
    given = {field.name: request.headers[field.name] for field in wanted if field.name in request.headers}
    return read_fields(wanted, given)


def read_query(fields: Iterable[Field]) -> dict[str, Any]:
    """Answer the query's values; raise ``RefusedRequest`` with every fault, unknown and repeated names included."""
    given = request.args.to_dict(flat=False)
    return _without_faults(
        *read_fields(fields, {name: found[0] if len(found) == 1 else found for name, found in given.items()})
    )


def _without_faults(values: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    if faults:
        raise RefusedRequest(InvalidRequest(tuple(faults)))
    return values

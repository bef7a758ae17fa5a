"""Reading requests: JSON bodies, query strings and headers, with every fault at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import request

from ticketcore.refusals import InvalidRequest
from ticketcore_wire.fields import Body, Field, read_fields
from ticketcore_wire.problems import MalformedRequest, RefusedRequest


def read_body(body: Body) -> dict[str, Any]:
    """Answer the body's values; raise ``RefusedRequest`` for what is not JSON or has faults."""
    raw = request.get_data(cache=False)
    if not raw and not any(field.required for field in body.fields):
        return {}
    if request.mimetype != "application/json":
        raise RefusedRequest(MalformedRequest("The request needs a body of the media type application/json."))
    return body.read(_parse(raw))


def _parse(raw: bytes) -> object:
    try:
        return json.loads(raw.decode(), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise RefusedRequest(MalformedRequest("The body is not JSON (RFC 8259) in UTF-8.")) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def read_query(fields: Iterable[Field]) -> dict[str, Any]:
    """Answer the query's values; raise ``RefusedRequest`` with every fault, unknown and repeated names included."""
    given = request.args.to_dict(flat=False)
    values, faults = read_fields(
        fields, {name: found[0] if len(found) == 1 else found for name, found in given.items()}
    )
    if faults:
        raise RefusedRequest(InvalidRequest(tuple(faults)))
    return values


def read_header(field: Field) -> Any:
    """Answer a header's value, or ``None``; raise ``RefusedRequest`` if it has a fault."""
    given = request.headers.get(field.name)
    values, faults = read_fields((field,), {} if given is None else {field.name: given})
    if faults:
        raise RefusedRequest(InvalidRequest(tuple(faults)))
    return values.get(field.name)

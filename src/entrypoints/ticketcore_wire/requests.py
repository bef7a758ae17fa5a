"""Reading requests, whatever server took them: JSON bodies, header fields and queries, with every fault at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, NoReturn

import attrs

from ticketcore.domain.refusals import Fault, InvalidRequest
from ticketcore.domain.texts import Text
from ticketcore_wire.fields import Body, Field, read_fields
from ticketcore_wire.problems import MalformedRequest, PayloadTooLarge, RefusedRequest

MAX_BODY = 64 * 1024


@attrs.frozen
class Content:
    """A request's body as it came, with the texts of ``Content-Type`` and ``Content-Encoding``, empty if missing.

    ``content_length`` is the length that was announced, in bytes; ``None`` if whoever took the request has seen to it.
    """

    raw: bytes = attrs.field(repr=False)
    content_type: str
    content_encoding: str = ""
    content_length: int | None = None


def read_body(
    body: Body, content: Content, header_fields: Iterable[Field] = (), headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Answer the values of the body, and of ``header_fields`` found in ``headers`` under their names.

    Raises ``RefusedRequest`` for what is not JSON, is too long or has faults.
    """
    values, faults = body.parse(_json(body, content))
    header_values, header_faults = read_fields(header_fields, headers or {})
    return _without_faults(values | header_values, [*faults, *header_faults])


def read_query(fields: Iterable[Field], query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Answer the query's values; raise ``RefusedRequest`` with every fault, unknown and repeated names included."""
    given = {name: found[0] if len(found) == 1 else found for name, found in query.items()}
    return _without_faults(*read_fields(fields, given))


def _json(body: Body, content: Content) -> object:
    if len(content.raw) > MAX_BODY:
        raise RefusedRequest(PayloadTooLarge())
    if len(content.raw) < (content.content_length or 0):
        raise RefusedRequest(MalformedRequest(Text("The body is shorter than its Content-Length.")))
    if not content.raw and not body.fields:
        return {}
    if content.content_encoding or not _is_json_in_utf_8(content.content_type):
        raise RefusedRequest(
            MalformedRequest(Text("The request needs a body of the media type application/json in UTF-8."))
        )
    try:
        return json.loads(content.raw.decode(), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise RefusedRequest(MalformedRequest(Text("The body is not JSON (RFC 8259) in UTF-8."))) from None


def _is_json_in_utf_8(content_type: str) -> bool:
    header = Message()
    header["Content-Type"] = content_type
    charset = collapse_rfc2231_value(header.get_param("charset", ""))
    return header.get_content_type() == "application/json" and charset.lower() in {"", "utf-8"}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _without_faults(values: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    if faults:
        raise RefusedRequest(InvalidRequest(tuple(faults)))
    return values

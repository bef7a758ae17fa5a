"""Reading requests of any server: JSON bodies, header fields and queries, with all faults at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

import attrs

from ticketcore.domain.texts import Text
from ticketcore_wire.object_schemas import MoreFaults, RequestSchema, no_more
from ticketcore_wire.problems import MalformedRequest, PayloadTooLarge, RefusedRequest, refuse_faults

T = TypeVar("T")
H = TypeVar("H")

MAX_BODY = 64 * 1024


@attrs.frozen
class Content:
    """A request's body as received, with the values of ``Content-Type`` and ``Content-Encoding``, empty if missing.

    ``content_length`` is the announced length in bytes, ``None`` if the server has checked it.
    """

    raw: bytes = attrs.field(repr=False)
    content_type: str
    content_encoding: str = ""
    content_length: int | None = None


def read_body(schema: RequestSchema[T], content: Content, more: MoreFaults = no_more) -> T:
    """Read a body; raise ``RefusedRequest`` if it is not JSON, too long, or has faults (``RequestSchema.decode``)."""
    return schema.decode(_json(content, may_be_empty=schema.may_be_empty), more)


def read_body_and_headers(
    body: RequestSchema[T],
    content: Content,
    header: RequestSchema[H],
    sent: Mapping[str, str],
    more: MoreFaults = no_more,
) -> tuple[T, H]:
    """Read a body and its header fields, given by the names in the schema; raise ``RefusedRequest`` as ``read_body``."""
    values, faults = body.parse(_json(content, may_be_empty=body.may_be_empty))
    header_values, header_faults = header.parse(sent)
    if faults or header_faults:
        refuse_faults([*faults, *more(values), *header_faults])
    return body.make(**values), header.make(**header_values)


def read_query(schema: RequestSchema[T], query: Mapping[str, Sequence[str]]) -> T:
    """Read a query; raise ``RefusedRequest`` with every fault, unknown and repeated names included."""
    return schema.decode({name: found[0] if len(found) == 1 else found for name, found in query.items()})


def _json(content: Content, *, may_be_empty: bool) -> object:
    if len(content.raw) > MAX_BODY:
        raise RefusedRequest(PayloadTooLarge())
    if len(content.raw) < (content.content_length or 0):
        raise RefusedRequest(MalformedRequest(Text("The body is shorter than its Content-Length.")))
    if not content.raw and may_be_empty:
        return {}
    if content.content_encoding or not _is_json_in_utf_8(content.content_type):
        raise RefusedRequest(
            MalformedRequest(Text("The request needs a body of the media type application/json in UTF-8."))
        )
    try:
        return json.loads(content.raw.decode(), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise RefusedRequest(MalformedRequest(Text("The body is not JSON (RFC 8259) in UTF-8."))) from None


@lru_cache
def _is_json_in_utf_8(content_type: str) -> bool:
    header = Message()
    header["Content-Type"] = content_type
    charset = collapse_rfc2231_value(header.get_param("charset", ""))
    return header.get_content_type() == "application/json" and charset.lower() in {"", "utf-8"}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is repeated")
    return members

"""Where the list of a page goes on, as its address or its form says."""

from __future__ import annotations

from typing import TypeVar

from ticketcore.domain.refusals import Fault, InvalidRequest
from ticketcore.domain.texts import InvalidValue
from ticketcore_wire.schemas import InputSchema

Cursor = TypeVar("Cursor")


def read_cursor(schema: InputSchema[Cursor], text: str | None) -> Cursor | InvalidRequest | None:
    """Return where a list goes on, or what is wrong with that; ``None`` is the beginning."""
    try:
        return schema.decode(text) if text else None
    except InvalidValue as wrong:
        return InvalidRequest((Fault("cursor", wrong.text),))

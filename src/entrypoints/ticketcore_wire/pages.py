"""Pages of listings on the wire: how many items, and where the next page begins."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ticketcore.domain import timestamps
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire.schemas import InputSchema, text

MAX_PAGE = 100
DEFAULT_PAGE = 50
_MAX_CURSOR = 200

Name = TypeVar("Name", bound=str)


def cursor(read_name: Callable[[str], Name]) -> InputSchema[tuple[datetime, Name]]:
    """Return the schema of where the next page begins, a time and a name, as a string that clients hand back unread.

    ``read_name`` returns an empty name for what is none.
    """

    def read(value: str) -> tuple[datetime, Name]:
        try:
            raw = base64.urlsafe_b64decode(value[:_MAX_CURSOR] + "=" * (-len(value) % 4))
            moment, name = json.loads(raw)
            after = timestamps.parse(moment), read_name(name)
        except (ValueError, TypeError, RecursionError):
            raise InvalidValue(Text("must be a next_cursor of this service")) from None
        if _write(after) != value:
            raise InvalidValue(Text("must be a next_cursor of this service"))
        return after

    return text(read, _write)


def _write(after: tuple[datetime, str]) -> str:
    moment, name = after
    return base64.urlsafe_b64encode(json.dumps([timestamps.text_of(moment), name]).encode()).decode().rstrip("=")


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 4 and 1 <= int(value) <= MAX_PAGE):
        raise InvalidValue(Text("must be a whole number from 1 to %(most)s", most=str(MAX_PAGE)))
    return int(value)


#: How many items a page has at most, as a query says it.
LIMIT: InputSchema[int] = InputSchema(
    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}, lambda limit: limit, decode=text(_limit).decode
)

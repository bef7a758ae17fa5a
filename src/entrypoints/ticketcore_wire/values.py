"""Schemas of single values that several objects share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ticketcore.domain import ids, timestamps
from ticketcore.domain.ids import EventId
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire.schemas import InputSchema, Schema, line, text

Id = TypeVar("Id", bound=str)

_MAX_ID = 64
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:[0-9]{2}\Z)")

TEXT: InputSchema[str] = text(str)
#: A text for people, which a response renders in its language.
SENTENCE: Schema[Text] = Schema({"type": "string"}, lambda sentence: sentence)
COUNT: Schema[int] = Schema({"type": "integer", "minimum": 0}, lambda count: count)
FLAG: Schema[bool] = Schema({"type": "boolean"}, lambda flag: flag)
TIME: InputSchema[datetime] = text(timestamps.parse, timestamps.text_of, format="date-time")
#: A time in a query, where a plus that is not written as %2B arrives as a space.
QUERY_TIME: InputSchema[datetime] = text(
    lambda value: timestamps.parse(_LOST_PLUS.sub("+", value)),
    timestamps.text_of,
    format="date-time",
    examples=["2027-05-01T20:00:00Z"],
)


def _flag(value: str) -> bool:
    if value not in {"true", "false"}:
        raise InvalidValue(Text("must be true or false"))
    return value == "true"


#: A boolean in a query.
QUERY_FLAG: InputSchema[bool] = InputSchema({"type": "boolean"}, lambda flag: flag, text(_flag).decode)
AMOUNT: Schema[str] = text(str, pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["45.00"])
CURRENCY: Schema[str] = text(str, pattern="^[A-Z]{3}$", examples=["BRL"])
URL: Schema[str] = text(str, format="uri")


def _identifier(make: Callable[[str], Id]) -> InputSchema[Id]:
    any_text = line(_MAX_ID)
    return InputSchema(any_text.json_schema, str, lambda value: make(any_text.decode(value)))


#: An event in examples of requests.
EXAMPLE_EVENT = "mfrggzdfmztwq2lknnwa"
EVENT_ID: InputSchema[EventId] = _identifier(ids.event_id)

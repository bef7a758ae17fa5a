"""What may be sent: the fields of every request of the contract."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from ticketcore.domain import emails, events, ids, printable_text, timestamps
from ticketcore.domain.events import DEFAULT_CURRENCY, EventStatus, price_of
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import currency
from ticketcore.domain.refusals import Fault
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire.fields import Body, Field, Reader, checked, text, whole

MAX_ID = 64
MAX_QR_CODE = 4096
_MAX_NAME = 100
_MAX_TOKEN = 200


def _status(value: str) -> EventStatus:
    try:
        return EventStatus(value)
    except ValueError:
        raise InvalidValue(Text("must be one of %(choices)s", choices=", ".join(EventStatus))) from None


def _event_field(name: str, schema: dict[str, Any], convert: Reader = lambda value: value) -> Field:
    return Field(name, checked(events.CHECKS[name], convert), schema)


def _line(most: int) -> Reader:
    return checked(printable_text.check(most))


def _printable(most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most}


def _whole_schema(most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most}


_AMOUNT = r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$"


def _amount(value: str) -> str:
    # How many decimals there must be is the currency's to say, which a change need not name.
    if not re.fullmatch(_AMOUNT, value):
        raise InvalidValue(Text('must be a decimal string, such as "45.00"'))
    return value


_TIME = {"type": "string", "format": "date-time", "examples": ["2027-05-01T20:00:00Z"]}
_STATUS = Field("status", text(_status), {"enum": [status.value for status in EventStatus]})

_EVENT_FIELDS = (
    _event_field("name", _printable(events.MAX_TEXT)),
    Field("date", text(timestamps.parse), _TIME),
    _event_field("location", _printable(events.MAX_TEXT)),
    _event_field("capacity", _whole_schema(events.MAX_CAPACITY), whole),
    Field("price", text(_amount), {"type": "string", "pattern": _AMOUNT, "examples": ["45.00"]}),
    Field("currency", text(currency), {"type": "string", "pattern": "^[A-Z]{3}$"}),
    _STATUS,
    _event_field("max_per_order", _whole_schema(events.MAX_PER_ORDER), whole),
)


def _price_fault(given: Mapping[Any, object], values: Mapping[str, Any]) -> Iterable[Fault]:
    if "price" in values and ("currency" in values or "currency" not in given):
        price = price_of(values["price"], values.get("currency", DEFAULT_CURRENCY))
        if isinstance(price, Fault):
            yield price


#: What a new event has if nobody says so; all else must be said.
_DEFAULTS = {
    "currency": DEFAULT_CURRENCY,
    "status": EventStatus.ON_SALE.value,
    "max_per_order": events.DEFAULT_MAX_PER_ORDER,
}


def _of_new_event(field: Field) -> Field:
    if field.name in _DEFAULTS:
        return attrs.evolve(field, schema={**field.schema, "default": _DEFAULTS[field.name]})
    return attrs.evolve(field, required=True)


NEW_EVENT = Body("NewEvent", tuple(map(_of_new_event, _EVENT_FIELDS)), _price_fault)
EVENT_CHANGE = Body("EventChange", _EVENT_FIELDS)

_QUANTITY = Field(
    "quantity",
    checked(events.CHECKS["max_per_order"], whole),
    _whole_schema(events.MAX_PER_ORDER),
    required=True,
)
_EMAIL = {"type": "string", "maxLength": emails.MAX_LENGTH, "pattern": emails.PATTERN, "examples": ["ann@example.com"]}

NEW_ORDER = Body(
    "NewOrder",
    (
        Field("event_id", _line(MAX_ID), _printable(MAX_ID), required=True),
        _QUANTITY,
        Field("customer_email", text(emails.parse), _EMAIL, required=True),
    ),
)
PAYMENT = Body("Payment", (Field("payment_token", _line(_MAX_TOKEN), _printable(_MAX_TOKEN), required=True),))
NOTHING = Body("Nothing", ())


def _at_most(most: int) -> Reader:
    def read(value: str) -> str:
        if len(value) > most:
            raise InvalidValue(Text("must be at most %(most)s characters", most=str(most)))
        return value

    return text(read)


SCAN = Body(
    "Scan",
    (
        Field("qr_code", _at_most(MAX_QR_CODE), {"type": "string", "maxLength": MAX_QR_CODE}, required=True),
        Field("gate", _line(_MAX_NAME), _printable(_MAX_NAME)),
        Field("event_id", _line(MAX_ID), _printable(MAX_ID)),
        Field("scan_id", _line(_MAX_NAME), _printable(_MAX_NAME)),
    ),
)

IDEMPOTENCY_KEY = Field("Idempotency-Key", _line(255), _printable(255))

IF_MATCH = Field("If-Match", text(str), {"type": "string", "examples": ['"1"']})

MAX_PAGE = 100
DEFAULT_PAGE = 50


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 4 and 1 <= int(value) <= MAX_PAGE):
        raise InvalidValue(Text("must be a whole number from 1 to %(most)s", most=str(MAX_PAGE)))
    return int(value)


def write_cursor(after: tuple[datetime, EventId] | None) -> str | None:
    """Answer where the next page begins, as a text that clients hand back and never read."""
    if after is None:
        return None
    date, event_id = after
    return base64.urlsafe_b64encode(json.dumps([timestamps.text_of(date), event_id]).encode()).decode().rstrip("=")


def read_cursor(value: str) -> tuple[datetime, EventId]:
    """Read a cursor; raise ``InvalidValue`` for anything that ``write_cursor`` did not write."""
    try:
        raw = base64.urlsafe_b64decode(value[:_MAX_TOKEN] + "=" * (-len(value) % 4))
        date, event_id = json.loads(raw)
        after = timestamps.parse(date), EventId(ids.opaque(event_id))
    except (ValueError, TypeError, RecursionError):
        raise InvalidValue(Text("must be a next_cursor of this service")) from None
    if write_cursor(after) != value:
        raise InvalidValue(Text("must be a next_cursor of this service"))
    return after


EVENT_QUERY = (
    Field("limit", text(_limit), _whole_schema(MAX_PAGE) | {"default": DEFAULT_PAGE}),
    Field("cursor", text(read_cursor), {"type": "string"}),
    _STATUS,
    Field("starts_after", text(timestamps.parse), _TIME),
)

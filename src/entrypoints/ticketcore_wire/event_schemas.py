"""Events on the wire: what is sent to create, change and list them, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import attrs

from ticketcore import Event, EventChange, EventDraft, EventStatus, Fault, LiveEvent, LivePage
from ticketcore.domain import event_times, events, ids
from ticketcore.domain.event_times import TIMES
from ticketcore.domain.events import NO_LIMIT, NoLimit, price_of
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import currency
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire import pages
from ticketcore_wire.object_schemas import Field, RequestSchema, Rule, field, member, object_schema
from ticketcore_wire.schemas import (
    InputSchema,
    Schema,
    annotated,
    checked,
    choice,
    flag,
    json_text,
    line,
    nullable,
    text,
    whole_number,
)
from ticketcore_wire.values import AMOUNT, COUNT, CURRENCY, QUERY_TIME, TEXT, TIME

T = TypeVar("T")

_PRICE = r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$"


def _price(value: str) -> str:
    # The number of decimals depends on the currency, which a change may omit.
    if not re.fullmatch(_PRICE, value):
        raise InvalidValue(Text('must be a decimal string, such as "45.00"'))
    return value


def _price_faults(price: str, code: str) -> Iterator[Fault]:
    found = price_of(price, code)
    if isinstance(found, Fault):
        yield found


def _time_faults(date: datetime, *limits: datetime | NoLimit | None) -> Iterator[Fault]:
    return event_times.faults(date, *(None if each is NO_LIMIT else each for each in limits))


_CURRENCY: InputSchema[str] = text(currency, pattern="^[A-Z]{3}$")
_STATUS = choice(EventStatus)
_TIME = annotated(TIME, examples=["2027-05-01T20:00:00Z"])


def _limit(value: InputSchema[T]) -> InputSchema[T | NoLimit]:
    """Return the schema of a limit: a value, or ``null`` for none."""
    return InputSchema(
        {**value.json_schema, "type": [value.json_schema["type"], "null"]},
        lambda limit: None if isinstance(limit, NoLimit) else value.encode(limit),
        decode=lambda sent: NO_LIMIT if sent is None else value.decode(sent),
    )


_LIMIT_OF_CUSTOMER = _limit(whole_number(events.MAX_CAPACITY, events.CHECKS["max_per_customer"]))
_SALE_STARTS_AT = "The first moment at which places can be reserved; null is at once."
_SALE_ENDS_AT = "From when on no places can be reserved, at the latest date; null is date."
_DOORS_AT = "The first moment at which tickets are admitted, at the latest date; null is at any time."


def _time_limit(description: str) -> InputSchema[datetime | NoLimit]:
    return annotated(_limit(_TIME), description=description)


def _time_or_null(description: str) -> Schema[datetime | None]:
    return annotated(nullable(TIME), description=description)


_DESCRIPTION: InputSchema[str] = checked(
    events.CHECKS["description"],
    {
        "type": "string",
        "maxLength": events.MAX_DESCRIPTION,
        "description": "Plain text; line breaks and tabs are its only control characters.",
    },
)


def _read_timezone(name: str) -> str:
    fault = events.timezone_fault(name)
    if fault:
        raise InvalidValue(fault)
    return name


_TIMEZONE: InputSchema[str] = text(
    _read_timezone,
    pattern=f"^{events.TIMEZONE}$",
    examples=["America/Sao_Paulo"],
    description="The zone of the event's local time, by its name in the IANA time zone database.",
)

_FIELDS: tuple[Field[EventDraft | EventChange], ...] = (
    field("name", line(events.MAX_TEXT), lambda event: event.name),
    field("date", _TIME, lambda event: event.date),
    field("location", line(events.MAX_TEXT), lambda event: event.location),
    field("capacity", whole_number(events.MAX_CAPACITY, events.CHECKS["capacity"]), lambda event: event.capacity),
    field("price", text(_price, pattern=_PRICE, examples=["45.00"]), lambda event: event.price),
    field("currency", _CURRENCY, lambda event: event.currency),
    field("status", _STATUS, lambda event: event.status),
    field(
        "max_per_order",
        whole_number(events.MAX_PER_ORDER, events.CHECKS["max_per_order"]),
        lambda event: event.max_per_order,
    ),
    field("max_per_customer", _LIMIT_OF_CUSTOMER, lambda event: event.max_per_customer),
    field("description", _DESCRIPTION, lambda event: event.description),
    field("timezone", _TIMEZONE, lambda event: event.timezone),
    field("sale_starts_at", _time_limit(_SALE_STARTS_AT), lambda event: event.sale_starts_at),
    field("sale_ends_at", _time_limit(_SALE_ENDS_AT), lambda event: event.sale_ends_at),
    field("doors_at", _time_limit(_DOORS_AT), lambda event: event.doors_at),
)

_ALLOW_PAST = annotated(flag(), description="Accept a date in the past; false by default.")

NEW_EVENT: RequestSchema[EventDraft] = RequestSchema(
    "NewEvent",
    EventDraft,
    (*_FIELDS, field("allow_past", _ALLOW_PAST, lambda draft: draft.allow_past)),
    (Rule(("price", "currency"), _price_faults), Rule(TIMES, _time_faults)),
    {
        "name": "Night of the Proms",
        "date": "2031-05-01T20:00:00Z",
        "location": "Royal Hall",
        "capacity": 100,
        "price": "45.00",
    },
)
_NOTIFY = annotated(
    flag(),
    description=(
        "Mail every holder of a paid order if the date, the time zone or the location changes, or the event is cancelled; "
        "true by default."
    ),
)
EVENT_CHANGE: RequestSchema[EventChange] = RequestSchema(
    "EventChange",
    EventChange,
    (
        *_FIELDS,
        field("notify_buyers", _NOTIFY, lambda change: change.notify_buyers),
        field("allow_past", _ALLOW_PAST, lambda change: change.allow_past),
    ),
    example={"price": "50.00", "capacity": 120},
)

_WHOLE: Schema[LiveEvent] = object_schema(
    "Event",
    member("id", TEXT, lambda live: live.event.id),
    member("name", TEXT, lambda live: live.event.name),
    member("description", _DESCRIPTION, lambda live: live.event.description),
    member("date", TIME, lambda live: live.event.date),
    member("timezone", _TIMEZONE, lambda live: live.event.timezone),
    member("location", TEXT, lambda live: live.event.location),
    member("capacity", COUNT, lambda live: live.event.capacity),
    member(
        "available", annotated(COUNT, description="Places that are free at this moment."), lambda live: live.available
    ),
    member("price", AMOUNT, lambda live: live.event.price.amount),
    member("currency", CURRENCY, lambda live: live.event.price.currency),
    member("status", _STATUS, lambda live: live.event.status),
    member("max_per_order", COUNT, lambda live: live.event.max_per_order),
    member(
        "max_per_customer",
        annotated(
            nullable(COUNT),
            description="The most places of one e-mail address, whatever its case and +tag; null is no limit.",
        ),
        lambda live: live.event.max_per_customer,
    ),
    member("sale_starts_at", _time_or_null(_SALE_STARTS_AT), lambda live: live.event.sale_starts_at),
    member("sale_ends_at", _time_or_null(_SALE_ENDS_AT), lambda live: live.event.sale_ends_at),
    member("doors_at", _time_or_null(_DOORS_AT), lambda live: live.event.doors_at),
    member("created_at", TIME, lambda live: live.event.created_at),
)


@lru_cache(maxsize=1024)
def _around(event: Event) -> tuple[str, str]:
    """Return the JSON of an event before and after its free places: the same as long as the event is."""
    encoded = _WHOLE.encode(LiveEvent(event, 0))
    names = list(encoded)
    before = names[: names.index("available")]
    first = json_text({name: encoded[name] for name in before})
    rest = json_text({name: encoded[name] for name in names[len(before) + 1 :]})
    return f'{first[:-1]}, "available": ', f", {rest[1:]}"


def _written(live: LiveEvent) -> str:
    before, after = _around(live.event)
    return f"{before}{live.available}{after}"


EVENT: Schema[LiveEvent] = attrs.evolve(_WHOLE, write=_written)

# Pages

#: Of how many orders a refund was requested.
EVENT_REFUND: Schema[int] = object_schema(
    "EventRefund",
    member(
        "orders", annotated(COUNT, description="Paid orders that are refunded in the background."), lambda count: count
    ),
)

Cursor = tuple[datetime, EventId]
CURSOR: InputSchema[Cursor] = pages.cursor(ids.event_id)

EVENT_PAGE: Schema[LivePage] = pages.page_schema("EventPage", EVENT, CURSOR)


@attrs.frozen
class EventQuery:
    """Which page of which events to list."""

    limit: int = pages.DEFAULT_PAGE
    cursor: Cursor | None = None
    status: EventStatus | None = None
    starts_after: datetime | None = None


EVENT_QUERY: RequestSchema[EventQuery] = RequestSchema(
    "EventQuery",
    EventQuery,
    (
        field("limit", pages.LIMIT, lambda query: query.limit),
        field("cursor", CURSOR, lambda query: query.cursor),
        field("status", _STATUS, lambda query: query.status),
        field("starts_after", QUERY_TIME, lambda query: query.starts_after),
    ),
)


@attrs.frozen
class ChangeHeaders:
    """The header fields of a change: the entity tags that it is meant for."""

    if_match: str | None = None


CHANGE_HEADERS: RequestSchema[ChangeHeaders] = RequestSchema(
    "ChangeHeaders",
    ChangeHeaders,
    (field("If-Match", text(str, examples=['"1"']), lambda headers: headers.if_match),),
)

"""Pages of listings on the wire: how many items, and where the next page begins."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import attrs

from ticketcore.domain import ids, timestamps
from ticketcore.domain.acts import MAX_ACT
from ticketcore.domain.events import MAX_PER_ORDER
from ticketcore.domain.gate_lists import GatePlace, place_fault
from ticketcore.domain.ids import EventId
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire.object_schemas import member, object_schema
from ticketcore_wire.schemas import InputSchema, Schema, array, json_text, nullable, text

MAX_PAGE = 100
DEFAULT_PAGE = 50
_MAX_CURSOR = 200

Name = TypeVar("Name", bound=str)
Place = TypeVar("Place", bound=tuple[Any, ...])
Held = TypeVar("Held")


def page_schema(name: str, items: Schema[Any], cursor: Schema[Any]) -> Schema[Any]:
    """Return the schema of a page: its ``items``, and where the next one begins, which it has as ``after``."""
    following = nullable(cursor)
    page: Schema[Any] = object_schema(
        name,
        member("items", array(items), lambda page: page.items),
        member("next_cursor", following, lambda page: page.after),
    )
    write = items.write
    if write is None:
        return page

    def written(page: Any) -> str:
        listed = ", ".join(map(write, page.items))
        return f'{{"items": [{listed}], "next_cursor": {json_text(following.encode(page.after))}}}'

    return attrs.evolve(page, write=written)


def cursor(read_name: Callable[[str], Name]) -> InputSchema[tuple[datetime, Name]]:
    """Return the schema of where the next page begins, a time and a name, as a string that clients hand back unread.

    ``read_name`` returns an empty name for what is none.
    """

    def read(place: list[Any]) -> tuple[datetime, Name]:
        moment, name = place
        return timestamps.parse(moment), read_name(name)

    return _cursor(read)


def ticket_cursor(read_name: Callable[[str], Name]) -> InputSchema[tuple[datetime, Name, int]]:
    """Return the schema of where the next page begins, as ``cursor`` does, within an order: with the number of a ticket."""

    def read(place: list[Any]) -> tuple[datetime, Name, int]:
        moment, name, number = place
        if type(number) is not int or not 1 <= number <= MAX_PER_ORDER:
            raise ValueError(number)
        return timestamps.parse(moment), read_name(name), number

    return _cursor(read)


@attrs.frozen
class EventPlace:
    """Where the list of an event's tickets goes on; that of another event may have come further."""

    event_id: EventId
    place: GatePlace


def gate_cursor() -> InputSchema[EventPlace]:
    """Return the schema of where a gate's list goes on, as a string that gates hand back unread."""

    def read(values: list[Any]) -> EventPlace:
        event_id, journal, *rest = values
        after = None
        if rest:
            moment, digest = rest
            after = timestamps.parse(moment), ids.read_digest(digest)
        place = GatePlace(journal, after)
        if place_fault(place):
            raise ValueError(values)
        return EventPlace(ids.event_id(event_id), place)

    def write(held: EventPlace) -> str:
        after = held.place.after
        order = [] if after is None else [timestamps.text_of(after[0]), after[1]]
        return _written([held.event_id, held.place.journal, *order])

    return _handed_back(read, write)


def act_cursor() -> InputSchema[int]:
    """Return the schema of where the next page of acts begins, as a string that is handed back unread."""

    def read(values: list[Any]) -> int:
        [act] = values
        if type(act) is not int or not 1 <= act <= MAX_ACT:
            raise ValueError(act)
        return act

    return _handed_back(read, lambda act: _written([act]))


def _cursor(read_place: Callable[[list[Any]], Place]) -> InputSchema[Place]:
    def write(place: Place) -> str:
        moment, *name = place
        return _written([timestamps.text_of(moment), *name])

    return _handed_back(read_place, write)


def _handed_back(read_values: Callable[[list[Any]], Held], write: Callable[[Held], str]) -> InputSchema[Held]:
    """Return the schema of a value as a string of this service, which is refused in any other spelling."""
    wrong = Text("must be a next_cursor of this service")

    def read(value: str) -> Held:
        try:
            raw = base64.urlsafe_b64decode(value[:_MAX_CURSOR] + "=" * (-len(value) % 4))
            held = read_values(json.loads(raw))
        except (ValueError, TypeError, RecursionError):
            raise InvalidValue(wrong) from None
        if write(held) != value:
            raise InvalidValue(wrong)
        return held

    return text(read, write)


def _written(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 4 and 1 <= int(value) <= MAX_PAGE):
        raise InvalidValue(Text("must be a whole number from 1 to %(most)s", most=str(MAX_PAGE)))
    return int(value)


#: How many items a page has at most, as a query says it.
LIMIT: InputSchema[int] = InputSchema(
    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}, lambda limit: limit, decode=text(_limit).decode
)

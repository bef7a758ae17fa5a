"""How the rows of events and customers follow the places of their orders."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, case, update
from sqlalchemy.dialects import sqlite

from ticketcore.domain.availability import Availability
from ticketcore.domain.decisions import PlaceShift
from ticketcore.domain.events import MAX_CAPACITY
from ticketcore.domain.ids import CustomerDigest, EventId
from ticketcore_sql.tables import customers, events


def shift_places(connection: Connection, event_id: EventId, shift: PlaceShift, changes: int) -> Availability:
    """Change an event's held and sold places, as so many changes at once."""
    statement = (
        update(events)
        .where(events.c.id == event_id)
        .values(held=events.c.held + shift.held, sold=events.c.sold + shift.sold, version=events.c.version + changes)
        .returning(events.c.version, (events.c.capacity - events.c.held - events.c.sold).label("available"))
    )
    row = connection.execute(statement).one()
    return Availability(event_id, row.version, row.available)


_COUNT = (
    update(customers)
    .where(customers.c.event_id == bindparam("of_event"), customers.c.customer == bindparam("of_customer"))
    .values(places=customers.c.places + bindparam("more"))
)


def count(connection: Connection, changes: Collection[tuple[EventId, CustomerDigest, int]]) -> None:
    """Change the count of customers' places, in the order of their keys: two that meet cannot wait for each other."""
    changed = [
        {"of_event": of, "of_customer": customer, "more": more} for of, customer, more in sorted(changes) if more
    ]
    if changed:
        connection.execute(_COUNT, changed)


_JOINED = sqlite.insert(customers)
_SUM = customers.c.places + _JOINED.excluded.places
_JOINED = _JOINED.on_conflict_do_update(
    index_elements=["event_id", "customer"], set_={"places": case((bindparam("most") >= _SUM, _SUM), else_=-1)}
)


def join(
    connection: Connection, event_id: EventId, customer: CustomerDigest | None, places: int, most: int | None
) -> None:
    """Add places to the count of a customer; one who then has more than ``most`` is a number that the table refuses."""
    values = {"event_id": event_id, "customer": customer, "places": places}
    connection.execute(_JOINED, {**values, "most": MAX_CAPACITY if most is None else most})

"""How the rows of events and customers follow the places of their orders."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, update

from ticketcore.domain.availability import Availability
from ticketcore.domain.decisions import PlaceShift
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

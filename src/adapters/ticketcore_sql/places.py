"""How an event's row follows the places of its orders."""

from __future__ import annotations

from sqlalchemy import Connection, update

from ticketcore.domain.availability import Availability
from ticketcore.domain.decisions import PlaceShift
from ticketcore.domain.ids import EventId
from ticketcore_sql.tables import events


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

"""An order's move and what it does to its event's places."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, update

from ticketcore.domain import journal as story
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import HOLDING, Change, Order, OrderStatus
from ticketcore_sql import rows
from ticketcore_sql.tables import events, journal, orders


def move(connection: Connection, before: Order, after: Order, now: datetime) -> Change:
    """Write an order's move with its journal entry and its event's places; one that stays where it is writes nothing."""
    if before == after:
        return Change(after)
    connection.execute(update(orders).where(orders.c.id == after.id).values(**rows.order_values(after)))
    connection.execute(insert(journal), rows.entry_values(story.moved(after, now)))
    held = after.quantity * ((after.status in HOLDING) - (before.status in HOLDING))
    sold = after.quantity * ((after.status is OrderStatus.PAID) - (before.status is OrderStatus.PAID))
    return Change(after, shift(connection, after.event_id, held, sold, 1) if held or sold else None)


def shift(connection: Connection, event_id: EventId, held: int, sold: int, changes: int) -> Availability:
    """Add to an event's held and sold places, counting so many changes."""
    statement = (
        update(events)
        .where(events.c.id == event_id)
        .values(held=events.c.held + held, sold=events.c.sold + sold, version=events.c.version + changes)
        .returning(events.c.version, (events.c.capacity - events.c.held - events.c.sold).label("available"))
    )
    row = connection.execute(statement).one()
    return Availability(event_id, row.version, row.available)

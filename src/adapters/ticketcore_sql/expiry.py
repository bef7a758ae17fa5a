"""Expire reservations that are due: rows that no other transaction has locked, many in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, insert, select, update

from ticketcore.domain import journal as story
from ticketcore.domain import reservations
from ticketcore.domain.availability import Availability
from ticketcore.domain.decisions import PlaceShift
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import Change, Order, OrderStatus, Problem
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.places import count, shift_places
from ticketcore_sql.tables import IS_RESERVED, journal, orders

_EXPIRED = {
    "status": OrderStatus.EXPIRED.value,
    "problem": Problem.RESERVATION_EXPIRED.value,
    "places": 0,
    "revision": orders.c.revision + 1,
}


def expire_due(database: Database, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
    """Expire at most ``limit`` due reservations, oldest deadline first."""
    due = IS_RESERVED & (orders.c.expires_at <= now)
    if event_id is not None:
        due &= orders.c.event_id == event_id
    # A reservation has neither a mail nor a payment.
    oldest = (
        select(orders, *rows.WITHOUT_MAIL_AND_PAYMENT)
        .where(due)
        .order_by(orders.c.expires_at, orders.c.id)
        .limit(limit)
    )

    def work(connection: Connection) -> Sequence[Change]:
        found = connection.execute(oldest.with_for_update(of=orders, skip_locked=True, key_share=True)).all()
        return _expire(connection, [rows.order_of(row) for row in found], now)

    # Most looks find nothing: those must not wait for the one writer that SQLite has.
    anything = database.read(lambda connection: connection.execute(oldest.limit(1)).one_or_none())
    return database.write(work) if anything else ()


def _expire(connection: Connection, due: Sequence[Order], now: datetime) -> Sequence[Change]:
    if not due:
        return ()
    expired = [reservations.as_of(order, now) for order in due]
    connection.execute(update(orders).where(orders.c.id.in_([order.id for order in due])).values(**_EXPIRED))
    connection.execute(insert(journal), [rows.entry_values(story.transition(order, now)) for order in expired])
    given_back = Counter({(each.event_id, each.customer): 0 for each in due if each.customer is not None})
    for each in due:
        if each.customer is not None:
            given_back[each.event_id, each.customer] -= each.counted
    count(connection, [(*key, places) for key, places in given_back.items()])
    # Events in the order of their ids: two sweepers that meet cannot wait for each other.
    by_event = groupby(sorted(expired, key=lambda order: order.event_id), key=lambda order: order.event_id)
    changes = [change for event_id, group in by_event for change in _give_back(connection, event_id, list(group))]
    return sorted(changes, key=lambda change: (change.order.expires_at, change.order.id))


def _give_back(connection: Connection, event_id: EventId, expired: Sequence[Order]) -> list[Change]:
    """Give the places of one event's orders back; each change has the availability as if it had been the only one."""
    places = sum(order.quantity for order in expired)
    last = shift_places(connection, event_id, PlaceShift(-places, 0), len(expired))
    version, available = last.version - len(expired), last.available - places
    changes: list[Change] = []
    for order in expired:
        version, available = version + 1, available + order.quantity
        changes.append(Change(order, Availability(event_id, version, available)))
    return changes

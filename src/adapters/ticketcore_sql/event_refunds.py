"""Requests on SQL to refund events."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from ticketcore.domain import acts
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.ids import EventId
from ticketcore.domain.order_listing import Cursor
from ticketcore_sql import rows
from ticketcore_sql.acts import write_act
from ticketcore_sql.database import Database
from ticketcore_sql.tables import IS_PAID, event_refunds, events, orders, storable

_EVENT = select(events).where(events.c.id == bindparam("event_id"))
_PAID = select(func.count()).where(orders.c.event_id == bindparam("event_id"), IS_PAID)
_NEXT = select(event_refunds).order_by(event_refunds.c.event_id).limit(1)


def request_refund(database: Database, request: EventRefund) -> int | None:
    """Record a request (``Events.request_refund``)."""

    def work(connection: Connection) -> int | None:
        wanted = {"event_id": storable(request.event_id)}
        # Two requests for one event wait for each other.
        row = connection.execute(_EVENT.with_for_update(), wanted).one_or_none()
        count = int(connection.execute(_PAID, wanted).scalar_one()) if row else 0
        if row and count:
            _put(connection, request)
            write_act(connection, acts.event_refunded(rows.event_of(row), request.by, request.requested_at))
        return count if row else None

    return database.write(work)


def _put(connection: Connection, request: EventRefund) -> None:
    connection.execute(delete(event_refunds).where(event_refunds.c.event_id == request.event_id))
    values = {"event_id": request.event_id, "requested_at": request.requested_at, "by": request.by}
    connection.execute(insert(event_refunds).values(**values))


def next_request(database: Database) -> EventRefund | None:
    """Return the next request (``Events.refund_request``)."""
    row = database.read(lambda connection: connection.execute(_NEXT).one_or_none())
    if row is None:
        return None
    after = None if row.after_time is None else (row.after_time, row.after_digest)
    return EventRefund(EventId(row.event_id), row.requested_at, row.by, after)


def advance_refund(database: Database, request: EventRefund, after: Cursor | None) -> bool:
    """Move a request on, or end it (``Events.advance_refund``)."""
    time, digest = request.after or (None, None)
    is_as_given = (
        (event_refunds.c.event_id == request.event_id)
        & (event_refunds.c.requested_at == request.requested_at)
        & event_refunds.c.after_time.is_not_distinct_from(time)
        & event_refunds.c.after_digest.is_not_distinct_from(digest)
    )
    if after is None:
        change = delete(event_refunds).where(is_as_given)
        return database.write(lambda connection: bool(connection.execute(change).rowcount))
    moved = update(event_refunds).where(is_as_given).values(after_time=after[0], after_digest=after[1])
    return database.write(lambda connection: bool(connection.execute(moved).rowcount))

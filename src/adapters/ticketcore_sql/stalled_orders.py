"""Orders that get a new message: those of which nothing was heard, and those whose payment waits for its buyer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, exists, func, insert, select, update

from ticketcore.domain import journal as story
from ticketcore.domain.ids import OrderId
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import SETTLING, UNFINISHED, WAITING, journal, orders, outbox, payment_attempts

_NEED_WORK = select(orders.c.id).where(UNFINISHED).union(select(payment_attempts.c.order_id).where(SETTLING))
_LAST_NEWS = select(func.max(journal.c.at)).where(journal.c.order_id == orders.c.id).scalar_subquery()
_IS_WAITING = exists().where(outbox.c.order_id == orders.c.id)


def remind(database: Database, before: datetime, now: datetime, limit: int) -> int:
    """Put outbox rows for at most ``limit`` orders that need work and have no entry after ``before``."""
    stalled = select(orders.c.id).where(orders.c.id.in_(_NEED_WORK), before >= _LAST_NEWS, ~_IS_WAITING)

    def work(connection: Connection) -> int:
        locked = connection.execute(_locking(stalled.limit(limit))).scalars().all()
        # A statement may lock an order that another sweep reminded of after its snapshot: the next statement sees it.
        found = connection.execute(stalled.where(orders.c.id.in_(locked))).scalars().all() if locked else ()
        if found:
            entries = [story.reminded(OrderId(order_id), now) for order_id in found]
            connection.execute(insert(outbox), [{"order_id": order_id} for order_id in found])
            connection.execute(insert(journal), [rows.entry_values(entry) for entry in entries])
        return len(found)

    # Most looks find nothing: those must not wait for the one writer that SQLite has.
    anything = database.read(lambda connection: connection.execute(stalled.limit(1)).one_or_none())
    return database.write(work) if anything else 0


def poll(database: Database, now: datetime, again_at: datetime, limit: int) -> int:
    """Put outbox rows for at most ``limit`` orders whose attempts are to be polled, and have those polled again later."""
    due = select(payment_attempts.c.id).where(WAITING, payment_attempts.c.poll_at <= now)
    soonest = due.order_by(payment_attempts.c.poll_at).limit(limit)

    def work(connection: Connection) -> int:
        locked = connection.execute(soonest.with_for_update(skip_locked=True)).scalars().all()
        polled = update(payment_attempts).where(payment_attempts.c.id.in_(locked)).values(poll_at=again_at)
        found = connection.execute(polled.returning(payment_attempts.c.order_id)).scalars().all() if locked else ()
        if found:
            connection.execute(insert(outbox), [{"order_id": order_id} for order_id in found])
        return len(found)

    anything = database.read(lambda connection: connection.execute(due.limit(1)).one_or_none())
    return database.write(work) if anything else 0


def _locking(statement: Select[str]) -> Select[str]:
    return statement.with_for_update(of=orders, skip_locked=True, key_share=True)

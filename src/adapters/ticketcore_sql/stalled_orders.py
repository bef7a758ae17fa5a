"""Remind of orders that need work and of which nothing was heard: their messages may be lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, exists, func, insert, select

from ticketcore.domain import journal as story
from ticketcore.domain.ids import OrderId
from ticketcore_sql import rows
from ticketcore_sql.database import Database
from ticketcore_sql.tables import SETTLING, UNFINISHED, journal, orders, outbox, payment_attempts

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


def _locking(statement: Select[str]) -> Select[str]:
    return statement.with_for_update(of=orders, skip_locked=True, key_share=True)

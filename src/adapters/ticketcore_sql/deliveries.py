"""Deliveries on SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select, update

from ticketcore.domain.deliveries import LEASE, Delivery, DeliveryBacklog, DeliveryStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Entry
from ticketcore.ports import Deliveries
from ticketcore_sql import rows
from ticketcore_sql.announcements import announce
from ticketcore_sql.database import Database
from ticketcore_sql.tables import UNDELIVERED, deliveries, journal

_PENDING = deliveries.c.status == DeliveryStatus.PENDING.value
_SCHEDULE = (deliveries.c.due_at, deliveries.c.order_id, deliveries.c.kind)
_TIME = deliveries.c.due_at.type
_SOONEST = (
    select(deliveries.c.order_id, deliveries.c.kind)
    .where(UNDELIVERED, deliveries.c.due_at <= sa.bindparam("now", type_=_TIME))
    .order_by(*_SCHEDULE)
    .limit(1)
)
_CLAIM = (
    update(deliveries)
    # Postgres runs a subquery compared by = once, one in a FROM clause perhaps repeatedly.
    .where(
        sa.tuple_(deliveries.c.order_id, deliveries.c.kind)
        == _SOONEST.with_for_update(skip_locked=True).scalar_subquery()
    )
    .values(tries=deliveries.c.tries + 1, due_at=sa.bindparam("lease_end", type_=_TIME))
    .returning(*deliveries.c)
)
_OF_ORDER = select(deliveries).where(deliveries.c.order_id == sa.bindparam("of_order")).order_by(deliveries.c.kind)
_BACKLOG = select(
    func.count(case((_PENDING, 1))),
    func.count(case((~_PENDING, 1))),
    func.min(case((_PENDING, deliveries.c.asked_at)), type_=deliveries.c.asked_at.type),
).where(UNDELIVERED)

_SETTLED = """
WITH settled AS (
    UPDATE {schema}deliveries SET status = %(status)s, due_at = %(due_at)s
    WHERE order_id = %(order_id)s AND kind = %(kind)s AND number = %(number)s AND tries = %(tries)s AND status = 'pending'
    RETURNING order_id
), noted AS (
    INSERT INTO {schema}journal (order_id, at, step, facts)
    SELECT order_id, %(at)s, %(step)s, %(facts)s::json FROM settled
)
SELECT 1 FROM settled
"""


@attrs.define(eq=False)
class SqlDeliveries(Deliveries):
    """Deliveries on Postgres or SQLite."""

    _database: Database

    def claim(self, now: datetime) -> Delivery | None:
        times = {"now": now, "lease_end": now + LEASE}
        if self._database.is_postgres:
            row = self._database.run(_CLAIM, times)
        elif self._database.run(_SOONEST, {"now": now}) is None:
            # Most looks find nothing: those must not wait for the one writer that SQLite has.
            return None
        else:
            row = self._database.write(lambda connection: connection.execute(_CLAIM, times).one_or_none())
        return rows.delivery_of(row) if row else None

    def settle(self, claimed: Delivery, after: Delivery, entry: Entry) -> bool:
        if self._database.is_postgres:
            return self._database.run(_SETTLED, _settled_values(claimed, after, entry)) is not None
        return self._database.write(lambda connection: _settle_on_sqlite(connection, claimed, after, entry))

    def withdraw(self, claimed: Delivery) -> bool:
        removed = delete(deliveries).where(_is_current(claimed))
        return self._database.write_one(lambda connection: connection.execute(removed).rowcount) > 0

    def of_order(self, order_id: OrderId) -> Sequence[Delivery]:
        found = self._database.read(lambda connection: connection.execute(_OF_ORDER, {"of_order": order_id}).all())
        return [rows.delivery_of(row) for row in found]

    def announce(self, now: datetime, limit: int) -> int | None:
        return announce(self._database, now, limit)

    def due(self, now: datetime, limit: int) -> Sequence[OrderId]:
        soonest = select(deliveries.c.order_id).where(UNDELIVERED, deliveries.c.due_at <= now).order_by(*_SCHEDULE)
        found = self._database.read(lambda connection: connection.execute(soonest.limit(limit)).scalars().all())
        return [OrderId(order_id) for order_id in found]

    def backlog(self) -> DeliveryBacklog:
        return DeliveryBacklog(*self._database.read(lambda connection: connection.execute(_BACKLOG).one()))


def _is_current(claimed: Delivery) -> ColumnElement[bool]:
    values = rows.delivery_values(claimed)
    return sa.and_(_PENDING, *(deliveries.c[name] == values[name] for name in ("order_id", "kind", "number", "tries")))


def _settled_values(claimed: Delivery, after: Delivery, entry: Entry) -> dict[str, Any]:
    noted = rows.entry_values(entry)
    return {**rows.delivery_values(after), "tries": claimed.tries, **noted, "facts": json.dumps(noted["facts"])}


def _settle_on_sqlite(connection: Connection, claimed: Delivery, after: Delivery, entry: Entry) -> bool:
    settled = update(deliveries).where(_is_current(claimed)).values(status=after.status.value, due_at=after.due_at)
    if not connection.execute(settled).rowcount:
        return False
    connection.execute(insert(journal), rows.entry_values(entry))
    return True

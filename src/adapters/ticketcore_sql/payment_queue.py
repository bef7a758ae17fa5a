"""The payment queue on the ledger's own database: one database is then a complete system."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select, update

from ticketcore.domain.ids import OrderId
from ticketcore.ports import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_sql.database import Database, execute_sql
from ticketcore_sql.statements import Row
from ticketcore_sql.tables import SPENT, messages


@attrs.define(eq=False)
class SqlPaymentQueue(PaymentQueue):
    """A payment queue in a table of the ledger."""

    _database: Database

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        if order_ids:
            publish = _publish_on_postgres if self._database.is_postgres else _publish_on_sqlite
            self._database.write_one(lambda connection: publish(connection, order_ids, now))

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        # Most looks find nothing: those must not wait for the one writer that SQLite has.
        if self._database.run(_ANY, {"now": now}) is None:
            return ()
        values = {"now": now, "limit": limit, "hidden_until": now + VISIBILITY, "receipt": f"{uuid.uuid4().hex}-"}
        receive = _receive_on_postgres if self._database.is_postgres else _receive_on_sqlite
        found = self._database.write_one(lambda connection: receive(connection, values))
        return [ReceivedMessage(row.receipt, OrderId(row.order_id), row.receives) for row in found]

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        if deliveries:
            self._database.write_one(lambda connection: connection.execute(_DONE, _receipts(deliveries)))

    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        if deliveries:
            values = {**_receipts(deliveries), "hidden_until": now + VISIBILITY}
            self._database.write_one(lambda connection: connection.execute(_EXTEND, values))

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        statement = (
            update(messages)
            .where(messages.c.receipt == delivery.receipt)
            .values(visible_at=now + after, receipt=None, dead=_IS_SPENT)
        )
        self._database.write_one(lambda connection: connection.execute(statement))

    def depth(self, now: datetime) -> QueueDepth:
        in_flight = ~messages.c.dead & messages.c.receipt.is_not(None) & (messages.c.visible_at > now)
        waiting = ~messages.c.dead & ~in_flight
        statement = select(
            _count(waiting),
            _count(in_flight),
            _count(messages.c.dead),
            func.min(case((waiting, messages.c.published_at)), type_=messages.c.published_at.type),
        )
        counted = self._database.read(lambda connection: connection.execute(statement).one())
        return QueueDepth(*counted)

    def redrive(self, now: datetime) -> int:
        statement = update(messages).where(messages.c.dead).values(dead=False, receives=0, visible_at=now, receipt=None)
        return self._database.write_one(lambda connection: connection.execute(statement).rowcount)

    def check(self) -> None:
        self._database.check()


_PUBLISH = """
INSERT INTO {schema}messages (order_id, published_at, visible_at, receives, dead)
SELECT order_id, %(now)s, %(now)s, 0, false
FROM unnest(%(order_ids)s::text[]) WITH ORDINALITY AS each (order_id, place) ORDER BY place
"""
_IS_SPENT = messages.c.receives >= MAX_RECEIVES
_TIME = messages.c.visible_at.type
_IS_DUE = messages.c.visible_at <= sa.bindparam("now", type_=_TIME)
_IS_VISIBLE = ~messages.c.dead & _IS_DUE
_HIDDEN_UNTIL = sa.bindparam("hidden_until", type_=_TIME)
_RECEIVED = messages.c.receipt.in_(sa.bindparam("receipts", expanding=True))
# In the order of the index, of which only the first row is read.
_ANY = select(messages.c.id).where(_IS_VISIBLE).order_by(messages.c.visible_at).limit(sa.literal_column("1"))
_BURY = update(messages).where(SPENT, _IS_DUE).values(dead=True, receipt=None)
# Postgres runs a CTE once, a subquery perhaps repeatedly, each time with other rows that are not locked.
_OLDEST = (
    select(messages.c.id)
    .where(_IS_VISIBLE, ~_IS_SPENT)
    .order_by(messages.c.visible_at, messages.c.id)
    # A number that stands in the statement, so that every plan knows how few they are.
    .limit(sa.bindparam("limit", type_=sa.Integer, literal_execute=True))
    .with_for_update(skip_locked=True)
    .cte("oldest")
)
_DELIVER = (
    update(messages)
    .where(messages.c.id.in_(select(_OLDEST.c.id)))
    .values(
        receives=messages.c.receives + 1,
        receipt=sa.bindparam("receipt", type_=sa.Text) + sa.cast(messages.c.id, sa.Text),
        visible_at=_HIDDEN_UNTIL,
    )
    .returning(messages.c.receipt, messages.c.order_id, messages.c.receives)
)
_BURY_AND_DELIVER = _DELIVER.add_cte(_BURY.cte("buried"))
_DONE = delete(messages).where(_RECEIVED)
_EXTEND = update(messages).where(_RECEIVED).values(visible_at=_HIDDEN_UNTIL)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _publish_on_postgres(connection: Connection, order_ids: Sequence[OrderId], now: datetime) -> None:
    # One statement for all of them: a driver would send one for each.
    execute_sql(connection, _PUBLISH, {"order_ids": [*order_ids], "now": now})


def _publish_on_sqlite(connection: Connection, order_ids: Sequence[OrderId], now: datetime) -> None:
    fixed = {"published_at": now, "visible_at": now, "receives": 0, "dead": False}
    connection.execute(insert(messages), [{"order_id": order_id, **fixed} for order_id in order_ids])


def _receipts(deliveries: Sequence[ReceivedMessage]) -> dict[str, Any]:
    return {"receipts": [delivery.receipt for delivery in deliveries]}


def _receive_on_postgres(connection: Connection, values: Mapping[str, Any]) -> Sequence[Row]:
    return connection.execute(_BURY_AND_DELIVER, values).all()


def _receive_on_sqlite(connection: Connection, values: Mapping[str, Any]) -> Sequence[Row]:
    connection.execute(_BURY, values)
    return connection.execute(_DELIVER, values).all()

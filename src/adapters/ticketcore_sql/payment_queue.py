"""The payment queue on the ledger's own database: one database is then a complete system."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, insert, select, update

from ticketcore.domain.ids import OrderId
from ticketcore.ports import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_sql.database import Database
from ticketcore_sql.tables import messages


@attrs.define(eq=False)
class SqlPaymentQueue(PaymentQueue):
    """A payment queue in a table of the ledger."""

    _database: Database

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        new = [
            {"order_id": order_id, "published_at": now, "visible_at": now, "receives": 0, "dead": False}
            for order_id in order_ids
        ]
        if new:
            self._database.write_one(lambda connection: connection.execute(insert(messages), new))

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        def work(connection: Connection) -> Sequence[ReceivedMessage]:
            connection.execute(_BURY, {"now": now})
            found = connection.execute(_OLDEST.limit(limit), {"now": now}).all()
            return [_deliver(connection, row, now) for row in found]

        # Most looks find nothing: those must not wait for the one writer that SQLite has.
        anything = self._database.run(_ANY, {"now": now})
        return self._database.write(work) if anything else ()

    def done(self, delivery: ReceivedMessage) -> None:
        statement = delete(messages).where(messages.c.receipt == delivery.receipt)
        self._database.write_one(lambda connection: connection.execute(statement))

    def extend(self, delivery: ReceivedMessage, now: datetime) -> None:
        statement = update(messages).where(messages.c.receipt == delivery.receipt).values(visible_at=now + VISIBILITY)
        self._database.write_one(lambda connection: connection.execute(statement))

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


_IS_SPENT = messages.c.receives >= MAX_RECEIVES
_IS_VISIBLE = ~messages.c.dead & (messages.c.visible_at <= sa.bindparam("now", type_=messages.c.visible_at.type))
_ANY = select(messages.c.id).where(_IS_VISIBLE).limit(1)
_OLDEST = (
    select(messages).where(_IS_VISIBLE).order_by(messages.c.visible_at, messages.c.id).with_for_update(skip_locked=True)
)
_BURY = update(messages).where(_IS_VISIBLE, _IS_SPENT).values(dead=True, receipt=None)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _deliver(connection: Connection, row: Row[Any], now: datetime) -> ReceivedMessage:
    delivery = ReceivedMessage(uuid.uuid4().hex, OrderId(row.order_id), row.receives + 1)
    connection.execute(
        update(messages)
        .where(messages.c.id == row.id)
        .values(receives=delivery.receives, receipt=delivery.receipt, visible_at=now + VISIBILITY)
    )
    return delivery

"""The outbox on SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs
from sqlalchemy import delete, select

from ticketcore.domain.ids import OrderId
from ticketcore.ports import Outbox, OutboxRow
from ticketcore_sql.database import Database
from ticketcore_sql.tables import outbox


@attrs.define(eq=False)
class SqlOutbox(Outbox):
    """The outbox on Postgres or SQLite."""

    _database: Database

    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        statement = select(outbox).order_by(outbox.c.id).limit(limit)
        if order_ids is not None:
            statement = statement.where(outbox.c.order_id.in_(order_ids))
        found = self._database.read(lambda connection: connection.execute(statement).all())
        return tuple(OutboxRow(row.id, OrderId(row.order_id)) for row in found)

    def sent(self, rows: Sequence[OutboxRow]) -> None:
        statement = delete(outbox).where(outbox.c.id.in_([row.id for row in rows]))
        self._database.write_one(lambda connection: connection.execute(statement))

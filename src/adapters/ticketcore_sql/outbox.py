"""The outbox on SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs
from sqlalchemy import Integer, bindparam, delete, select

from ticketcore.domain.ids import OrderId
from ticketcore.ports import Outbox, OutboxRow
from ticketcore_sql.database import Database
from ticketcore_sql.tables import outbox

_ALL = select(outbox).order_by(outbox.c.id).limit(bindparam("most", type_=Integer))
_SOME = _ALL.where(outbox.c.order_id.in_(bindparam("order_ids", expanding=True)))
_SENT = delete(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))


@attrs.define(eq=False)
class SqlOutbox(Outbox):
    """The outbox on Postgres or SQLite."""

    _database: Database

    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        statement, values = (_ALL, {}) if order_ids is None else (_SOME, {"order_ids": [*order_ids]})
        found = self._database.read(lambda connection: connection.execute(statement, {**values, "most": limit}).all())
        return tuple(OutboxRow(row.id, OrderId(row.order_id)) for row in found)

    def sent(self, rows: Sequence[OutboxRow]) -> None:
        if rows:
            sent = {"ids": [row.id for row in rows]}
            self._database.write_one(lambda connection: connection.execute(_SENT, sent))

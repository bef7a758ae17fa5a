"""Leases on SQL: rows, for behind a pooler no session keeps a lock."""

from __future__ import annotations

from datetime import datetime

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, select

from ticketcore.ports import Leases
from ticketcore_sql.database import Database, insert_into
from ticketcore_sql.tables import leases

_IS_ANOTHERS = (leases.c.holder != sa.bindparam("holder")) & (
    leases.c.ends_at > sa.bindparam("now", type_=leases.c.ends_at.type)
)
_TAKEN = select(leases.c.name).where(leases.c.name == sa.bindparam("name"), _IS_ANOTHERS)


@attrs.define(eq=False)
class SqlLeases(Leases):
    """Leases on Postgres or SQLite."""

    _database: Database

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        # Most looks find the lease taken: those must not wait for the one writer that SQLite has.
        if self._database.run(_TAKEN, {"name": name, "holder": holder, "now": now}):
            return False
        return self._database.write_one(lambda connection: _acquire(connection, name, holder, now, until))


def _acquire(connection: Connection, name: str, holder: str, now: datetime, until: datetime) -> bool:
    values = {"holder": holder, "ends_at": until}
    is_free = (leases.c.holder == holder) | (leases.c.ends_at <= now)
    statement = insert_into(connection, leases).values(name=name, **values)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=values, where=is_free)
    return connection.execute(statement.returning(leases.c.name)).one_or_none() is not None

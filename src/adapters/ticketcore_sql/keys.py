"""API keys and the ledger's own secrets on SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, select, update

from ticketcore.domain import acts
from ticketcore.domain.acts import ActPage
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.ids import KeyId
from ticketcore.ports import Keys
from ticketcore_sql import rows
from ticketcore_sql.acts import act_page, write_act
from ticketcore_sql.database import Database, insert_once
from ticketcore_sql.tables import keys, secrets, storable

_ONE = select(keys).where(keys.c.id == sa.bindparam("key_id"))
_SECRET = select(secrets.c.secret).where(secrets.c.name == sa.bindparam("name"))


@attrs.define(eq=False)
class SqlKeys(Keys):
    """API keys and secrets on Postgres or SQLite."""

    _database: Database

    def add(self, key: ApiKey, by: str | None = None) -> None:
        bound = None if key.event_ids is None else sorted(key.event_ids)
        values = attrs.asdict(key, recurse=False) | {"role": key.role.value, "event_ids": bound}

        def work(connection: Connection) -> None:
            if insert_once(connection, keys, **values):
                write_act(connection, acts.key_created(key, by))

        self._database.write(work)

    def get(self, key_id: KeyId) -> ApiKey | None:
        row = self._database.run(_ONE, {"key_id": storable(key_id)})
        return rows.key_of(row) if row else None

    def list(self) -> Sequence[ApiKey]:
        statement = select(keys).order_by(keys.c.created_at, keys.c.id)
        found = self._database.read(lambda connection: connection.execute(statement).all())
        return tuple(rows.key_of(row) for row in found)

    def revoke(self, key_id: KeyId, now: datetime, by: str | None = None) -> ApiKey | None:
        live = (keys.c.id == key_id) & keys.c.revoked_at.is_(None)
        revoke = update(keys).where(live).values(revoked_at=now).returning(keys)

        def work(connection: Connection) -> None:
            row = connection.execute(revoke).one_or_none()
            if row is not None:
                write_act(connection, acts.key_revoked(rows.key_of(row), by, now))

        self._database.write(work)
        return self.get(key_id)

    def acts(self, after: int | None, limit: int) -> ActPage:
        return self._database.read(lambda connection: act_page(connection, after, limit))

    def kept_secret(self, name: str) -> bytes | None:
        found = self._database.read(lambda connection: connection.scalar(_SECRET, {"name": name}))
        return None if found is None else bytes(found)

    def secret(self, name: str, fresh: bytes) -> bytes:
        def work(connection: Connection) -> bytes:
            insert_once(connection, secrets, name=name, secret=fresh)
            return bytes(connection.execute(_SECRET, {"name": name}).scalar_one())

        return self._database.write(work)

"""What settings choose with the URL of a database: a ledger, a payment queue, and the schema of their tables."""

from __future__ import annotations

from pathlib import Path

import attrs
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ticketcore.ports import Ledger, PaymentQueue
from ticketcore_sql.database import Database
from ticketcore_sql.events import SqlEvents
from ticketcore_sql.keys import SqlKeys
from ticketcore_sql.orders import SqlOrders
from ticketcore_sql.outbox import SqlOutbox
from ticketcore_sql.payment_queue import SqlPaymentQueue
from ticketcore_sql.tickets import SqlTickets

_POSTGRES = "postgresql+psycopg"
_MAX_PORT = 65535


def sql_ledger(database: Database) -> Ledger:
    """Return the ledger on a database."""
    return Ledger(
        SqlEvents(database), SqlOrders(database), SqlTickets(database), SqlOutbox(database), SqlKeys(database)
    )


@attrs.frozen
class SqlBackend:
    """A ledger and a payment queue on Postgres, or on a SQLite file of this program's own."""

    database: Database

    @classmethod
    def parse(cls, url: str) -> str:
        """Return the URL with its driver; raise ``ValueError`` unless it names a SQLite file or a Postgres database."""
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise ValueError(url) from None
        is_file = parsed.drivername == "sqlite" and not parsed.host and parsed.database not in {None, "", ":memory:"}
        is_server = parsed.drivername in {"postgresql", _POSTGRES} and (parsed.port or 1) <= _MAX_PORT
        if not is_file and not is_server:
            raise ValueError(url)
        return url.replace("postgresql:", f"{_POSTGRES}:", 1)

    @classmethod
    def open(cls, url: str, schema: str | None = None) -> SqlBackend:
        """Return a backend that connects at its first use; ``schema`` is its tables' own, on Postgres."""
        return cls(Database.connect(url, schema))

    @property
    def ledger(self) -> Ledger:
        return sql_ledger(self.database)

    @property
    def payment_queue(self) -> PaymentQueue:
        return SqlPaymentQueue(self.database)

    @property
    def is_embedded(self) -> bool:
        return not self.database.is_postgres

    @property
    def shared_database_url(self) -> str | None:
        if self.is_embedded:
            return None
        schema = {"schema": self.database.schema} if self.database.schema else {}
        return self.database.engine.url.update_query_dict(schema).render_as_string(hide_password=False)

    def create_files(self) -> None:
        if not self.is_embedded:
            return
        path = Path(self.database.engine.url.database or "").absolute()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The ledger holds ids that are credentials; SQLite gives its other files the mode of this one.
        path.touch(mode=0o600)

    def revision(self) -> str | None:
        return self.database.revision()

    def is_current(self) -> bool:
        return self.database.is_current()

    def upgrade(self) -> None:
        self.database.upgrade()

    def close(self) -> None:
        self.database.close()

"""What settings choose with the URL of a database: a ledger, a payment queue, and the schema of their tables."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ticketcore.domain.errors import UnknownOption
from ticketcore.domain.hosts import is_local
from ticketcore.ports import Ledger, PaymentQueue
from ticketcore_sql.clock import DatabaseClock
from ticketcore_sql.database import Database
from ticketcore_sql.deliveries import SqlDeliveries
from ticketcore_sql.events import SqlEvents
from ticketcore_sql.keys import SqlKeys
from ticketcore_sql.leases import SqlLeases
from ticketcore_sql.orders import SqlOrders
from ticketcore_sql.outbox import SqlOutbox
from ticketcore_sql.payment_queue import SqlPaymentQueue
from ticketcore_sql.tickets import SqlTickets
from ticketcore_sql.webhooks import SqlWebhooks

_POSTGRES = "postgresql+psycopg"
_MAX_PORT = 65535
_DEMANDING_TLS = {"require", "verify-ca", "verify-full"}


def sql_ledger(database: Database) -> Ledger:
    """Return the ledger on a database."""
    return Ledger(
        events=SqlEvents(database),
        orders=SqlOrders(database),
        tickets=SqlTickets(database),
        outbox=SqlOutbox(database),
        deliveries=SqlDeliveries(database),
        keys=SqlKeys(database),
        leases=SqlLeases(database),
        webhooks=SqlWebhooks(database),
    )


def _hosts(url: URL) -> tuple[str, ...]:
    """Return the hosts of a URL, those of its query included: there each may have a port behind it."""
    named = url.query.get("host", ())
    several = (named,) if isinstance(named, str) else named
    return (url.host or "", *(host.partition(":")[0] for each in several for host in each.split(",")))


def _check_options(url: URL) -> None:
    """Raise ``UnknownOption`` unless libpq knows each parameter in the query of a URL."""
    for option in url.query:
        if not _is_known_to_libpq(option):
            raise UnknownOption(option)


def _is_known_to_libpq(option: str) -> bool:
    from psycopg import ProgrammingError, conninfo  # noqa: PLC0415  SQLite needs no psycopg.

    try:
        conninfo.make_conninfo(**{option: ""})
    except ProgrammingError:
        return False
    return True


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
        if is_file and "?" in url:
            # SQLAlchemy would drop what is behind it, such as the rest of a path that was not escaped.
            raise UnknownOption(url.partition("?")[2])
        _check_options(parsed)
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
    def clock(self) -> DatabaseClock | None:
        # A file is on the machine whose clock counts.
        return DatabaseClock(self.database) if self.database.is_postgres else None

    @property
    def is_embedded(self) -> bool:
        return not self.database.is_postgres

    @property
    def shared_database_url(self) -> str | None:
        if self.is_embedded:
            return None
        schema = {"schema": self.database.schema} if self.database.schema else {}
        return self.database.engine.url.update_query_dict(schema).render_as_string(hide_password=False)

    @property
    def may_send_in_clear(self) -> bool:
        url = self.database.engine.url
        sslmode = url.query.get("sslmode") or os.environ.get("PGSSLMODE")
        return not all(is_local(host) for host in _hosts(url)) and sslmode not in _DEMANDING_TLS

    def create_files(self) -> None:
        if not self.is_embedded:
            return
        path = Path(self.database.engine.url.database or "").absolute()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The ledger holds ids that are credentials; SQLite gives its other files the mode of this one.
        path.touch(mode=0o600)
        # A directory or a device that is named by mistake is not ours to close.
        if path.is_file() and path.stat().st_mode & 0o007:
            path.chmod(0o600)

    def revision(self) -> str | None:
        return self.database.revision()

    def is_current(self) -> bool:
        return self.database.is_current()

    def upgrade(self) -> None:
        self.database.upgrade()

    def close(self) -> None:
        self.database.close()

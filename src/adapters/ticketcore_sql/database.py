"""One database, Postgres or SQLite: connections, transactions, bounded retries, and errors translated once."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ticketcore.domain.errors import Unavailable
from ticketcore_sql.tables import REVISION

T = TypeVar("T")

_POOL = {"pool_size": 16, "max_overflow": 16, "pool_timeout": 10}
_POSTGRES_OPTIONS = "-c statement_timeout=15s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"
# WAL lets readers read while one writes; FULL lets an acknowledged order survive a power cut.
_SQLITE_PRAGMAS = ("busy_timeout=10000", "synchronous=FULL", "foreign_keys=ON")
_WAL_TRIES = 100

_TRIES = 6
_FIRST_WAIT = 0.005
# Postgres, appendix A: serialization_failure, deadlock_detected.
_WORTH_RETRYING = {"40001", "40P01"}


def _open_engine(url: sa.URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        arguments = {"connect_timeout": 5, "options": _POSTGRES_OPTIONS}
        return sa.create_engine(url, connect_args=arguments, hide_parameters=True, **_POOL)
    engine = sa.create_engine(url, hide_parameters=True, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # Transactions begin where we say, not where the driver guesses.
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection)


def _switch_to_wal(connection: Any) -> None:
    for _ in range(_WAL_TRIES):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # Another process that creates the file at the same moment locks it, and SQLite does not wait here by itself.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_FIRST_WAIT)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could find the file locked half-way: take the lock at once.
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reason(error: DBAPIError | PoolTimeout) -> str:
    """Return the reason without the driver's message, which may quote a row."""
    if isinstance(error, OperationalError) and error.statement is None:
        return "no connection"
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return f"{type(cause).__name__} {state}" if state else type(cause).__name__


def _worth_retrying(error: DBAPIError) -> bool:
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _WORTH_RETRYING


@attrs.define(eq=False)
class Database:
    """All SQL adapters of one ledger share one of these."""

    engine: Engine
    # SQLite has one writer at a time: waiting here is fair, waiting in SQLite is a lottery.
    _writer: AbstractContextManager[Any]

    @classmethod
    def connect(cls, url: str) -> Database:
        """Return a database that opens connections when they are first needed."""
        engine = _open_engine(sa.make_url(url))
        return cls(engine, threading.Lock() if engine.dialect.name == "sqlite" else nullcontext())

    @property
    def is_postgres(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run one statement that reads."""
        return self._persist(lambda: self._once(work))

    def write_one(self, work: Callable[[Connection], T]) -> T:
        """Run one statement that writes and is its own transaction."""
        return self._persist(lambda: self._once(work)) if self.is_postgres else self.write(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction; it may be run again after a deadlock or a lost connection."""
        return self._persist(lambda: self._transact(work))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection in one transaction, which is not retried."""
        with _translated(), self._writer, self._connection(writes=True) as connection, connection.begin():
            yield connection

    def _connection(self, *, writes: bool) -> Connection:
        return self.engine.connect().execution_options(writes=writes)

    def _once(self, work: Callable[[Connection], T]) -> T:
        level = {"isolation_level": "AUTOCOMMIT"} if self.is_postgres else {}
        with self.engine.connect().execution_options(**level) as connection:
            return work(connection)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._writer, self._connection(writes=True) as connection, connection.begin():
            return work(connection)

    def _persist(self, run: Callable[[], T]) -> T:
        with _translated():
            for tried in range(_TRIES):
                try:
                    return run()
                except DBAPIError as error:
                    if not _worth_retrying(error) or tried == _TRIES - 1:
                        raise
                    time.sleep(random.uniform(0, _FIRST_WAIT * 2**tried))  # noqa: S311  Jitter is no secret.
            raise AssertionError("the last try returns or raises")

    def check(self) -> None:
        """Raise ``Unavailable`` if the database cannot be reached."""
        self.read(lambda connection: connection.exec_driver_sql("SELECT 1"))

    def revision(self) -> str | None:
        """Return the schema's revision, or ``None`` for a database without one."""

        def work(connection: Connection) -> str | None:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()

        return self.read(work)

    def is_current(self) -> bool:
        """Return whether the schema is the one that this code was written for."""
        return self.revision() == REVISION

    def upgrade(self) -> None:
        """Bring the schema up to date; processes that do so at the same time wait for each other."""
        from ticketcore_sql.migrations import upgrade  # noqa: PLC0415  Alembic is slow to import and seldom needed.

        with self.transaction() as connection:
            upgrade(connection)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the drivers raise when a database is out of reach into ``Unavailable``; a bug stays what it is."""
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable("ledger", _reason(error)) from error
    except DBAPIError as error:
        # Without a statement it failed to connect: a wrong address or file, and no statement of ours.
        if not error.connection_invalidated and error.statement is not None:
            raise
        raise Unavailable("ledger", _reason(error)) from error


def insert_once(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row unless its key is there already."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).values(**values).on_conflict_do_nothing())

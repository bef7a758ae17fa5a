"""One database, Postgres or SQLite: connections, transactions, bounded retries, and errors translated once."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy import Connection, CursorResult, Engine, Table, event, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from ticketcore.domain.errors import Unavailable
from ticketcore_sql import schema
from ticketcore_sql.bulkhead import Bulkhead
from ticketcore_sql.engines import AUTOCOMMIT, TRANSACTIONAL, is_pooled, limit_transaction, open_engine
from ticketcore_sql.failures import OURS, SchemaMismatch, drop_spoiled_sessions, is_worth_retrying, translated
from ticketcore_sql.statements import Row, Statement, in_schema
from ticketcore_sql.tables import REVISION

if TYPE_CHECKING:
    from ticketcore_sql.direct import DirectStatements

T = TypeVar("T")

_TRIES = 6
_FIRST_WAIT = 0.005
_SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


@attrs.define(eq=False)
class Database:
    """The database of a ledger, which all SQL adapters of that ledger share.

    On Postgres its tables can have a schema of their own.  The schema is compiled into each statement, by SQLAlchemy's
    ``schema_translate_map`` or, in hand-written SQL, by ``execute_sql``: so nothing depends on ``search_path`` or any other
    state of a session, which an engine of the application and a pooler such as PgBouncer would not keep.
    """

    engine: Engine
    schema: str | None
    _owns_engine: bool
    # SQLite has one writer at a time: this lock is fair, SQLite's own is not.
    _writer: AbstractContextManager[Any]
    #: What sales on Postgres pass before they wait for an event's row.
    bulkhead: Bulkhead = attrs.field(init=False, factory=Bulkhead)
    _direct: DirectStatements | None = attrs.field(
        init=False, default=attrs.Factory(lambda database: database._open_direct(), takes_self=True)
    )

    @classmethod
    def connect(cls, url: str, schema: str | None = None) -> Database:
        """Return a database that opens connections when they are first needed."""
        return cls._of(open_engine(sa.make_url(url)), schema, owns_engine=True)

    @classmethod
    def over(cls, engine: Engine, schema: str | None = None) -> Database:
        """Return a database over an engine of the application: its pool and its events serve, and ``close`` leaves it open.

        Raises ``ValueError`` for a schema on SQLite, and for one that is no plain identifier.
        """
        return cls._of(engine, schema, owns_engine=False)

    @classmethod
    def _of(cls, engine: Engine, schema: str | None, *, owns_engine: bool) -> Database:
        is_sqlite = engine.dialect.name == "sqlite"
        if schema is not None:
            if is_sqlite or not _SCHEMA.fullmatch(schema):
                raise ValueError(schema)
            engine = engine.execution_options(schema_translate_map={None: schema})
        engine = engine.execution_options(**{OURS: True})
        event.listen(engine, "handle_error", drop_spoiled_sessions)
        return cls(engine, schema, owns_engine, threading.Lock() if is_sqlite else nullcontext())

    def _open_direct(self) -> DirectStatements | None:
        if not self.is_postgres or not self._owns_engine:
            return None
        from ticketcore_sql.direct import DirectStatements  # noqa: PLC0415  SQLite needs no psycopg.

        return DirectStatements(self.engine, self.schema)

    @property
    def is_postgres(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run one statement that reads."""
        return self._persist(lambda: self._once(work))

    def write_one(self, work: Callable[[Connection], T]) -> T:
        """Run one statement that writes and is its own transaction."""
        return self._persist(lambda: self._once(work)) if self.is_postgres else self.write(work)

    def run(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run one statement that is its own transaction on Postgres, and return the row that it returns, if any."""
        found = self.run_all(statement, values)
        return found[0] if found else None

    def run_all(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run one statement that is its own transaction on Postgres, and return its rows."""
        return self._persist(lambda: self._run(statement, values))

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction; it is run again after a deadlock or a lost connection."""
        return self._persist(lambda: self._transact(work))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection in one transaction, which is not repeated."""
        with translated(self.engine.url), self._writing() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        level = {"isolation_level": TRANSACTIONAL} if self.is_postgres else {}
        with self._writer, self.engine.connect().execution_options(**level) as connection, connection.begin():
            if self.is_postgres:
                limit_transaction(connection)
            else:
                _lock_file(connection)
            yield connection

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self.engine.connect() as connection:
            if not self.is_postgres:
                return work(connection)
            if not is_pooled(connection):
                return work(self._autocommitting(connection))
            with connection.execution_options(isolation_level=TRANSACTIONAL).begin():
                limit_transaction(connection)
                return work(connection)

    def _autocommitting(self, connection: Connection) -> Connection:
        # Connections of our own engine are from the beginning.
        return connection if self._owns_engine else connection.execution_options(isolation_level=AUTOCOMMIT)

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        if self._direct is not None:
            with self._direct.connection() as connection:
                if not is_pooled(connection):
                    return self._direct.run(connection, statement, values)
        return self._once(lambda connection: _execute(connection, statement, values).all())

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._writing() as connection:
            return work(connection)

    def _persist(self, run: Callable[[], T]) -> T:
        with translated(self.engine.url):
            for tried in range(_TRIES):
                try:
                    return run()
                except DBAPIError as error:
                    if not is_worth_retrying(error) or tried == _TRIES - 1:
                        raise
                    time.sleep(random.uniform(0, _FIRST_WAIT * 2**tried))  # noqa: S311  Jitter is no secret.
            raise AssertionError("the last try returns or raises")

    def check(self) -> None:
        """Raise ``Unavailable`` if the database cannot be reached or takes no writes, a full or read-only disk included."""
        try:
            self.write_one(_write_nothing_on_postgres if self.is_postgres else _write_nothing_on_sqlite)
        except SchemaMismatch as failure:
            raise Unavailable("ledger", str(failure)) from failure

    def revision(self) -> str | None:
        """Return the schema's revision, or ``None`` for a database without one.

        Raises ``ForeignTable`` if another program has a table where the revision belongs.
        """
        return self.read(lambda connection: schema.revision(connection, self.schema))

    def is_current(self) -> bool:
        """Return whether the schema is the one that this code was written for."""
        return self.revision() == REVISION

    def upgrade(self) -> None:
        """Bring the schema up to date; processes that do so at the same time wait for each other.

        Raises ``ForeignTable`` if another program has a table where one of ours belongs.
        """
        from ticketcore_sql.migrations import upgrade  # noqa: PLC0415  Alembic is slow to import and seldom needed.

        with self.transaction() as connection:
            upgrade(connection, self.schema)

    def close(self) -> None:
        """Close all connections, unless the engine is the application's."""
        if self._owns_engine:
            self.engine.dispose()


def _write_nothing_on_postgres(connection: Connection) -> None:
    # Refused by a standby, in a read-only session and without the right to sell, and never waits for a row.
    execute_sql(connection, "UPDATE {schema}events SET held = held WHERE false", {})


def _write_nothing_on_sqlite(connection: Connection) -> None:
    # The same row again: it is really written, so that a full disk shows.
    connection.execute(update(schema.version).values(version_num=schema.version.c.version_num))


def _lock_file(connection: Connection) -> None:
    """Take SQLite's lock at once: a transaction that reads first and writes later could find the file locked half-way."""
    driver_connection: Any = connection.connection.dbapi_connection
    if not driver_connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert of the connection's database, which can say what to do about a key that is there already."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_once(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless its key is there already; return whether it was inserted."""
    statement = insert_into(connection, table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).one_or_none() is not None


def _execute(connection: Connection, statement: Statement, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    if isinstance(statement, str):
        return execute_sql(connection, statement, values)
    return connection.execute(statement, values)


def execute_sql(connection: Connection, statement: str, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """Execute hand-written SQL in which every table's name is preceded by ``{schema}``."""
    translation = connection.get_execution_options().get("schema_translate_map") or {}
    return connection.exec_driver_sql(in_schema(statement, translation.get(None)), dict(values))

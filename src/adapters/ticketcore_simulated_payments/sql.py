"""The simulated gateway's charges in a table of their own, in any database that SQLAlchemy reaches.

The gateway stands for another company, so its table has no transaction in common with an order's.  Every change is one
statement guarded by the charge's revision, which asks nothing of the engine's isolation level.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Connection, Engine, Integer, Row, Table, Text, event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ticketcore.domain.errors import ForeignTable, GatewayUnavailable
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Currency, Money
from ticketcore_simulated_payments.charges import Charge, Charges
from ticketcore_simulated_payments.tokens import Outcome

metadata = sa.MetaData()
simulated_charges = Table(
    "simulated_charges",
    metadata,
    Column("attempt_id", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("outcome", Text),
    Column("waits_until", Text),
    Column("refunds", sa.JSON, nullable=False),
    Column("revision", Integer, nullable=False),
)

_COLUMNS = simulated_charges.c
# As many as a worker charges at the same time: more would be opened for each charge.
_CONNECTIONS = 16
# Any number that no other program locks: two processes must not create the table at the same time.
_LOCK = 7_462_016


@attrs.define(eq=False)
class SqlCharges(Charges):
    """Charges in one table, which is created at the first use; ``schema`` is the table's, on Postgres."""

    engine: Engine
    schema: str | None = None
    _is_ready: bool = False

    @classmethod
    def connect(cls, address: str) -> SqlCharges:
        """Return a store that connects to a database at its first use; ``?schema=`` in its URL names the table's schema.

        Raises ``ValueError`` if it is no URL of a database.
        """
        try:
            url = sa.make_url(address)
        except ArgumentError as error:
            raise ValueError(address) from error
        schema = url.query.get("schema")
        assert not isinstance(schema, tuple)
        is_sqlite = url.get_backend_name() == "sqlite"
        engine = sa.create_engine(
            url.difference_update_query(["schema"]),
            # Behind a pooler a prepared statement would outlive its session.
            connect_args={"timeout": 10} if is_sqlite else {"connect_timeout": 5, "prepare_threshold": None},
            pool_pre_ping=True,
            pool_size=_CONNECTIONS,
            hide_parameters=True,
        )
        event.listen(engine, "handle_error", _drop_refusing_session)
        return cls(engine, schema)

    def get(self, attempt_id: AttemptId) -> Charge | None:
        statement = select(simulated_charges).where(_COLUMNS.attempt_id == attempt_id)
        with self._statement() as connection:
            row = connection.execute(statement).one_or_none()
        return _charge_of(row) if row else None

    def put(self, charge: Charge) -> bool:
        values = {
            "tries": charge.tries,
            "outcome": charge.outcome,
            "waits_until": charge.waits_until and charge.waits_until.isoformat(),
            "refunds": dict(charge.refunds),
            "revision": charge.revision,
        }
        with self._statement() as connection:
            if charge.revision == 1:
                insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
                key = {"attempt_id": charge.attempt_id}
                money = {"amount": charge.amount.minor, "currency": charge.amount.currency}
                statement = insert(simulated_charges).values(key | money | values).on_conflict_do_nothing()
                return connection.scalar(statement.returning(_COLUMNS.attempt_id)) is not None
            predecessor = (_COLUMNS.attempt_id == charge.attempt_id) & (_COLUMNS.revision == charge.revision - 1)
            return connection.execute(update(simulated_charges).where(predecessor).values(values)).rowcount == 1

    def list(self) -> Sequence[Charge]:
        with self._statement() as connection:
            return [_charge_of(row) for row in connection.execute(select(simulated_charges))]

    def create(self) -> None:
        """Create the table if it is missing, and the file if the database is one."""
        self._create_file()
        with _translated(), self.engine.begin() as connection:
            self._create(connection)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _statement(self) -> Iterator[Connection]:
        """Yield a connection for one statement, which is its own transaction."""
        if not self._is_ready:
            self.create()
            self._is_ready = True
        with _translated(), self.engine.connect() as connection:
            yield self._in_schema(connection.execution_options(isolation_level="AUTOCOMMIT"))

    def _create_file(self) -> None:
        name = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not name or name.startswith((":", "file:")):
            return
        # For its owner alone: SQLite would give a new file away.  If it cannot be made, SQLite says why.
        with suppress(OSError):
            Path(name).touch(mode=0o600)

    def _in_schema(self, connection: Connection) -> Connection:
        return connection.execution_options(schema_translate_map={None: self.schema}) if self.schema else connection

    def _create(self, connection: Connection) -> None:
        # Looked for first: a role that may not create tables can use one that is there.
        inspector = sa.inspect(connection)
        if inspector.has_table(simulated_charges.name, self.schema):
            found = {column["name"] for column in inspector.get_columns(simulated_charges.name, self.schema)}
            if not found.issuperset(_COLUMNS.keys()):
                raise ForeignTable(simulated_charges.name)
            return
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        create = sa.schema.CreateTable(simulated_charges, if_not_exists=True)
        self._in_schema(connection).execute(create)


def _charge_of(row: Row[Any]) -> Charge:
    return Charge(
        AttemptId(row.attempt_id),
        Money(row.amount, Currency(row.currency)),
        row.tries,
        None if row.outcome is None else Outcome(row.outcome),
        row.waits_until and datetime.fromisoformat(row.waits_until),
        tuple(row.refunds.items()),
        row.revision,
    )


def _drop_refusing_session(context: ExceptionContext) -> None:
    # Postgres raises this error where the session is at fault: read-only since a fail-over, or broken inside.
    if isinstance(context.sqlalchemy_exception, InternalError):
        context.is_disconnect = True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, PoolTimeout) as error:
        reason = type(error.orig if isinstance(error, DBAPIError) else error).__name__
        raise GatewayUnavailable(f"the simulated gateway cannot reach its database ({reason})") from error

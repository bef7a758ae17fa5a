"""Tables beside those of other programs: in a schema of their own, on an engine of the application, never mistaken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.pool import NullPool, QueuePool

from tests.adapters.statement_log import logged_statements
from tests.contracts.agreeing import agree
from tests.servers.postgres import drop_database, fresh_database
from ticketcore import Admitted, BoxOffice, EventDraft, LiveEvent, Order, OrderStatus, Organiser
from ticketcore.domain.errors import ForeignTable, TicketcoreError
from ticketcore.ports import Ports
from ticketcore_bootstrap import assemble, read_settings
from ticketcore_memory import memory_ledger, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql import Database, SqlPaymentQueue, sql_ledger, tables
from ticketcore_sql.failures import SchemaMismatch
from ticketcore_testing.agreement.ledger import LedgersAgree

SCHEMA = "box_office"
OURS = {*tables.metadata.tables, "ticketcore_version"}


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the URL of a Postgres database without any table."""
    url = fresh_database(postgres_server)
    yield url
    drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """Yield an engine of an application, as SQLAlchemy makes it."""
    engine = sa.create_engine(empty_url)
    yield engine
    engine.dispose()


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def ports_over(database: Database) -> Ports:
    """Return ports whose ledger and queue are in the database, and all others in memory."""
    ports = memory_ports(SimulatedPaymentGateway())
    return attrs.evolve(ports, ledger=sql_ledger(database), payment_queue=SqlPaymentQueue(database))


def sell(ports: Ports) -> Order:
    """Sell two places, admit one buyer, refund the other order, and let one reservation expire; return the paid order."""
    organiser, box_office = Organiser(ports), BoxOffice(ports, timedelta(milliseconds=1))
    draft = EventDraft("Show", ports.clock.now() + timedelta(days=30), "Hall", 10, "45.00")
    live = organiser.create_event(draft)
    assert isinstance(live, LiveEvent)
    assert isinstance(box_office.reserve(live.event.id, 3, "bob@example.com"), Order)
    patient = BoxOffice(ports)
    order = patient.reserve(live.event.id, 2, "ann@example.com")
    assert isinstance(order, Order)
    assert isinstance(patient.pay(order.id, "tok_approved"), Order)
    patient.work()
    [first, _] = ports.tickets.of_order(order.id)
    assert isinstance(patient.validate(first.qr_code, "gate"), Admitted)
    patient.sweep()
    audit = ports.events.audit(live.event.id)
    assert audit is not None
    assert audit.is_conserved
    paid = patient.order(order.id)
    assert isinstance(paid, Order)
    return paid


# A schema of its own


def test_everything_works_in_a_schema_of_its_own(empty_postgres_url: str, tmp_path: Path) -> None:
    """A sale beside foreign tables of the same names, which stay as they were; the simulated gateway's table is there too."""
    outside = sa.create_engine(empty_postgres_url)
    foreign = [f"CREATE TABLE public.{table} (theirs INTEGER)" for table in OURS]
    run(outside, *foreign, "CREATE TABLE public.alembic_version (version_num TEXT)")
    variables = {"TICKETCORE_DATABASE_URL": empty_postgres_url, "TICKETCORE_DATABASE_SCHEMA": SCHEMA}
    with assemble(read_settings(variables, tmp_path)) as assembly:
        assembly.prepare()
        order = sell(assembly.ports)
    assert order.status is OrderStatus.PAID

    inspector = sa.inspect(outside)
    assert set(inspector.get_table_names(SCHEMA)) == OURS | {"simulated_charges"}
    with outside.begin() as connection:
        assert {connection.scalar(sa.text(f"SELECT count(*) FROM public.{table}")) for table in OURS} == {0}
    outside.dispose()


def test_a_ledger_in_a_schema_agrees_with_one_in_memory(empty_postgres_url: str) -> None:
    """Every method of the ledger works there, and none of its statements refers to a table elsewhere."""
    database = Database.connect(empty_postgres_url, SCHEMA)
    database.upgrade()
    ledgers = {"memory": memory_ledger(), "schema": sql_ledger(database)}
    agree(partial(LedgersAgree, lambda: ledgers), examples=5)
    assert sa.inspect(database.engine).get_table_names("public") == []
    database.close()


def test_two_ledgers_share_one_database(empty_postgres_url: str) -> None:
    """Each has its own tables, and its own revision."""
    here, there = (Database.connect(empty_postgres_url, schema) for schema in (SCHEMA, "another"))
    here.upgrade()
    assert here.is_current()
    assert there.revision() is None
    there.upgrade()
    order = sell(ports_over(here))
    assert sql_ledger(there).orders.get(order.id) is None
    here.close()
    there.close()


def test_no_statement_changes_the_session(empty_postgres_url: str) -> None:
    """A pooler may hand each transaction to another session: ``search_path`` is never set."""
    database = Database.connect(empty_postgres_url, SCHEMA)
    database.upgrade()
    with logged_statements(database) as statements:
        sell(ports_over(database))
    assert len(statements) > 10
    assert [each for each in statements if "search_path" in each or each.lstrip().upper().startswith("SET ")] == []
    database.close()


@pytest.mark.parametrize("schema", ["", "with space", 'quo"te', "per%cent", "a" * 64])
def test_a_schema_is_an_identifier(schema: str) -> None:
    """Its name is part of every statement, so only an identifier is accepted."""
    engine = sa.create_engine("postgresql+psycopg://u@h/db")
    with pytest.raises(ValueError, match=r"^"):
        Database.over(engine, schema)


def test_sqlite_has_no_schemas(tmp_path: Path) -> None:
    """A schema is refused for a file."""
    with pytest.raises(ValueError, match=SCHEMA):
        Database.over(sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}"), SCHEMA)


# An engine of the application


def test_an_engine_of_the_application_serves(engine: Engine) -> None:
    """A sale on it works to its end, and closing the database leaves the engine as it is."""
    checked_out: list[object] = []
    sqlalchemy_event.listen(engine, "checkout", lambda *event: checked_out.append(event[0]))
    database = Database.over(engine)
    database.upgrade()
    assert sell(ports_over(database)).status is OrderStatus.PAID
    pool = engine.pool

    database.close()

    assert engine.pool is pool
    assert len(checked_out) > 10
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM orders")) == 2


@pytest.mark.parametrize(
    "options",
    [{"poolclass": NullPool}, {"isolation_level": "SERIALIZABLE"}, {"isolation_level": "AUTOCOMMIT"}],
    ids=["no pool", "serializable", "autocommit"],
)
def test_an_engine_may_be_set_up_as_its_owner_likes(empty_url: str, options: dict[str, str]) -> None:
    """The adapters depend neither on its pool nor on its isolation level."""
    engine = sa.create_engine(empty_url, **options)
    database = Database.over(engine)
    database.upgrade()
    assert sell(ports_over(database)).status is OrderStatus.PAID

    def fail_half_way(connection: Connection) -> None:
        connection.execute(sa.insert(tables.secrets).values(name="half", secret=b"x"))
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        database.write(fail_half_way)
    halves = sa.select(tables.secrets).where(tables.secrets.c.name == "half")
    assert database.read(lambda connection: connection.execute(halves).all()) == []
    engine.dispose()


def test_an_engine_that_begins_by_itself_serves(tmp_path: Path) -> None:
    """SQLAlchemy's documentation shows a listener that begins SQLite's transactions; it may be there."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'own.db'}")
    sqlalchemy_event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    sqlalchemy_event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    database = Database.over(engine)
    database.upgrade()
    assert sell(ports_over(database)).status is OrderStatus.PAID
    engine.dispose()


def test_an_engine_of_its_own_is_closed(empty_url: str) -> None:
    """Closing a database that opened its engine closes all connections."""
    database = Database.connect(empty_url)
    database.revision()
    assert isinstance(database.engine.pool, QueuePool)
    assert database.engine.pool.checkedin() == 1
    database.close()
    assert database.engine.pool.checkedin() == 0


# Other programs' tables


def refused(error: TicketcoreError, *words: str) -> None:
    """Check a refusal: it is one line that names the table and does not mention a retry."""
    assert type(error).__name__ != "Unavailable"
    assert not error.retry_is_safe
    assert str(error).isprintable()
    assert all(word in str(error) for word in words)


@pytest.mark.parametrize("table", sorted(tables.metadata.tables))
def test_another_programs_table_is_named(engine: Engine, table: str) -> None:
    """A table of the same name in a database that was never set up is not ours; nothing is created beside it."""
    quoted = engine.dialect.identifier_preparer.quote(table)
    run(engine, f"CREATE TABLE {quoted} (theirs INTEGER)")
    database = Database.over(engine)

    with pytest.raises(ForeignTable) as failure:
        database.upgrade()

    refused(failure.value, table)
    assert sa.inspect(engine).get_table_names() == [table]


def test_another_programs_view_is_named(engine: Engine) -> None:
    """A view occupies the name of a table, too."""
    run(engine, "CREATE VIEW orders AS SELECT 1 AS theirs")
    with pytest.raises(ForeignTable, match="orders"):
        Database.over(engine).upgrade()


@pytest.mark.parametrize("act", [Database.revision, Database.is_current, Database.upgrade])
def test_another_programs_version_table_is_named(engine: Engine, act: Callable[[Database], object]) -> None:
    """It is recognised by its columns."""
    run(engine, "CREATE TABLE ticketcore_version (theirs INTEGER)")
    with pytest.raises(ForeignTable) as failure:
        act(Database.over(engine))
    refused(failure.value, "ticketcore_version")


def test_alembic_of_another_program_is_left_alone(engine: Engine) -> None:
    """Its version table has another name, and is neither read nor written."""
    run(engine, "CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('theirs')")
    database = Database.over(engine)
    assert database.revision() is None
    database.upgrade()
    assert database.is_current()
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all() == ["theirs"]


def test_a_start_names_another_programs_table(empty_url: str, tmp_path: Path) -> None:
    """The service does not start, and does not say that the database is away."""
    engine = sa.create_engine(empty_url)
    run(engine, "CREATE TABLE events (theirs INTEGER)")
    engine.dispose()
    with pytest.raises(ForeignTable) as failure:
        assemble(read_settings({"TICKETCORE_DATABASE_URL": empty_url}, tmp_path)).prepare()
    refused(failure.value, "events")


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("ALTER TABLE orders RENAME TO theirs", "orders"),
        ("ALTER TABLE orders RENAME COLUMN digest TO theirs", "digest"),
    ],
    ids=["table", "column"],
)
def test_a_table_that_was_changed_is_named(engine: Engine, statement: str, missing: str) -> None:
    """Another tool renamed it after the schema was created: a retry does not help."""
    database = Database.over(engine)
    database.upgrade()
    run(engine, statement)
    with pytest.raises(SchemaMismatch) as failure:
        sql_ledger(database).orders.find("0123456789abcdef")
    refused(failure.value, missing)


def test_a_schema_that_was_never_set_up_is_named(engine: Engine) -> None:
    """Using the ledger before ``upgrade`` is not reported as an outage."""
    with pytest.raises(SchemaMismatch) as failure:
        sql_ledger(Database.over(engine)).keys.list()
    refused(failure.value, "keys")

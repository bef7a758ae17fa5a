"""The SQL adapters beyond their ports' contracts: migrations, constraints, bounded retries, errors translated once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from tests.contracts.ledgers import sql_ledgers
from tests.servers.postgres import connect, drop_database, fresh_database
from ticketcore import Event, EventStatus, Money, OrderStatus
from ticketcore.domain import payments
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.money import Currency
from ticketcore.domain.orders import Change
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Conflict
from ticketcore_sql import Database, SqlEvents, SqlOrders, migrations, tables
from ticketcore_testing.ledgers import add_show, nothing_changes, order_in, record_of
from ticketcore_testing.samples import CUSTOMER, new_code, new_show, new_tickets

NOW = datetime(2027, 1, 1, tzinfo=UTC)
EVENT = Event(
    id=EventId("e"),
    name="Show",
    date=NOW + timedelta(days=1),
    location="Hall",
    capacity=10,
    price=Money(4500, Currency("BRL")),
    status=EventStatus.ON_SALE,
    max_per_order=10,
    created_at=NOW,
)


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database without any table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
        yield from _open(url)
    else:
        url = fresh_database(request.getfixturevalue("postgres_server"))
        yield from _open(url)
        drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Yield a database with the schema in place."""
    yield from _open(request.getfixturevalue(f"{request.param}_url"))


def _open(url: str) -> Iterator[Database]:
    database = Database.connect(url)
    yield database
    database.close()


def _reservation(order_id: str = "o", quantity: int = 1) -> ReservationRequest:
    return ReservationRequest(
        OrderId(order_id), EVENT.id, "ann@example.com", quantity, NOW + timedelta(minutes=15), CUSTOMER
    )


# SQLAlchemy cannot read such an index back from SQLite; the plans of the statements show that it is there.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrations_make_the_schema_that_the_code_expects(empty: Database) -> None:
    """From an empty database the migrations lead to exactly the tables that the adapters use."""
    assert empty.revision() is None

    empty.upgrade()

    assert empty.is_current()
    with empty.transaction() as connection:
        options = {"version_table": "ticketcore_version"}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata) == []


def test_the_revision_in_the_code_is_the_newest(empty: Database) -> None:
    """The revision that start-up compares with is the head of the migrations."""
    with empty.transaction() as connection:
        head = ScriptDirectory.from_config(migrations.config(connection)).get_current_head()

    assert head == tables.REVISION


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    """A sale after the first upgrade still exists after the second."""
    empty.upgrade()
    SqlEvents(empty).add(EVENT)
    before = SqlOrders(empty).reserve(_reservation(quantity=3), NOW)
    assert isinstance(before, Change)

    empty.upgrade()

    assert SqlOrders(empty).get(OrderId("o")) == before.order
    assert empty.is_current()


def test_processes_that_upgrade_together_do_it_once(empty: Database) -> None:
    """Eight threads, each with its own connections, end with one schema and no error."""
    url = empty.engine.url.render_as_string(hide_password=False)
    failures: list[BaseException] = []

    def upgrade() -> None:
        database = Database.connect(url)
        try:
            database.upgrade()
        except BaseException as failure:
            failures.append(failure)
        finally:
            database.close()

    threads = [threading.Thread(target=upgrade) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert empty.is_current()


@pytest.mark.parametrize(
    "change", ["held = 11", "sold = 11", "held = 6, sold = 5", "held = -1", "sold = -1", "capacity = 0"]
)
def test_the_database_itself_refuses_to_oversell(database: Database, change: str) -> None:
    """No statement, of this program or another, can bring an event's places out of balance."""
    SqlEvents(database).add(EVENT)

    def break_the_law(connection: Connection) -> None:
        connection.execute(sa.text(f"UPDATE events SET {change}"))

    with pytest.raises(IntegrityError):
        database.write(break_the_law)


def test_available_is_kept_by_the_database(database: Database) -> None:
    """The column follows held and sold by itself and cannot be written."""
    SqlEvents(database).add(EVENT)
    SqlOrders(database).reserve(_reservation(quantity=4), NOW)

    assert database.read(lambda connection: connection.scalar(sa.text("SELECT available FROM events"))) == 6
    with pytest.raises((ProgrammingError, OperationalError)):
        database.write(lambda connection: connection.execute(sa.text("UPDATE events SET available = 10")))


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    """Rows written before an error in the same transaction are rolled back."""

    def fail_half_way(connection: Connection) -> None:
        connection.execute(sa.insert(tables.secrets).values(name="half", secret=b"x"))
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        database.write(fail_half_way)

    assert database.read(lambda connection: connection.execute(sa.select(tables.secrets)).all()) == []


def test_a_deadlock_is_tried_again(postgres_url: str) -> None:
    """Two transactions that lock the same two rows in opposite order both succeed."""
    database = Database.connect(postgres_url)
    for event_id in ("a", "b"):
        SqlEvents(database).add(attrs.evolve(EVENT, id=EventId(event_id)))
    both_hold_one = threading.Barrier(2)
    runs: list[str] = []

    def lock(first: str, second: str) -> None:
        def work(connection: Connection) -> None:
            _touch(connection, first)
            runs.append(first)
            if len(runs) <= 2:
                both_hold_one.wait(10)
            _touch(connection, second)

        database.write(work)

    threads = [threading.Thread(target=lock, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = database.read(lambda connection: connection.scalars(sa.select(tables.events.c.version)).all())
    database.close()

    assert len(runs) > 2, "the two did not meet"
    assert versions == [2, 2]


def _touch(connection: Connection, event_id: str) -> None:
    row = tables.events.c.id == event_id
    connection.execute(sa.update(tables.events).where(row).values(version=tables.events.c.version + 1))


def test_a_connection_that_the_server_cut_is_replaced(postgres_url: str) -> None:
    """After the server has ended all connections the next call succeeds."""
    database = Database.connect(postgres_url)
    database.check()
    other = Database.connect(postgres_url)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    other.write(lambda connection: connection.execute(sa.text(cut)).all())

    SqlEvents(database).add(EVENT)

    assert SqlEvents(database).get(EVENT.id) == EVENT
    database.close()
    other.close()


def test_a_database_out_of_reach_is_unavailable() -> None:
    """No driver's error comes through, and the message names neither user nor password."""
    database = Database.connect("postgresql+psycopg://user:secret-password@127.0.0.1:1/none")

    with pytest.raises(Unavailable) as failure:
        database.check()

    assert failure.value.retry_is_safe
    assert "secret" not in str(failure.value)


def test_a_locked_file_is_unavailable_and_not_an_error_of_ours(tmp_path: Path) -> None:
    """A file that cannot be opened as a database is reported as the ledger being out of reach."""
    database = Database.connect(f"sqlite:///{tmp_path / 'no' / 'such' / 'directory.db'}")

    with pytest.raises(Unavailable, match="ledger is unavailable"):
        database.check()


def test_writers_of_several_processes_wait_for_each_other(sqlite_url: str) -> None:
    """Four processes that write the same file at once all succeed, without an error about its lock."""
    database = Database.connect(sqlite_url)
    SqlEvents(database).add(attrs.evolve(EVENT, capacity=1000))
    script = """
import sys
from datetime import datetime, timedelta, UTC
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.orders import Change
from ticketcore_sql import Database, SqlOrders
url, name = sys.argv[1:]
orders = SqlOrders(Database.connect(url))
now = datetime(2027, 1, 1, tzinfo=UTC)
for number in range(50):
    wanted = ReservationRequest(f"{name}{number}", "e", "ann@example.com", 1, now + timedelta(minutes=15), "c")
    assert isinstance(orders.reserve(wanted, now), Change)
"""
    children = [subprocess.Popen([sys.executable, "-c", script, sqlite_url, name]) for name in "abcd"]

    assert [child.wait(60) for child in children] == [0, 0, 0, 0]
    audit = SqlEvents(database).audit(EVENT.id)
    database.close()
    assert audit is not None
    assert audit.is_conserved
    assert audit.held == 200


def test_a_decision_that_waited_for_a_cancellation_is_a_conflict(postgres_url: str) -> None:
    """The event's row is checked again after the wait: nothing is sold of an event that was cancelled meanwhile."""
    with sql_ledgers(postgres_url) as open_ledger:
        ledger = open_ledger()
        event = add_show(ledger, new_show())
        record = record_of(ledger, order_in(ledger, event, OrderStatus.PROCESSING).id)
        capture = payments.capture(record, new_tickets(record.order), new_code(), NOW)
        with connect(postgres_url) as admin, ThreadPoolExecutor(1) as worker, nothing_changes(ledger, record.order):
            admin.autocommit = False
            admin.execute("UPDATE events SET status = 'cancelled' WHERE id = %s", [event.id])
            written = worker.submit(ledger.orders.write, record, capture)
            wait_for_a_lock(postgres_url)
            admin.commit()
            assert written.result(30) == Conflict()
            admin.execute("UPDATE events SET status = 'on_sale' WHERE id = %s", [event.id])
            admin.commit()


def wait_for_a_lock(url: str) -> None:
    """Return as soon as a session waits for a row."""
    with connect(url) as observer:
        while observer.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
            time.sleep(0.01)

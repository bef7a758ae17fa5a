"""Through a real PgBouncer, in session and in transaction mode, everything is as on Postgres itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.contracts.ledgers import OpenLedger, sql_ledgers
from tests.entrypoints.server import create_event, pay, reserve, serving, status_of, wait_until
from tests.servers.pgbouncer import Mode, running_pgbouncer
from tests.servers.postgres import connect, drop_database, fresh_database
from ticketcore.domain.errors import Unavailable
from ticketcore_sql import Database, SqlEvents
from ticketcore_testing.contracts.orders import OrdersContract
from ticketcore_testing.samples import new_show

MODES: tuple[Mode, ...] = ("session", "transaction")


@pytest.fixture(scope="module", params=MODES)
def pooled_url(request: pytest.FixtureRequest, postgres_of_process: str) -> Iterator[str]:
    """Yield the URL of a database with the schema in place, behind a pooler of each mode."""
    with running_pgbouncer(postgres_of_process, request.param) as url:
        yield url


@pytest.fixture(scope="module")
def shared_sessions_url(postgres_of_process: str) -> Iterator[str]:
    """Yield the URL of that database where clients take turns in four sessions: the harder of the modes."""
    with running_pgbouncer(postgres_of_process, "transaction") as url:
        yield url


class TestOrders(OrdersContract):
    """The orders, behind a pooler in transaction mode; the other ports go to the database in the same ways."""

    @pytest.fixture
    def open_ledger(self, shared_sessions_url: str, postgres_url: str) -> Iterator[OpenLedger]:
        """Yield a function that opens one and the same empty ledger, each time as another process would."""
        with sql_ledgers(shared_sessions_url) as open_one:
            yield open_one


@pytest.fixture(params=MODES)
def empty_url(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """Yield the URL of a database without tables, behind a pooler of each mode."""
    direct = fresh_database(postgres_server)
    with running_pgbouncer(direct, request.param) as url:
        yield url
    drop_database(direct)


def test_processes_migrate_together_through_a_pooler(empty_url: str) -> None:
    """They wait for each other in their transactions, not in their sessions."""

    def upgrade(_: int) -> bool:
        database = Database.connect(empty_url)
        try:
            database.upgrade()
            return database.is_current()
        finally:
            database.close()

    with ThreadPoolExecutor(6) as processes:
        assert list(processes.map(upgrade, range(6))) == [True] * 6


def test_a_service_sells_through_a_pooler(empty_url: str, tmp_path: Path) -> None:
    """From the first start, which creates the tables, to a changed event and an admission, with the simulated gateway's table."""
    with serving(tmp_path, DATABASE_URL=empty_url) as service:
        key = service.admin_key
        assert key is not None
        event = create_event(service, key, 10)
        order = reserve(service, event)
        pay(service, order)
        wait_until(lambda: status_of(service, order) == "paid")
        assert service.ask("PATCH", f"/events/{event['id']}", {"capacity": 11}, key)["available"] == 10
        (ticket,) = service.ask("GET", f"/orders/{order['id']}/ticket")["tickets"]
        assert service.ask("POST", "/tickets/validate", {"qr_code": ticket["qr_code"]}, key)["result"] == "admitted"
        assert service.request("GET", "/health/ready")[0] == 200


def test_start_up_options_are_refused_by_a_pooler(pooled_url: str) -> None:
    """What this package did once, and does no more: the pooler is a real one."""
    with pytest.raises(psycopg.OperationalError, match="unsupported startup parameter"):
        psycopg.connect(f"{pooled_url.replace('+psycopg', '')}?options=-c%20lock_timeout%3D2s")


def test_no_trace_is_left_in_the_poolers_sessions(pooled_url: str, postgres_url: str) -> None:
    """Another client gets the session with the time-outs that the server gives, and without prepared statements."""
    database = Database.connect(pooled_url)
    show = new_show()
    for _ in range(20):
        SqlEvents(database).add(show)
        assert SqlEvents(database).get(show.id) == show
    database.close()
    with connect(pooled_url) as other:
        for _ in range(10):
            assert other.execute("SHOW lock_timeout", prepare=False).fetchone() == ("0",)
            assert other.execute("SELECT count(*) FROM pg_prepared_statements", prepare=False).fetchone() == (0,)


def test_time_outs_hold_through_a_pooler(pooled_url: str, postgres_url: str) -> None:
    """Every transaction has them, a single statement included."""
    database = Database.connect(pooled_url)
    limits = database.read(lambda connection: connection.scalar(sa.text("SHOW lock_timeout")))
    in_transaction = database.write(lambda connection: connection.scalar(sa.text("SHOW statement_timeout")))
    assert (limits, in_transaction) == ("2s", "15s")
    database.close()


def test_a_held_row_is_waited_for_two_seconds(pooled_url: str, postgres_url: str) -> None:
    """Then the buyer hears that the ledger is busy."""
    database = Database.connect(pooled_url)
    show = new_show()
    SqlEvents(database).add(show)
    with connect(postgres_url) as admin:
        admin.autocommit = False
        admin.execute("SELECT FROM events FOR UPDATE")
        with pytest.raises(Unavailable, match="55P03"):
            database.write_one(lambda connection: connection.execute(sa.text("UPDATE events SET held = held")))
        admin.rollback()
    database.close()


def test_a_session_of_ones_own_keeps_its_time_outs(postgres_url: str) -> None:
    """Without a pooler a single statement is one round trip, and may be prepared."""
    database = Database.connect(postgres_url)
    limits = database.read(lambda connection: connection.scalar(sa.text("SHOW lock_timeout")))
    assert limits == "2s"
    for _ in range(10):
        database.read(lambda connection: connection.execute(sa.text("SELECT id FROM events")).all())
    with database.engine.connect() as connection:
        prepared = connection.execute(sa.text("SELECT statement FROM pg_prepared_statements")).scalars().all()
    assert "SELECT id FROM events" in prepared
    database.close()

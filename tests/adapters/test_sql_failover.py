"""What a database does on a bad day: its sessions become read-only, its disk full, its own rules fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import attrs
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.exc import DBAPIError, InternalError

from tests.entrypoints.server import create_event, serving, wait_until
from tests.servers.postgres import connect, drop_database, fresh_database, set_up
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable, Unavailable
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Change
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Approved
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_simulated_payments.sql import SqlCharges
from ticketcore_sql import Database, SqlEvents, SqlOrders
from ticketcore_testing.samples import CUSTOMER, new_show

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SESSIONS = 8
EVENT = new_show()


@attrs.define(eq=False)
class Server:
    """A Postgres database of a test's own, whose sessions can be demoted."""

    server_url: str
    url: str

    def alter(self, statement: LiteralString) -> None:
        """Change the database itself, for the sessions that begin from now on."""
        name = sql.Identifier(urlsplit(self.url).path.removeprefix("/"))
        with connect(self.server_url) as admin:
            admin.execute(sql.SQL("ALTER DATABASE {} ").format(name) + sql.SQL(statement))

    def end_sessions(self) -> None:
        with connect(self.url) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def server(postgres_server: str) -> Iterator[Server]:
    url = fresh_database(postgres_server)
    set_up(url)
    yield Server(postgres_server, url)
    drop_database(url)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    database = Database.connect(server.url)
    SqlEvents(database).add(EVENT)
    yield database
    database.close()


def _reserve(database: Database, name: str = "o") -> Change:
    wanted = ReservationRequest(OrderId(name), EVENT.id, "ann@example.com", 1, NOW + timedelta(minutes=15), CUSTOMER)
    reserved = SqlOrders(database).reserve(wanted, NOW)
    assert isinstance(reserved, Change)
    return reserved


def test_sessions_that_a_fail_over_left_read_only_are_replaced(server: Server) -> None:
    """The first write after it succeeds, and no second one meets an old session."""
    plain = sa.create_engine(server.url)
    database = Database.connect(server.url)
    SqlEvents(database).add(EVENT)
    with ExitStack() as held:
        # Eight sessions of one pool, each of which is read-only from now on.
        for _ in range(SESSIONS):
            session = held.enter_context(database.engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
            session.execute(sa.text("SET default_transaction_read_only = on"))
    with ThreadPoolExecutor(SESSIONS) as buyers:
        orders = list(buyers.map(lambda number: _reserve(database, f"o{number}"), range(SESSIONS)))
    assert len({change.order.id for change in orders}) == SESSIONS
    with plain.connect() as other:
        assert other.scalar(sa.text("SELECT held FROM events")) == SESSIONS
    plain.dispose()
    database.close()


def test_a_server_that_stays_read_only_is_unavailable_and_not_ready(server: Server, database: Database) -> None:
    """Health asks whether it can write; both recover with the first write after the server has."""
    database.check()
    server.alter("SET default_transaction_read_only = on")
    server.end_sessions()
    with pytest.raises(Unavailable, match="25006"):
        _reserve(database)
    with pytest.raises(Unavailable, match="25006"):
        database.check()
    assert SqlEvents(database).get(EVENT.id) == EVENT, "it can still be read"
    server.alter("RESET default_transaction_read_only")
    _reserve(database)
    database.check()


def test_health_heals_a_pool_before_a_buyer_comes(server: Server, database: Database) -> None:
    """The check that meets a read-only session drops it and its like."""
    server.alter("SET default_transaction_read_only = on")
    server.end_sessions()
    assert SqlEvents(database).get(EVENT.id) is not None
    server.alter("RESET default_transaction_read_only")
    database.check()
    with database.engine.connect() as session:
        assert session.scalar(sa.text("SHOW transaction_read_only")) == "off"


def test_sessions_of_the_application_are_its_own(server: Server) -> None:
    """A read-only transaction that the application begins on its engine costs it no session."""
    engine = sa.create_engine(server.url, pool_size=1)
    database = Database.over(engine)
    with engine.connect() as session:
        process_id = session.scalar(sa.text("SELECT pg_backend_pid()"))
        session.execute(sa.text("SET TRANSACTION READ ONLY"))
        with pytest.raises(InternalError):
            session.execute(sa.text("UPDATE events SET held = held"))
    assert database.read(lambda connection: connection.scalar(sa.text("SELECT pg_backend_pid()"))) == process_id
    engine.dispose()


@pytest.mark.parametrize(
    "state",
    [
        *("08006", "25006", "28000", "40001", "42501", "53100", "53200", "53300", "55P03", "57014", "57P01", "58030"),
        *("F0000", "XX000", "XX001"),
    ],
)
def test_what_the_server_itself_cannot_do_is_unavailable(server: Server, database: Database, state: str) -> None:
    """Whatever its state for it is called: the statement was right, and may be repeated."""
    _raise_on_sale(server, state)
    with pytest.raises(Unavailable, match=state):
        _reserve(database)


@pytest.mark.parametrize("state", ["22012", "42601", "42883", "P0001"])
def test_what_a_statement_does_wrong_is_a_bug(server: Server, database: Database, state: str) -> None:
    """A retry would not help, and no client is told that it might."""
    _raise_on_sale(server, state)
    with pytest.raises(DBAPIError):
        _reserve(database)


def _raise_on_sale(server: Server, state: str) -> None:
    body = f"BEGIN RAISE EXCEPTION 'a rule of the server' USING ERRCODE = '{state}'; END"
    with connect(server.url) as admin:
        admin.execute(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $${body}$$".encode())
        admin.execute("CREATE TRIGGER refuse BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse()")


def test_a_role_that_may_only_read_is_not_ready(server: Server, database: Database) -> None:
    """It could show events and sell nothing."""
    with connect(server.url) as admin:
        admin.execute("DROP ROLE IF EXISTS looker")
        admin.execute("CREATE ROLE looker LOGIN")
        admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker")
    looking = Database.connect(server.url.replace("ticketcore@", "looker@"))
    assert SqlEvents(looking).get(EVENT.id) == EVENT
    with pytest.raises(Unavailable, match="42501"):
        looking.check()
    looking.close()


def test_the_simulated_gateway_drops_read_only_sessions(server: Server) -> None:
    """Its charges are in a table of its own, on the same server."""
    charges = SqlCharges.connect(server.url)
    gateway = SimulatedPaymentGateway(charges)
    attempt = Attempt(AttemptId("a"), OrderId("o"), "tok_approved", Money(4500, Currency("BRL")))
    charges.list()
    with charges.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        session.execute(sa.text("SET default_transaction_read_only = on"))
    with pytest.raises(GatewayUnavailable):
        gateway.charge(attempt)
    assert isinstance(gateway.charge(attempt), Approved)
    charges.close()


def test_a_file_whose_sessions_are_read_only_is_opened_again(sqlite_url: str) -> None:
    """As after its mode or its disk was read-only for a while."""
    database = Database.connect(sqlite_url)
    SqlEvents(database).add(EVENT)
    with database.engine.connect() as session:
        session.exec_driver_sql("PRAGMA query_only = ON")
    _reserve(database)
    database.check()
    database.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    """A backup that was restored from the wrong file, say."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database" * 1000)
    database = Database.connect(f"sqlite:///{path}")
    with pytest.raises(Unavailable):
        database.check()
    database.close()


FULL = """
import resource, signal, sys
from ticketcore_sql import Database, SqlEvents
from ticketcore.domain.errors import Unavailable
from ticketcore_testing.samples import new_show
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
database = Database.connect(sys.argv[1])
database.check()
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
for act in (database.check, lambda: SqlEvents(database).add(new_show())):
    try:
        act()
    except Unavailable as failure:
        print(failure.reason)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
database.check()
SqlEvents(database).add(new_show())
print("well again")
"""


def test_a_full_disk_is_not_ready(sqlite_url: str) -> None:
    """A file that may not grow stands for it; with room again both writes and health are well."""
    done = subprocess.run([sys.executable, "-c", FULL, sqlite_url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *refused, last = done.stdout.splitlines()
    assert len(refused) == 2
    assert last == "well again"


def test_an_empty_database_is_not_ready(postgres_server: str) -> None:
    """It names the table that is missing."""
    url = fresh_database(postgres_server)
    database = Database.connect(url)
    with pytest.raises(Unavailable, match="events"):
        database.check()
    database.close()
    drop_database(url)


def test_a_service_recovers_by_itself(server: Server, tmp_path: Path) -> None:
    """While every session is read-only it says so and refuses with 503; the first requests after that are served."""
    with serving(tmp_path, DATABASE_URL=server.url) as service:
        key = service.admin_key
        assert key is not None
        event = create_event(service, key, 10)
        body = {"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"}
        server.alter("SET default_transaction_read_only = on")
        server.end_sessions()
        assert {service.request("POST", "/orders", body)[0] for _ in range(4)} == {503}
        wait_until(lambda: service.request("GET", "/health/ready")[0] == 503)
        server.alter("RESET default_transaction_read_only")
        assert {service.request("POST", "/orders", body)[0] for _ in range(4)} == {201}
        wait_until(lambda: service.request("GET", "/health/ready")[0] == 200)

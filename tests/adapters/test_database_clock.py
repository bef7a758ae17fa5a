"""Deadlines are judged by the database's clock, whatever the clock of a machine says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
import time_machine
from sqlalchemy import event as sqlalchemy_event

from tests.entrypoints.processes import running, serving
from ticketcore import BoxOffice, EventDraft, LiveEvent, Order, OrderStatus, Organiser
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Clock, Ports
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_memory import VirtualClock
from ticketcore_sql import Database, DatabaseClock
from ticketcore_testing.contracts.clock import ClockContract

AHEAD = timedelta(minutes=16)
#: Python that a process runs first: its machine's clock is ahead, and goes on from there.
_AHEAD = f"""
import datetime, time_machine
time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes={AHEAD.seconds // 60})).start()
"""


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """Yield a database that has its connection."""
    database = Database.connect(postgres_url)
    database.check()
    yield database
    database.close()


@contextmanager
def _statements(database: Database) -> Iterator[list[str]]:
    found: list[str] = []

    def note(*arguments: object) -> None:
        found.append(str(arguments[2]))

    sqlalchemy_event.listen(database.engine, "before_cursor_execute", note)
    yield found
    sqlalchemy_event.remove(database.engine, "before_cursor_execute", note)


class TestDatabaseClock(ClockContract):
    """The contract of every clock."""

    @pytest.fixture
    def clock(self, database: Database) -> Clock:
        """Return the clock of the tests' server."""
        return DatabaseClock(database)


def _real_now(database: Database) -> datetime:
    found = database.read(lambda connection: connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one())
    assert isinstance(found, datetime)
    return found


def test_it_is_the_databases_time_wherever_it_is_asked(database: Database) -> None:
    """A machine that lives in another year gets the time between two looks at the database."""
    with time_machine.travel(datetime(2040, 1, 1, tzinfo=UTC)):
        clock = DatabaseClock(database)
        before = _real_now(database)
        now = clock.now()
        after = _real_now(database)
    # A measurement is off by half of what it takes, which is long on a busy machine.
    assert before - timedelta(minutes=1) <= now <= after + timedelta(minutes=1)


def test_the_database_is_asked_once_in_a_while(database: Database) -> None:
    """A request costs no statement for its time."""
    clock = DatabaseClock(database)
    with _statements(database) as statements:
        for _ in range(1000):
            clock.now()
    assert len(statements) == 1


def test_a_clock_that_is_set_meanwhile_is_measured_again(database: Database) -> None:
    """The machine slept, or was told the right time: what was counted since is not believed."""
    clock = DatabaseClock(database)
    clock.now()
    with time_machine.travel(datetime(2040, 1, 1, tzinfo=UTC)), _statements(database) as statements:
        now = clock.now()
    assert len(statements) == 1
    assert abs(now - _real_now(database)) < timedelta(minutes=1)


def test_a_database_that_goes_away_leaves_its_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last measurement serves; a process that never had one has no time of its own to offer."""
    known = DatabaseClock(database)
    known.now()
    nowhere = Database.connect("postgresql+psycopg://127.0.0.1:1/none")
    monkeypatch.setattr(known, "_database", nowhere)
    with time_machine.travel(datetime(2040, 1, 1, tzinfo=UTC)):
        assert abs(known.now() - _real_now(database)) < timedelta(minutes=1)
    with pytest.raises(Unavailable):
        DatabaseClock(nowhere).now()


@pytest.mark.parametrize(
    ("drift", "reported"),
    [
        (AHEAD, "this machine is 16 minutes ahead of the database"),
        (-timedelta(seconds=45), "this machine is 45 seconds behind the database"),
        (timedelta(seconds=5), None),
    ],
)
def test_health_names_the_drift(database: Database, drift: timedelta, reported: str | None) -> None:
    """From half a minute on, in its direction."""
    clock = DatabaseClock(database, lambda: datetime.now(UTC) + drift)
    if reported is None:
        clock.check()
        return
    with pytest.raises(Unavailable) as failure:
        clock.check()
    assert failure.value.reason == reported


def _office(postgres_url: str, data: Path) -> Assembly:
    return assemble(read_settings({"TICKETCORE_DATABASE_URL": postgres_url}, data))


def _reserve(ports: Ports) -> Order:
    draft = EventDraft("Show", ports.clock.now() + timedelta(days=30), "Hall", 10, "45.00")
    live = Organiser(ports).create_event(draft)
    assert isinstance(live, LiveEvent)
    order = BoxOffice(ports).reserve(live.event.id, 2, "ann@example.com")
    assert isinstance(order, Order)
    return order


def test_a_process_whose_clock_is_ahead_expires_nothing_early(postgres_url: str, tmp_path: Path) -> None:
    """Another process sweeps, 16 minutes ahead of this one; the buyer can still pay."""
    with _office(postgres_url, tmp_path) as office:
        order = _reserve(office.ports)
        with running({"DATABASE_URL": postgres_url, "DATA": str(tmp_path)}, "sweep", "--json", first=_AHEAD) as sweep:
            assert sweep.process.wait(60) == 0, sweep.errors
        assert json.loads(sweep.lines[0])["expired"] == 0
        paid = office.box_office.pay(order.id, "tok_approved")
        assert isinstance(paid, Order), paid
        assert paid.status is OrderStatus.PROCESSING


def test_a_process_that_believed_its_own_clock_would_expire_it(postgres_url: str, tmp_path: Path) -> None:
    """The control: with an injected clock the same sweep takes the reservation away."""
    with _office(postgres_url, tmp_path) as office:
        _reserve(office.ports)
        ahead = VirtualClock(office.ports.clock.now() + AHEAD)
        assert BoxOffice(attrs.evolve(office.ports, clock=ahead)).sweep().expired == 2


def test_a_service_whose_clock_is_ahead_says_so(postgres_url: str, tmp_path: Path) -> None:
    """It serves, for deadlines are the database's, and names the drift."""
    with serving({"DATABASE_URL": postgres_url, "DATA": str(tmp_path)}, first=_AHEAD) as service:
        status, body = service.request("GET", "/health/ready")
    assert status == 200
    health = json.loads(body)
    assert health["status"] == "degraded"
    assert health["parts"]["clock"] == "unavailable: this machine is 16 minutes ahead of the database"

"""The assembled box office: its database made fit for use, its keys agreed on, its loops alive."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import attrs
import pytest
from sqlalchemy import text

from tests.databases import database_of
from tests.entrypoints.server import wait_until
from tests.patience import PATIENCE_SECONDS
from tests.servers.postgres import drop_database, fresh_database
from ticketcore import Admitted, BoxOffice, EventDraft, LiveEvent, Order, OrderStatus, Organiser, Unavailable, accepted
from ticketcore.application.reports import WorkReport
from ticketcore.domain.deliveries import Delivery, DeliveryStatus
from ticketcore.domain.ids import EventId, OrderId, TicketId, is_digest, text_of
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.ports import ReceivedMessage
from ticketcore_bootstrap import (
    Assembly,
    Background,
    SchemaOutdated,
    Settings,
    assemble,
    background,
    read_settings,
    upgrade,
)
from ticketcore_memory import (
    MemoryDeliveries,
    MemoryLedger,
    MemoryPaymentQueue,
    SystemClock,
    memory_ledger,
    memory_ports,
)
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql.tables import REVISION

CLAIM = Claim(EventId(text_of(b"event" + bytes(7))), TicketId(text_of(b"ticket" + bytes(10))))


def embedded(data: Path, **variables: str) -> Settings:
    return read_settings({f"TICKETCORE_{name}": value for name, value in variables.items()}, data)


def set_revision(assembly: Assembly, revision: str) -> None:
    """Mark a database as having this revision of the schema."""
    with database_of(assembly).transaction() as connection:
        connection.execute(text("UPDATE ticketcore_version SET version_num = :revision"), {"revision": revision})


def sell(box_office: BoxOffice) -> Order:
    """Return a paid order of two places."""
    draft = EventDraft("Night", SystemClock().now() + timedelta(days=1), "Hall", 10, "45.00")
    live = Organiser(box_office.ports).create_event(draft)
    assert isinstance(live, LiveEvent)
    order = box_office.reserve(live.event.id, 2, "ann@example.com")
    assert isinstance(order, Order)
    assert isinstance(box_office.pay(order.id, "tok_approved"), Order)
    box_office.work()
    box_office.deliver()
    paid = box_office.order(order.id)
    assert isinstance(paid, Order)
    return paid


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    """Assembling does not touch the database."""
    with assemble(embedded(tmp_path)):
        assert not (tmp_path / "ticketcore.db").exists()


def test_an_empty_place_is_made_fit_for_use(tmp_path: Path) -> None:
    """The first start makes directories, tables and a key; a sale then works to its end."""
    data = tmp_path / "deep" / "data"
    with assemble(embedded(data)) as assembly:
        assembly.prepare()
        assembly.prepare()
        order = sell(assembly.box_office)
        assert order.status is OrderStatus.PAID
    assert (data / "signing-key").stat().st_mode & 0o077 == 0
    assert len(list((data / "files").rglob("*.png"))) == 2
    assert len(list((data / "mail").glob("*.eml"))) == 1


def test_the_next_start_finds_everything(tmp_path: Path) -> None:
    """Tickets that were sold before a restart are admitted after it."""
    with assemble(embedded(tmp_path)) as assembly:
        assembly.prepare()
        order = sell(assembly.box_office)
        codes = [ticket.qr_code for ticket in assembly.ports.tickets.of_order(order.id)]
    with assemble(embedded(tmp_path)) as assembly:
        assembly.prepare()
        assert isinstance(assembly.box_office.validate(codes[0], "gate"), Admitted)


@pytest.fixture
def server_settings(postgres_server: str, tmp_path: Path) -> Iterator[Settings]:
    """Yield settings for an empty database on a server."""
    url = fresh_database(postgres_server)
    yield embedded(tmp_path, DATABASE_URL=url)
    drop_database(url)


def test_an_empty_database_of_a_server_is_set_up(server_settings: Settings) -> None:
    """There is nothing in it to be harmed, and a sale works to its end."""
    with assemble(server_settings) as assembly:
        assembly.prepare()
        assert database_of(assembly).is_current()
        assert sell(assembly.box_office).status is OrderStatus.PAID


def test_an_older_database_of_a_server_is_left_alone(server_settings: Settings) -> None:
    """Its data are changed by ``ticketcore db upgrade`` alone, at a moment that its operator chooses."""
    with assemble(server_settings) as assembly:
        assembly.prepare()
        set_revision(assembly, "0000")
        with pytest.raises(SchemaOutdated, match="ticketcore db upgrade"):
            assembly.prepare()
        set_revision(assembly, REVISION)
        assembly.prepare()
        assert upgrade(server_settings) == (REVISION, REVISION)


def test_an_unreachable_server_is_unavailable(tmp_path: Path) -> None:
    """Nothing is guessed about a database that gives no answer."""
    url = f"postgresql+psycopg://u@/db?host={tmp_path}"
    with pytest.raises(Unavailable):
        assemble(embedded(tmp_path, DATABASE_URL=url)).prepare()


# Keys

_SEAL = """
import sys
from pathlib import Path
from ticketcore.domain.qr_text import Claim
from ticketcore_bootstrap import assemble, read_settings
assembly = assemble(read_settings({}, Path(sys.argv[1])))
assembly.prepare()
print(assembly.ports.seal.seal(Claim(sys.argv[2], sys.argv[3])))
"""


def test_processes_that_start_together_agree_on_a_key(tmp_path: Path) -> None:
    """Each can read what the others have sealed."""
    command = [sys.executable, "-c", _SEAL, str(tmp_path), CLAIM.event_id, CLAIM.ticket_id]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    sealed = [process.communicate(timeout=PATIENCE_SECONDS)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0] * 4
    with assemble(embedded(tmp_path)) as assembly:
        assert [assembly.ports.seal.open(code) for code in sealed] == [CLAIM] * 4
    assert [path.name for path in tmp_path.glob("signing-key*")] == ["signing-key"]


@pytest.mark.parametrize("store", ["file", "server"])
def test_a_process_that_only_opens_finds_a_later_key(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It makes none, and opens what another process seals afterwards."""
    settings = embedded(tmp_path) if store == "file" else request.getfixturevalue("server_settings")
    with assemble(attrs.evolve(settings, seals=False)) as gate:
        gate.prepare()
        assert isinstance(gate.ports.seal.open("garbage"), TicketNotAuthentic)
        assert not (settings.data / "signing-key").exists()
        with assemble(settings) as seller:
            sealed = seller.ports.seal.seal(CLAIM)
        if store == "server":
            (settings.data / "signing-key").unlink()
        assert gate.ports.seal.open(sealed) == CLAIM


# Background


@attrs.define(eq=False)
class FlakyQueue(MemoryPaymentQueue):
    """A queue that fails in every way before it works."""

    failures: list[Exception] = attrs.field(factory=list)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        if self.failures:
            raise self.failures.pop()
        return super().receive(limit, now)


@attrs.define(eq=False)
class SlowQueue(MemoryPaymentQueue):
    """A queue whose messages take a while to be done with."""

    received: threading.Event = attrs.field(factory=threading.Event)
    finished: list[OrderId] = attrs.field(factory=list)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        deliveries = super().receive(limit, now)
        if deliveries:
            self.received.set()
            time.sleep(0.3)
        return deliveries

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        super().done(deliveries)
        self.finished += [delivery.order_id for delivery in deliveries]


def ordered(box_office: BoxOffice) -> Order:
    """Return an order that waits for a worker."""
    draft = EventDraft("Night", SystemClock().now() + timedelta(days=1), "Hall", 10, "45.00")
    live = Organiser(box_office.ports).create_event(draft)
    assert isinstance(live, LiveEvent)
    order = box_office.reserve(live.event.id, 1, "ann@example.com")
    assert isinstance(order, Order)
    paying = box_office.pay(order.id, "tok_approved")
    assert isinstance(paying, Order)
    return paying


def status_of(box_office: BoxOffice, order: Order) -> OrderStatus:
    now = box_office.order(order.id)
    assert isinstance(now, Order)
    return now.status


def test_the_loops_survive_failures(caplog: pytest.LogCaptureFixture) -> None:
    """A queue out of reach, and a bug, are logged; the work is done once they are over."""
    caplog.set_level(logging.WARNING)
    queue = FlakyQueue(failures=[RuntimeError("a bug"), Unavailable("payment queue", "no answer")])
    box_office = BoxOffice(attrs.evolve(memory_ports(SimulatedPaymentGateway()), payment_queue=queue))
    order = ordered(box_office)
    with Background(box_office):
        wait_until(lambda: status_of(box_office, order) is OrderStatus.PAID)
    assert "payment queue is unavailable: no answer" in caplog.text
    assert "a bug" in caplog.text
    assert order.id not in caplog.text


def test_stopping_finishes_what_is_in_hand() -> None:
    """What was received is done with before the threads end, and no thread stays."""
    queue = SlowQueue()
    box_office = BoxOffice(attrs.evolve(memory_ports(SimulatedPaymentGateway()), payment_queue=queue))
    before = set(threading.enumerate())
    with Background(box_office):
        order = ordered(box_office)
        assert queue.received.wait(10)
    assert queue.finished == [order.id]
    assert status_of(box_office, order) is OrderStatus.PAID
    assert not set(threading.enumerate()) - before


def test_stopping_an_idle_box_office_is_quick() -> None:
    """It does not wait for the next sweep."""

    def sweep(box_office: BoxOffice, signals: background.Signals) -> None:
        background.run_sweeper(box_office, signals.stop, PATIENCE_SECONDS)

    with Background(BoxOffice(memory_ports(SimulatedPaymentGateway())), (*background.WORKER, sweep)):
        time.sleep(0.2)
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE_SECONDS / 2


_ENDS_WITHOUT_STOPPING = """
import sys, threading, time
from ticketcore import BoxOffice
from ticketcore_bootstrap import Background
from ticketcore_memory import memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway

class Worker(BoxOffice):
    def work(self, mapper=None):
        received.set()
        time.sleep(float(sys.argv[1]))
        print("finished", flush=True)
        return super().work(mapper)

received = threading.Event()
Background(Worker(memory_ports(SimulatedPaymentGateway()))).start()
received.wait()
"""


@pytest.mark.parametrize(("seconds", "output"), [(0.5, "finished\n"), (600, "")], ids=["brief work", "endless work"])
def test_a_program_ends_although_the_loops_run(seconds: float, output: str) -> None:
    """An interpreter that does not stop them ends within seconds: it waits for brief work and leaves endless work."""
    command = [sys.executable, "-c", _ENDS_WITHOUT_STOPPING, str(seconds)]
    began = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert (ended.stdout, ended.stderr) == (output, "")


@attrs.define(eq=False)
class CountingQueue(MemoryPaymentQueue):
    """A queue that counts the looks that found nothing."""

    looks: list[datetime] = attrs.field(factory=list)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        found = super().receive(limit, now)
        self.looks += [] if found else [now]
        return found


@attrs.define(eq=False)
class CountingDeliveries(MemoryDeliveries):
    """Deliveries that count the looks that found nothing."""

    looks: list[datetime] = attrs.field(factory=list)

    def claim(self, now: datetime) -> Delivery | None:
        found = super().claim(now)
        self.looks += [] if found else [now]
        return found


def test_work_wakes_the_loops_that_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A payment wakes the charges and a charge the deliveries, although none would look again for minutes."""
    for name in ("_FIRST_PAUSE_SECONDS", "_CHARGE_PAUSE_SECONDS", "_DELIVERY_PAUSE_SECONDS"):
        monkeypatch.setattr(background, name, 600.0)
    rows = MemoryLedger()
    queue, deliveries = CountingQueue(), CountingDeliveries(rows)
    ledger = attrs.evolve(memory_ledger(rows), deliveries=deliveries)
    ports = attrs.evolve(memory_ports(SimulatedPaymentGateway()), payment_queue=queue, ledger=ledger)
    box_office = BoxOffice(ports)
    with Background(box_office, (*background.WORKER, partial(background.run_publisher, ports))):
        wait_until(lambda: bool(queue.looks and box_office.publisher))
        wait_until(lambda: len(deliveries.looks) >= background.DELIVERY_THREADS)
        order = ordered(box_office)
        wait_until(lambda: accepted(box_office.order(order.id)).delivery is DeliveryStatus.DELIVERED)


def test_an_idle_lane_looks_less_and_less_often_until_there_is_work() -> None:
    """Each pause is twice the one before, up to the longest, and work begins them again."""
    reports = [WorkReport(0, ()), WorkReport(0, ()), WorkReport(0, ()), WorkReport(1, ()), WorkReport(0, ())]
    once = background._lane(partial(next, iter(reports)), 0.3)
    assert [once() for _ in reports] == [0.1, 0.2, 0.3, 0.0, 0.1]


def test_the_sweeper_expires_what_is_due() -> None:
    """An unpaid reservation expires by itself."""
    box_office = BoxOffice(memory_ports(SimulatedPaymentGateway()), timedelta(milliseconds=200))
    draft = EventDraft("Night", SystemClock().now() + timedelta(days=1), "Hall", 10, "45.00")
    live = Organiser(box_office.ports).create_event(draft)
    assert isinstance(live, LiveEvent)
    box_office.reserve(live.event.id, 4, "ann@example.com")
    with Background(box_office):
        wait_until(lambda: (audit := box_office.ports.events.audit(live.event.id)) is not None and audit.held == 0)


def test_a_failing_order_is_logged_by_its_digest(caplog: pytest.LogCaptureFixture) -> None:
    """The log names the order whose charge has no result by its digest, and does not hold its id."""
    box_office = BoxOffice(memory_ports(SimulatedPaymentGateway()))
    draft = EventDraft("Night", SystemClock().now() + timedelta(days=1), "Hall", 10, "45.00")
    live = Organiser(box_office.ports).create_event(draft)
    assert isinstance(live, LiveEvent)
    order = box_office.reserve(live.event.id, 1, "ann@example.com")
    assert isinstance(order, Order)
    box_office.pay(order.id, "tok_down")
    with Background(box_office):
        wait_until(lambda: "payment gateway" in caplog.text)
    [digest] = {word for word in caplog.text.replace(":", " ").split() if is_digest(word)}
    assert Organiser(box_office.ports).find_order(digest) == box_office.order(order.id)
    assert order.id not in caplog.text
    assert "Traceback" not in caplog.text

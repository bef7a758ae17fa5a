"""Acts as log records and Prometheus metrics: complete, with a closed set of words, and without delaying an act."""

from __future__ import annotations

import ast
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import attrs
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from structlog.stdlib import ProcessorFormatter

from tests.use_cases.harness import BUYER, HOLD, Office, office
from ticketcore import (
    BoxOffice,
    EventDraft,
    KeyRefusal,
    LiveEvent,
    Order,
    Organiser,
    Topic,
    WebhookAnswer,
    accepted,
    application,
)
from ticketcore.domain import ids
from ticketcore.domain.availability import Availability
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import EventChange, EventFilter, EventStatus
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.ports import Act, Counter, EventPage, Observer, Occurrence, Ports
from ticketcore_memory import (
    MemoryEvents,
    MemoryFiles,
    MemoryInventory,
    MemoryLedger,
    MemoryObserver,
    MemoryPaymentQueue,
    MemoryWebhookSender,
    NoInventory,
    memory_ports,
)
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_telemetry import LogObserver, Observers, log_lines
from ticketcore_telemetry.health import HealthChecker
from ticketcore_telemetry.health_collector import MAX_EVENTS, HealthCollector
from ticketcore_telemetry.metrics import PrometheusObserver
from ticketcore_telemetry.outcomes import DONE, OTHER, REFUSED, outcome_of
from ticketcore_testing.samples import OPEN

ORDER = OrderId(ids.text_of(b"an order's bytes"))


def scrape(registry: CollectorRegistry) -> dict[str, dict[str, float]]:
    """Return the samples by the metric's name and the label's value, "" without a label."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[next(iter(sample.labels.values()), "")] = sample.value
    return found


def look(collector: Collector) -> dict[str, dict[str, float]]:
    registry = CollectorRegistry()
    registry.register(collector)
    return scrape(registry)


def watched(one_office: Office, observer: Observer) -> Office:
    """Return the same office with this observer."""
    ports = attrs.evolve(one_office.box_office.ports, observer=observer)
    return attrs.evolve(one_office, box_office=BoxOffice(ports, HOLD))


def perform_every_act(one_office: Office) -> None:
    """Perform every act, accepted and refused."""
    box_office = one_office.box_office
    paid, refunded, dropped = one_office.sold(), one_office.sold(), one_office.reserve()
    one_office.pay(one_office.reserve(), "tok_declined")
    declined = one_office.reserve()
    box_office.pay(declined.id, "tok_declined")
    box_office.work()
    box_office.pay(declined.id, "tok_approved")
    box_office.pay(paid.id, "tok_approved")
    box_office.cancel(dropped.id)
    box_office.cancel(paid.id)
    box_office.pay(dropped.id, "tok_approved")
    one_office.organiser.resend(paid.id)
    one_office.organiser.refund(refunded.id)
    one_office.organiser.resend(refunded.id)
    one_office.organiser.correct(refunded.id, "bob@example.com")
    one_office.organiser.refund(dropped.id)
    for order in (paid, refunded):
        [ticket] = box_office.ports.tickets.of_order(order.id)
        for _ in range(2):
            box_office.validate(ticket.qr_code, "north")
    box_office.validate("nonsense", "north")
    [used] = box_office.ports.tickets.of_order(paid.id)
    for _ in range(2):
        box_office.undo(used.qr_code)
    box_office.reserve(one_office.event_id, 10, BUYER)
    box_office.reserve(EventId("nothing"), 1, BUYER)
    late = one_office.reserve()
    down = one_office.reserve()
    one_office.organiser.correct(down.id, "bob@example.com")
    box_office.pay(down.id, "tok_down")
    box_office.work()
    one_office.clock.move(HOLD)
    box_office.pay(late.id, "tok_approved")
    box_office.sweep()
    one_office.organiser.change_event(one_office.event_id, EventChange(status=EventStatus.CLOSED))
    box_office.reserve(one_office.event_id, 1, BUYER)
    one_office.organiser.change_event(one_office.event_id, EventChange(status=EventStatus.CANCELLED))
    _tell_webhooks(one_office)
    box_office.receive_notice({}, b"")
    for refusal in KeyRefusal:
        Organiser(box_office.ports).observe_refused_key(refusal)


def _tell_webhooks(one_office: Office) -> None:
    """Have one receiver accept a message, one fail, and one want no more."""
    box_office = one_office.box_office
    sender = box_office.ports.webhook_sender
    assert isinstance(sender, MemoryWebhookSender)
    for status in (204, 503, 410):
        url = f"https://example.com/{status}"
        sender.answers[url] = WebhookAnswer(status)
        accepted(one_office.organiser.create_webhook(url, [Topic.EVENT_CHANGED]))
    accepted(one_office.organiser.change_event(one_office.event_id, EventChange(name="Another")))
    box_office.collect_webhooks()
    box_office.send_webhooks()


def observed_words() -> Iterator[tuple[Act, str]]:
    """Yield each outcome that a use case writes out, with its act."""
    for path in sorted(Path(application.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ports.observe"):
                words = (each.value for each in ast.walk(node.args[1]) if isinstance(each, ast.Constant))
                yield from ((Act[ast.unparse(node.args[0]).removeprefix("Act.")], str(word)) for word in words)


def test_every_outcome_is_a_known_word() -> None:
    """In a run of all acts no outcome is ``other``, and every act is observed."""
    seen = MemoryObserver()
    perform_every_act(watched(office(), seen))
    assert {occurrence.act for occurrence in seen.seen} == set(Act)
    assert OTHER not in {outcome_of(occurrence) for occurrence in seen.seen}


def test_every_word_for_an_outcome_is_known() -> None:
    """Also those of acts that the run above does not come to."""
    words = set(observed_words())
    assert (Act.RESERVE, "reserved") in words
    assert {(act, word) for act, word in words if word not in DONE[act]} == set()


def test_every_act_has_outcomes() -> None:
    """A new act needs its outcomes before it can be observed."""
    assert set(DONE) == set(Act)
    assert all(DONE[act] | REFUSED.get(act, frozenset()) for act in Act)


# Log records


def test_an_occurrence_is_one_record(caplog: pytest.LogCaptureFixture) -> None:
    """It carries the act, the outcome and the order's digest, and not the order's id."""
    caplog.set_level(logging.INFO, "ticketcore")
    LogObserver().observe(Occurrence(Act.CHARGE, "paid", ORDER))
    [record] = caplog.records
    assert (record.name, record.levelno) == ("ticketcore", logging.INFO)
    fields = vars(record)
    assert (fields["act"], fields["outcome"], fields["order"]) == ("charge", "paid", ids.digest(ORDER))
    assert ORDER not in str(fields)


def test_a_crowd_that_is_turned_away_writes_no_records(caplog: pytest.LogCaptureFixture) -> None:
    """Refusals are logged on the level DEBUG."""
    caplog.set_level(logging.INFO, "ticketcore")
    for outcome in ("sold_out", "sales_closed"):
        LogObserver().observe(Occurrence(Act.RESERVE, outcome, ORDER))
    LogObserver().observe(Occurrence(Act.ADMIT, "ticket_already_used", ORDER))
    assert caplog.records == []
    caplog.set_level(logging.DEBUG, "ticketcore")
    LogObserver().observe(Occurrence(Act.RESERVE, "sold_out", ORDER))
    assert [record.levelno for record in caplog.records] == [logging.DEBUG]


def test_a_word_that_is_not_known_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    """An outcome that might be an id becomes ``other``, in records and in labels."""
    caplog.set_level(logging.DEBUG, "ticketcore")
    registry = CollectorRegistry()
    observer = Observers((LogObserver(), PrometheusObserver.counting_in(registry)))
    observer.observe(Occurrence(Act.RESERVE, ORDER))
    assert ORDER not in str(vars(caplog.records[0])) + generate_latest(registry).decode()
    assert scrape(registry)["ticketcore_reservations_total"][OTHER] == 1


def test_all_observers_are_called() -> None:
    """Each receives every act, in order."""
    first, second = MemoryObserver(), MemoryObserver()
    acts = [Occurrence(Act.RESERVE, "reserved", ORDER), Occurrence(Act.PAY, "processing", ORDER)]
    for occurrence in acts:
        Observers((first, second)).observe(occurrence)
    assert first.seen == second.seen == acts


# Counters


def test_acts_are_counted_by_outcome() -> None:
    """Each counter has the number of acts of the run."""
    registry = CollectorRegistry()
    perform_every_act(watched(office(), PrometheusObserver.counting_in(registry)))
    found = {
        name: {outcome: value for outcome, value in values.items() if value}
        for name, values in scrape(registry).items()
        if name.endswith("_total")
    }
    assert found == {
        "ticketcore_reservations_total": {"reserved": 7, "sold_out": 1, "event_not_found": 1, "sales_closed": 1},
        "ticketcore_payments_total": {
            "processing": 5,
            "paid": 1,
            "payment_declined": 1,
            "order_not_payable": 1,
            "reservation_expired": 1,
        },
        "ticketcore_refused_keys_total": {"unknown": 1, "revoked": 1, "forbidden": 1},
        "ticketcore_cancellations_total": {"cancelled": 1, "order_not_cancellable": 1},
        "ticketcore_expirations_total": {"expired": 1},
        "ticketcore_charges_total": {"paid": 2, "declined": 2},
        "ticketcore_deliveries_total": {"delivered": 2},
        "ticketcore_undone_admissions_total": {"undone": 1, "nothing_to_undo": 1},
        "ticketcore_corrections_total": {"corrected": 1, "order_not_payable": 1},
        "ticketcore_notices_total": {"not_authentic": 1},
        "ticketcore_resends_total": {"asked": 1, "order_not_paid": 1},
        "ticketcore_webhook_tries_total": {"delivered": 1, "postponed": 1, "ended": 1},
        "ticketcore_refunds_total": {"started": 1, "given_up": 1, "refunded": 1, "order_not_paid": 1},
        "ticketcore_admissions_total": {
            "admitted": 1,
            "ticket_already_used": 1,
            "ticket_void": 2,
            "ticket_not_authentic": 1,
        },
        "ticketcore_messages_total": {"published": 6, "done": 4, "given_back": 1},
    }


def test_counters_begin_at_0() -> None:
    """The first of each kind is an increase that a rate can see."""
    registry = CollectorRegistry()
    PrometheusObserver.counting_in(registry)
    found = scrape(registry)
    assert found["ticketcore_reservations_total"]["sold_out"] == 0
    assert found["ticketcore_charges_total"]["paid"] == 0
    assert found["ticketcore_messages_total"].keys() == {"published", "done", "given_back"}


def test_metrics_keep_the_conventions_of_prometheus() -> None:
    """A prefix, base units, ``_total`` for counters alone, and help for each."""
    registry = CollectorRegistry()
    PrometheusObserver.counting_in(registry)
    registry.register(collector_of(memory_ports(SimulatedPaymentGateway())))
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        assert family.name.startswith("ticketcore_")
        assert family.documentation
        assert not family.name.endswith(("_total", "_count", "_sum", "_ms", "_milliseconds"))
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples)


# Gauges


def collector_of(ports: Ports, timeout_seconds: float = 2.0) -> HealthCollector:
    """Return a collector with a health checker of its own."""
    return HealthCollector(ports, HealthChecker(ports.checks, timeout_seconds=timeout_seconds), timeout_seconds)


@pytest.fixture
def one_office() -> Office:
    """Return an office of ten places with live counters."""
    return office(inventory=MemoryInventory())


def test_gauges_show_the_parts_as_they_are(one_office: Office) -> None:
    """There are places, messages by state, the age of the oldest, and every component is up."""
    sold = one_office.sold(2)
    one_office.reserve(3)
    one_office.box_office.pay(one_office.reserve().id, "tok_down")
    waiting = one_office.box_office.pay(one_office.reserve().id, "tok_approved")
    assert isinstance(waiting, Order)
    queue = one_office.box_office.ports.payment_queue
    [_] = queue.receive(1, one_office.clock.now())
    one_office.clock.move(timedelta(seconds=7))
    one_office.organiser.resend(sold.id)
    one_office.clock.move(timedelta(seconds=2))
    found = look(collector_of(one_office.box_office.ports))
    assert found["ticketcore_mails"] == {"pending": 1, "undelivered": 0}
    assert found["ticketcore_mails_oldest_pending_age_seconds"] == {"": 2}
    assert found["ticketcore_event_places"] == {"available": 3, "reserved": 5, "sold": 2}
    assert found["ticketcore_queue_messages"] == {"waiting": 1, "in_flight": 1, "dead": 0}
    assert found["ticketcore_queue_oldest_message_age_seconds"] == {"": 9}
    assert found["ticketcore_inventory_drift_places"] == {"": 0}
    assert found["ticketcore_inventory_uncounted_events"] == {"": 0}
    assert found["ticketcore_part_up"] == dict.fromkeys(("ledger", "inventory", "payment_queue", "files", "mail"), 1)


def test_an_idle_queue_has_no_age(one_office: Office) -> None:
    """Without a waiting message the age is 0."""
    assert look(collector_of(one_office.box_office.ports))["ticketcore_queue_oldest_message_age_seconds"] == {"": 0}


def more_events(one_office: Office, count: int, days: int) -> list[EventId]:
    """Create events of one place each."""
    draft = EventDraft("More", one_office.clock.now() + timedelta(days=days), "Hall", 1, "1.00")
    created = [one_office.organiser.create_event(draft) for _ in range(count)]
    return [live.event.id for live in created if isinstance(live, LiveEvent)]


def test_drift_is_the_sum_of_all_differences(one_office: Office) -> None:
    """Positive and negative drift do not cancel out; an event without a counter is counted separately."""
    inventory = one_office.box_office.ports.inventory
    low, lost = more_events(one_office, 2, 40)
    inventory.reset(Availability(one_office.event_id, 1, 13), OPEN, one_office.clock.now())
    inventory.reset(Availability(low, 1, 0), OPEN, one_office.clock.now())
    inventory.drop(lost)
    found = look(collector_of(one_office.box_office.ports))
    assert found["ticketcore_inventory_drift_places"] == {"": 4}
    assert found["ticketcore_inventory_uncounted_events"] == {"": 1}


def test_events_that_have_begun_are_not_looked_at(one_office: Office) -> None:
    """Their counters are no longer used."""
    more_events(one_office, 5, 10)
    one_office.clock.move(timedelta(days=20))
    assert look(collector_of(one_office.box_office.ports))["ticketcore_event_places"]["available"] == 10


def test_without_counters_there_is_no_drift() -> None:
    """A ledger that counts alone has no drift: there is no sample rather than a wrong one."""
    found = look(collector_of(memory_ports(SimulatedPaymentGateway(), inventory=NoInventory())))
    assert "ticketcore_inventory_drift_places" not in found
    assert "ticketcore_inventory_uncounted_events" not in found
    assert found["ticketcore_part_up"]["inventory"] == 1


def test_a_scrape_looks_at_a_bounded_number_of_events(one_office: Office) -> None:
    """The soonest go first; however many there are, a scrape does not read them all."""
    more_events(one_office, MAX_EVENTS + 50, 10)
    assert look(collector_of(one_office.box_office.ports))["ticketcore_event_places"]["available"] == MAX_EVENTS


def _down() -> NoReturn:
    raise Unavailable("part", "no answer")


@attrs.define(eq=False)
class LostEvents(MemoryEvents):
    def check(self) -> None:
        _down()

    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        _down()


@attrs.define(eq=False)
class LostQueue(MemoryPaymentQueue):
    def check(self) -> None:
        _down()

    def depth(self, now: datetime) -> NoReturn:
        _down()


@attrs.define(eq=False)
class LostInventory(MemoryInventory):
    def check(self) -> None:
        _down()

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        _down()


OF_EVENTS = {"ticketcore_event_places"}
OF_COUNTERS = {"ticketcore_inventory_drift_places", "ticketcore_inventory_uncounted_events"}
OF_QUEUE = {"ticketcore_queue_messages", "ticketcore_queue_oldest_message_age_seconds"}
OF_MAILS = {"ticketcore_mails", "ticketcore_mails_oldest_pending_age_seconds"}
OF_WEBHOOKS = {"ticketcore_webhook_messages", "ticketcore_webhook_messages_oldest_pending_age_seconds"}


@pytest.mark.parametrize(
    ("part", "broken", "missing"),
    [
        ("ledger", {"events": LostEvents(MemoryLedger())}, OF_EVENTS | OF_COUNTERS),
        ("inventory", {"inventory": LostInventory()}, OF_COUNTERS),
        ("payment_queue", {"payment_queue": LostQueue()}, OF_QUEUE),
    ],
    ids=["ledger", "inventory", "payment_queue"],
)
def test_a_part_out_of_reach_is_down_and_no_more(
    one_office: Office, part: str, broken: dict[str, Any], missing: set[str]
) -> None:
    """It has no samples, and the other components have theirs."""
    found = look(collector_of(one_office.box_office.ports.replacing(**broken)))
    assert [name for name, up in found["ticketcore_part_up"].items() if not up] == [part]
    always = OF_MAILS | OF_WEBHOOKS | {"ticketcore_part_up"}
    assert found.keys() == (OF_EVENTS | OF_COUNTERS | OF_QUEUE | always) - missing


@attrs.define(eq=False)
class BuggyFiles(MemoryFiles):
    def check(self) -> None:
        raise RuntimeError("a bug")


def test_a_bug_in_a_part_does_not_fail_the_scrape(caplog: pytest.LogCaptureFixture) -> None:
    """The component is down, and the bug is logged."""
    found = look(collector_of(attrs.evolve(memory_ports(SimulatedPaymentGateway()), files=BuggyFiles())))
    assert found["ticketcore_part_up"]["files"] == 0
    assert "the probe of files failed" in caplog.text


@attrs.define(eq=False)
class HangingFiles(MemoryFiles):
    """Files that hang until they are released; ``asked`` counts the calls."""

    go: threading.Event = attrs.field(factory=threading.Event)
    asked: int = 0

    def check(self) -> None:
        self.asked += 1
        self.go.wait(60)


def test_a_part_that_hangs_holds_up_no_scrape() -> None:
    """It is down until it responds, only one thread waits for it however often it is asked, and the others are shown."""
    files = HangingFiles()
    collector = collector_of(attrs.evolve(memory_ports(SimulatedPaymentGateway()), files=files), timeout_seconds=0.2)
    for _ in range(3):
        found = look(collector)
        assert found["ticketcore_part_up"]["files"] == 0
        assert found["ticketcore_part_up"]["ledger"] == 1
    assert files.asked == 1
    files.go.set()
    patient = collector_of(attrs.evolve(memory_ports(SimulatedPaymentGateway()), files=files))
    assert look(patient)["ticketcore_part_up"]["files"] == 1


# Counting together

_FORK = """
import os, sys
from ticketcore_telemetry import shared_counts
with shared_counts(int(sys.argv[1])):
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    child = os.fork()
    if not child:
        sys.exit(0)
    os.waitpid(child, 0)
    print(directory, directory is not None and os.path.isdir(directory) and oct(os.stat(directory).st_mode))
print(directory is not None and os.path.exists(directory))
"""


def fork(processes: int) -> list[str]:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": "/nowhere"}
    command = [sys.executable, "-c", _FORK, str(processes)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


def test_the_shared_directory_lasts_as_long_as_its_maker() -> None:
    """It is private, a process that ends leaves it to the others, and it is gone in the end."""
    directory, mode, remains = fork(2)
    assert "ticketcore-metrics-" in directory
    assert (mode, remains) == ("0o40700", "False")


def test_one_process_shares_nothing() -> None:
    """It counts in memory, whatever the environment says."""
    assert fork(1) == ["None", "False", "False"]


def test_observing_does_not_need_the_libraries_of_metrics() -> None:
    """A function that only logs does not import them at a cold start."""
    code = "import sys, ticketcore_telemetry, ticketcore_bootstrap.telemetry as t; print('prometheus_client' in sys.modules or 'structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("fields", [{}, {"act": "reserve", "outcome": "reserved", "order": None}])
def test_a_line_without_an_exception_is_as_structlog_would_write_it(fields: dict[str, Any]) -> None:
    """The short way and the library's have the same members in the same order, and times alike."""
    record = logging.makeLogRecord({"name": "ticketcore", "levelname": "INFO", "msg": "é %s", "args": (1,), **fields})
    formatter = log_lines._Formatter(for_people=False)
    short, whole = (
        json.loads(line) for line in (formatter.format(record), ProcessorFormatter.format(formatter, record))
    )
    times = [datetime.fromisoformat(line.pop("timestamp")) for line in (short, whole)]
    assert [*short.items()] == [*whole.items()]
    assert times[0].utcoffset() == times[1].utcoffset() == timedelta(0)

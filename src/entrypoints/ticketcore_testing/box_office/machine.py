"""A state machine that does to a box office everything that can be done to it, and compares the results with the model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from ticketcore import EventStatus, Unavailable
from ticketcore.application import worker
from ticketcore_testing.box_office.history import MILLISECOND, UNKNOWN_ORDER, around, which
from ticketcore_testing.box_office.sales import Sales

#: A message that was retried, or whose worker died, is delivered again by then.
_RETRY = timedelta(seconds=16)
#: How long the simulated gateway waits for a buyer.
_PATIENCE = timedelta(minutes=30)
#: More than the messages of a history, and than the deliveries of each.
_MANY = 1000
_ROUNDS_TO_REST = 6
#: What may have happened to an order at the beginning, and how it was paid.
_LIVES = {
    "reserved": "",
    "processing": "tok_approved",
    "lost": "tok_approved",
    "declined": "tok_declined",
    "flaky": "tok_flaky",
    "dead": "tok_down",
    "called off": "tok_approved",
    "paid": "tok_approved",
    "used": "tok_approved",
    "early": "tok_approved",
    "refunded": "tok_approved",
    "partly refunded": "tok_approved",
    "corrected": "tok_approved",
    "waiting": "tok_pending",
    "decided": "tok_pending",
    "owed and forgotten": "tok_approved",
}


class BoxOfficeMachine(Sales):
    """Histories of events, buyers, gates, workers, sweeps, wipes and time, compared with the model.

    Subclass it, override ``new_harness``, and give its ``TestCase`` to pytest.
    """

    @initialize(
        capacity=st.integers(4, 12),
        lives=st.lists(st.sampled_from([*_LIVES]), min_size=1, max_size=5),
        is_wiped=st.booleans(),
        limit=st.sampled_from([None, None, 4]),
        starts_in=st.sampled_from([None, MILLISECOND]),
    )
    def begin(
        self, capacity: int, lives: list[str], is_wiped: bool, limit: int | None, starts_in: timedelta | None
    ) -> None:
        """Begin with orders in several statuses, which short histories seldom reach by chance."""
        self.create_event(2, 1, 10, EventStatus.ON_SALE)
        self.create_event(capacity, 1, 10, EventStatus.ON_SALE, limit, starts_in)
        if starts_in:
            self.reserve(0, 1, "ann@example.com", None)
            self.move(starts_in)
        for life in lives:
            self._live(life)
        if is_wiped:
            self.wipe()

    def _live(self, life: str) -> None:
        self.reserve(0, 2, "ann@example.com", None)
        if life != "reserved":
            self.pay(0, _LIVES[life], is_lost=life == "lost")
        if life == "called off":
            self.change_event(0, {"status": EventStatus.CANCELLED}, None)
        if life in {"flaky", "dead"}:
            self.work_on(5)
        elif life not in {"reserved", "processing", "lost"}:
            self.work(_MANY)
            self.deliver()
        if life == "called off":
            self.change_event(0, {"status": EventStatus.ON_SALE}, None)
        self._go_on(life)
        if life in {"used", "refunded", "early"}:
            self._scan(is_early=life == "early")

    def _go_on(self, life: str) -> None:
        match life:
            case "declined":
                self.pay(0, "tok_approved")
            case "refunded":
                self.refund(0)
            case "partly refunded":
                self.refund_part(0, 1)
            case "corrected":
                self.correct(0, "bob@example.com")
            case "decided":
                self.decide(0, is_approved=True)
            case "owed and forgotten":
                self.refund(0, gateway_fails=True)
                self.forget("ann@example.com")

    def _scan(self, *, is_early: bool) -> None:
        """Scan a ticket, perhaps a millisecond before the doors open."""
        if not is_early:
            self.validate(0, 0, None, "as it is", "the first scan id")
            return
        self.change_times(0, None, None, MILLISECOND)
        self.validate(0, 0, None, "as it is", None)
        self.move(MILLISECOND)

    # Workers and sweeps

    @rule(limit=st.integers(1, 3))
    def work(self, limit: int) -> None:
        self.watched.queue.delivered.clear()
        report = worker.work(self.ports, limit)
        delivered = self.watched.queue.delivered
        # An order is processed once for all of its messages in a batch.
        results = {order_id: self.model.process(order_id) for order_id in dict.fromkeys(delivered)}
        given_back = [order_id for order_id in delivered if results[order_id] == "given_back"]
        failed = [failure.order_id for failure in report.failures]
        assert sorted(failed) == sorted(given_back), f"failures: {report.failures}"
        assert report.done == len(delivered) - len(given_back)
        if given_back:
            self.reach("a message is given back")

    @rule()
    def deliver(self) -> None:
        """Deliver all mails that are due."""
        while self.box_office.deliver().done:
            pass
        self.model.deliver()

    @rule(rounds=st.integers(2, 6))
    def work_on(self, rounds: int) -> None:
        """Work, and again when retried messages are delivered."""
        for _ in range(rounds):
            self.work(3)
            self.move(_RETRY)
        if self.ports.payment_queue.depth(self.model.now).dead:
            self.reach("there are dead letters")

    @rule(which=which)
    def process(self, which: int) -> None:
        """Work on any order, as a repeated message does."""
        order_id = self.order_id(which)
        try:
            self.box_office.process(order_id)
            result = "done"
        except Unavailable:
            result = "given_back"
        self.expect("process", result, self.model.process(order_id))

    @rule(which=which)
    def publish_again(self, which: int) -> None:
        """Publish a repeated or a needless message."""
        self.ports.payment_queue.publish([self.order_id(which)], self.model.now)

    @rule()
    def redrive(self) -> None:
        self.ports.payment_queue.redrive(self.model.now)

    @rule()
    def sweep(self) -> None:
        self.box_office.sweep()
        self.model.sweep()
        self.model.announce()
        self.model.refund_events()
        for event_id, event in self.model.events.items():
            row = self.ports.events.get(event_id)
            assert row is not None
            assert row.available == self.model.free(event), "a sweep left a reservation that is due"

    @rule()
    def wipe(self) -> None:
        """Wipe the inventory."""
        if any(order.status in {"reserved", "processing"} for order in self.model.orders.values()):
            self.reach("places are held at a wipe")
        self.harness.wipe()
        self.model.wipe()

    @rule(which=which)
    def sync_late(self, which: int) -> None:
        """Reserve, and sync the availability of before only then."""
        before = self.ports.events.get(self.event_id(which))
        if before:
            self.reserve(which, 1, "bob@example.com", None)
            self.ports.inventory.sync(before.id, UNKNOWN_ORDER, before.availability, keep=False)

    # Time

    @rule(by=st.sampled_from([MILLISECOND, timedelta(seconds=5), _RETRY, timedelta(minutes=7)]))
    def wait(self, by: timedelta) -> None:
        self.move(by)

    @rule(
        which=which,
        around=around,
        then=st.sampled_from(["look", "pay", "pay", "cancel", "refund", "forget", "correct", "sweep"]),
    )
    def wait_for_deadline(self, which: int, around: timedelta, then: str) -> None:
        """Wait for the deadline of a reservation, or a millisecond less or more, and act on it at once."""
        reserved = [number for number in range(6) if self._is_reserved(number)]
        if not reserved:
            self.reserve(0, 1, "bob@example.com", None)
            reserved = [0]
        chosen = reserved[which % len(reserved)]
        order = self.model.orders.get(self.order_id(chosen))
        if order:
            self._wait_until(order.deadline + around)
        acts: dict[str, Callable[[], None]] = {
            "pay": lambda: self.pay(chosen, "tok_approved"),
            "cancel": lambda: self.cancel(chosen),
            "refund": lambda: self.refund(chosen),
            "forget": lambda: self.forget("ann@example.com"),
            "correct": lambda: self.correct(chosen, "bob@example.com"),
            "sweep": self.sweep,
        }
        acts.get(then, self.hold_the_laws)()

    def _is_reserved(self, which: int) -> bool:
        order = self.model.orders.get(self.order_id(which))
        return order is not None and order.status == "reserved"

    @rule(which=which, time=st.sampled_from(["date", "sale_starts_at", "sale_ends_at"]), around=around)
    def wait_for_a_time_of_an_event(self, which: int, time: str, around: timedelta) -> None:
        """Wait until an event begins or its sale starts or ends, or a millisecond less or more, and reserve at once."""
        moment = getattr(self.model.events.get(self.event_id(which)), time, None)
        if isinstance(moment, datetime):
            self._wait_until(moment + around)
            self.reserve(which, 1, "bob@example.com", None)

    @rule(which=which, around=around)
    def wait_for_the_doors(self, which: int, around: timedelta) -> None:
        """Put the doors of a ticket's event off, wait until they open, or a millisecond less or more, and scan at once."""
        sold = [order for order in self.model.orders.values() if order.tickets]
        if not sold:
            return
        event = sold[-1 - which % len(sold)].event
        number = [*self.model.events.values()][::-1].index(event)
        self.change_times(number, None, None, timedelta(minutes=7))
        if isinstance(event.doors_at, datetime):
            self._wait_until(event.doors_at + around)
        self.validate(which, 0, None, "as it is", None)

    def _wait_until(self, moment: datetime) -> None:
        self.move(moment - self.model.now)

    # Laws

    @invariant()
    def laws_hold(self) -> None:
        self.hold_the_laws()

    def teardown(self) -> None:
        """Finish all work but what the gateway never answers, and check the laws at rest."""
        if sys.exc_info()[0] is None:
            self.come_to_rest()

    def come_to_rest(self) -> None:
        self._tell_how_far_it_came()
        for number in range(2):
            self.look_at_summary(number)
        self._finish_work()
        # The gateway waits for a buyer from the first charge on, which may have been a moment ago.
        if any(order.waits for order in self.model.orders.values()):
            self._finish_work()
        self.deliver()
        self.hold_the_laws()
        left = {
            order.token
            for order in self.model.orders.values()
            if order.status == "reserved" or order.waits or order.needs_work
        }
        assert left <= {"tok_down"}, f"law 2: orders were never worked on: {left}"
        assert not self.ports.outbox.pending(1), "law 4: a message was never published"

    def _finish_work(self) -> None:
        self.move(max(self.box_office.hold, _PATIENCE))
        self.sweep()
        self.redrive()
        for _ in range(_ROUNDS_TO_REST):
            self.work(_MANY)
            self.move(_RETRY)

    def _tell_how_far_it_came(self) -> None:
        for order in self.model.orders.values():
            was_late = order.status == "refunded" and not order.tickets
            self.reach("an order was charged too late" if was_late else f"an order is {order.status}")
            for ticket in order.tickets:
                self.reach(f"a ticket is {ticket.status}")

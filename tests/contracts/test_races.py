"""Everybody at once, over every ledger, from two processes' worth of connections: one wins and nobody hears an error.

Each race is a function that looks at the outcome, so that the controls at the end can run it over adapters that decide
before they write: every race that can be lost must catch the one that loses it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import cycle, islice
from typing import TypeVar

import attrs
import pytest

from tests.contracts.ledgers import (
    DEADLINE,
    MILLISECOND,
    NOW,
    Ledger,
    add_show,
    attempt_of,
    audit_of,
    event_of,
    fresh,
    ledger_over,
    new_attempt,
    new_code,
    new_reservation,
    new_show,
    new_tickets,
    order_in,
    order_of,
    outbox_of,
    reserve,
    sql_ledgers,
    steps_of,
)
from tests.servers.postgres import connect
from ticketcore import events, payment, reservation, validation
from ticketcore.events import Event, EventChange
from ticketcore.ids import AttemptId, EventId, TicketCode, TicketId
from ticketcore.journal import Step
from ticketcore.orders import Change, Order, OrderStatus
from ticketcore.payment import Attempt, AttemptStatus, PayRefusal
from ticketcore.ports import Delivery, TicketCodeTaken
from ticketcore.refusals import (
    CapacityInUse,
    EventNotFound,
    InvalidRequest,
    ReservationExpired,
    SoldOut,
    StaleVersion,
    TicketAlreadyUsed,
    TicketNotFound,
    TicketVoid,
)
from ticketcore.reservation import Reservation, ReserveRefusal
from ticketcore.tickets import Ticket, TicketStatus
from ticketcore.validation import DecisionRefusal, Scan
from ticketcore_memory import MemoryEvents, MemoryLedger, MemoryOrders, MemoryTickets

T = TypeVar("T")
Ledgers = Sequence[Ledger]


@pytest.fixture
def ledgers(open_ledger: Callable[[], Ledger]) -> Ledgers:
    """Answer one ledger as two processes have it."""
    return [open_ledger(), open_ledger()]


def all_at_once(ledgers: Ledgers, calls: Sequence[Callable[[Ledger], T]]) -> list[T]:
    """Make all calls from threads of their own that start together, over each ledger in turn; answer the outcomes.

    What a call raises is raised here.
    """
    start = threading.Barrier(len(calls))

    def make(call: Callable[[Ledger], T], ledger: Ledger) -> T:
        start.wait(30)
        return call(ledger)

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(make, call, ledger) for call, ledger in zip(calls, cycle(ledgers), strict=False)]
        return [future.result() for future in futures]


def of_type(outcomes: Sequence[object], kind: type[T]) -> list[T]:
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]


def with_stock(outcomes: Sequence[object]) -> list[Change]:
    """Answer the changes that changed the event's places."""
    return [change for change in of_type(outcomes, Change) if change.stock]


def reserving(wanted: Reservation) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.orders.reserve(wanted, NOW)


def assert_conserved(ledger: Ledger, event: Event) -> None:
    assert audit_of(ledger, event.id).is_conserved


# Places


def race_for_the_last_ticket(ledgers: Ledgers) -> None:
    event = add_show(ledgers[0], new_show(1))
    outcomes = all_at_once(ledgers, [reserving(new_reservation(event)) for _ in range(32)])
    assert len(with_stock(outcomes)) == 1
    assert of_type(outcomes, SoldOut) == [SoldOut(0)] * 31
    assert_conserved(ledgers[0], event)


def test_the_last_ticket_is_sold_once(ledgers: Ledgers) -> None:
    """Of 32 buyers one gets it and all others hear that it is sold out."""
    race_for_the_last_ticket(ledgers)


def race_for_fifty_places(ledgers: Ledgers) -> None:
    event = add_show(ledgers[0], new_show(50))
    wanted = [new_reservation(event, quantity) for quantity in islice(cycle([1, 3, 2, 4]), 32)]
    outcomes = all_at_once(ledgers, [reserving(each) for each in wanted])
    won = with_stock(outcomes)
    refused = [each.quantity for each, outcome in zip(wanted, outcomes, strict=True) if isinstance(outcome, SoldOut)]
    after = event_of(ledgers[0], event.id)
    assert len(won) + len(refused) == 32
    assert after.held == sum(change.order.quantity for change in won) <= 50
    assert after.available < min(refused)
    assert sorted(change.stock.version for change in won if change.stock) == list(range(1, len(won) + 1))
    assert_conserved(ledgers[0], event)


def test_mixed_orders_fill_the_house_and_no_more(ledgers: Ledgers) -> None:
    """Nobody is refused what is still there, every winner's version is its own, and no place is sold twice."""
    race_for_fifty_places(ledgers)


def test_one_order_is_reserved_once(ledgers: Ledgers) -> None:
    """Of eight repetitions of one request one takes places, and all hear the same order."""
    event = add_show(ledgers[0], new_show(10))
    wanted = new_reservation(event, 2)
    outcomes = of_type(all_at_once(ledgers, [reserving(wanted)] * 8), Change)
    assert len(outcomes) == 8
    assert len(with_stock(outcomes)) == 1
    assert {change.order for change in outcomes} == {order_of(ledgers[0], wanted.order_id)}
    assert event_of(ledgers[0], event.id).held == 2
    assert steps_of(ledgers[0], wanted.order_id) == [Step.RESERVED]


def race_with_the_capacity(ledgers: Ledgers) -> None:
    event = add_show(ledgers[0], new_show(20))

    def change_to(capacity: int) -> Callable[[Ledger], object]:
        return lambda ledger: ledger.events.change(event.id, EventChange(capacity=capacity), None)

    capacities = [5, 12, 18, 3, 15, 8, 25, 1]
    wanted = [new_reservation(event) for _ in range(24)]
    outcomes = all_at_once(ledgers, [*map(change_to, capacities), *map(reserving, wanted)])
    after = event_of(ledgers[0], event.id)
    for capacity, outcome in zip(capacities, outcomes, strict=False):
        assert isinstance(outcome, Event | CapacityInUse)
        assert not isinstance(outcome, CapacityInUse) or outcome.in_use > capacity
    assert after.held == len(with_stock(outcomes))
    assert after.revision == 1 + len(of_type(outcomes, Event))
    assert_conserved(ledgers[0], event)
    in_use = ledgers[0].events.change(event.id, EventChange(capacity=max(1, after.held - 1)), None)
    assert in_use == CapacityInUse(after.held) or after.held <= 1


def test_a_changing_capacity_never_oversells(ledgers: Ledgers) -> None:
    """Whoever makes the house smaller meets those who reserve: one of them is refused."""
    race_with_the_capacity(ledgers)


def test_one_revision_is_changed_once(ledgers: Ledgers) -> None:
    """Of eight admins who saw the same event one changes it and the others hear that they are too late."""
    event = add_show(ledgers[0], new_show())

    def rename(ledger: Ledger) -> object:
        return ledger.events.change(event.id, EventChange(name="Lear"), 1)

    outcomes = all_at_once(ledgers, [rename] * 8)
    assert of_type(outcomes, Event) == [event_of(ledgers[0], event.id)]
    assert len(of_type(outcomes, StaleVersion)) == 7


# Payment


def _paying(attempt: Attempt, now: datetime = NOW) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.orders.start_payment(attempt, now)


def _capturing(attempt: Attempt, tickets: Sequence[Ticket], code: TicketCode) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.orders.capture(attempt.id, tickets, code, NOW)


def _declining(attempt: Attempt) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.orders.decline(attempt.id, NOW)


def _cancelling(order: Order) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.orders.cancel(order.id, NOW)


def race_to_pay(ledgers: Ledgers) -> None:
    event = add_show(ledgers[0], new_show())
    order = reserve(ledgers[0], event, 2)
    attempts = [new_attempt(order) for _ in range(8)]
    outcomes = all_at_once(ledgers, [_paying(attempt) for attempt in attempts])
    assert outcomes == [order_of(ledgers[0], order.id)] * 8
    assert attempt_of(ledgers[0], order.id) in attempts
    assert outbox_of(ledgers[0], order.id) == [order.id]
    assert steps_of(ledgers[0], order.id) == [Step.RESERVED, Step.PAYMENT_STARTED]


def test_an_order_is_paid_by_one_attempt(ledgers: Ledgers) -> None:
    """Of eight payments one is recorded, with one message; all hear that the order is processing."""
    race_to_pay(ledgers)


def race_to_capture(ledgers: Ledgers) -> None:
    order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PROCESSING, 3)
    attempt = attempt_of(ledgers[0], order.id)
    sets = [new_tickets(order) for _ in range(8)]
    outcomes = all_at_once(ledgers, [_capturing(attempt, tickets, new_code()) for tickets in sets])
    paid = order_of(ledgers[0], order.id)
    assert [change.order for change in of_type(outcomes, Change)] == [paid] * 8
    assert len(with_stock(outcomes)) == 1
    assert list(ledgers[0].tickets.of_order(order.id)) in sets
    assert steps_of(ledgers[0], order.id).count(Step.PAID) == 1
    assert audit_of(ledgers[0], order.event_id).is_conserved


def test_an_order_has_one_set_of_tickets(ledgers: Ledgers) -> None:
    """Of eight captures one makes tickets, all of them its own."""
    race_to_capture(ledgers)


def test_one_ticket_code_is_given_once(ledgers: Ledgers) -> None:
    """Of eight orders that draw the same code one gets it; the others hear so and are as they were."""
    event = add_show(ledgers[0], new_show())
    orders = [order_in(ledgers[0], event, OrderStatus.PROCESSING) for _ in range(8)]
    code = new_code()
    captures = [_capturing(attempt_of(ledgers[0], order.id), new_tickets(order), code) for order in orders]
    outcomes = all_at_once(ledgers, captures)
    assert len(with_stock(outcomes)) == 1
    assert of_type(outcomes, TicketCodeTaken) == [TicketCodeTaken(code)] * 7
    assert event_of(ledgers[0], event.id).sold == 1
    assert_conserved(ledgers[0], event)


def test_an_approval_and_a_refusal_end_in_tickets_or_money(ledgers: Ledgers) -> None:
    """Whichever answer comes first: the order is paid with tickets, or declined with its money on the way back."""
    event = add_show(ledgers[0], new_show(100))
    for _ in range(5):
        order = order_in(ledgers[0], event, OrderStatus.PROCESSING, 2)
        attempt = attempt_of(ledgers[0], order.id)
        captures = [_capturing(attempt, new_tickets(order), new_code()) for _ in range(3)]
        all_at_once(ledgers, [*captures, *[_declining(attempt)] * 3])
        paid = order_of(ledgers[0], order.id).status is OrderStatus.PAID
        assert len(ledgers[0].tickets.of_order(order.id)) == (2 if paid else 0)
        expected = AttemptStatus.CAPTURED if paid else AttemptStatus.REFUNDING
        assert attempt_of(ledgers[0], order.id).status is expected
    assert_conserved(ledgers[0], event)


def test_an_order_is_refunded_once(ledgers: Ledgers) -> None:
    """Of eight refunds one gives the places back and leaves a message; all hear the refunded order."""
    order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PAID, 2)
    attempt = attempt_of(ledgers[0], order.id)
    outcomes = all_at_once(ledgers, [_refunding(order)] * 8)
    assert [change.order for change in of_type(outcomes, Change)] == [order_of(ledgers[0], order.id)] * 8
    assert len(with_stock(outcomes)) == 1
    assert outbox_of(ledgers[0], order.id) == [order.id] * 2
    all_at_once(ledgers, [lambda ledger: ledger.orders.finish_refund(attempt.id, NOW)] * 8)
    assert steps_of(ledgers[0], order.id)[-2:] == [Step.REFUND_STARTED, Step.REFUNDED]
    assert audit_of(ledgers[0], order.event_id).is_conserved


# The deadline


def race_with_the_deadline(ledgers: Ledgers) -> None:
    event = add_show(ledgers[0], new_show(100))
    orders = [reserve(ledgers[0], event, quantity) for quantity in islice(cycle([1, 2, 3]), 24)]
    payments = [_paying(new_attempt(order), DEADLINE - MILLISECOND) for order in orders]

    def sweep(ledger: Ledger) -> None:
        for _ in range(6):
            ledger.orders.expire_due(event.id, DEADLINE, 3)
            time.sleep(0.001)

    outcomes = all_at_once(ledgers, [*payments, *[sweep] * 4])
    for order, outcome in zip(orders, outcomes, strict=False):
        after = order_of(ledgers[0], order.id)
        assert outcome in (after, ReservationExpired(DEADLINE))
        assert after.status is (OrderStatus.PROCESSING if outcome == after else OrderStatus.EXPIRED)
        assert outbox_of(ledgers[0], order.id) == ([order.id] if outcome == after else [])
    assert_conserved(ledgers[0], event)


def test_payment_and_expiry_meet_at_the_deadline(ledgers: Ledgers) -> None:
    """Whoever pays in the last millisecond while others sweep: the order is processing or expired, as its buyer heard."""
    race_with_the_deadline(ledgers)


def test_a_reservation_expires_once(ledgers: Ledgers) -> None:
    """Sweepers pass over what another one has in hand; together they find every order once."""
    event = add_show(ledgers[0], new_show(30))
    due = {reserve(ledgers[0], event).id for _ in range(30)}

    def sweep(ledger: Ledger) -> Sequence[Change]:
        return [change for _ in range(3) for change in ledger.orders.expire_due(None, DEADLINE, 5)]

    found = [change for changes in all_at_once(ledgers, [sweep] * 8) for change in changes]
    found += ledgers[0].orders.expire_due(None, DEADLINE, 100)
    assert sorted(change.order.id for change in found) == sorted(due)
    assert sorted(change.stock.version for change in found if change.stock) == list(range(31, 61))
    assert event_of(ledgers[0], event.id).available == 30
    assert_conserved(ledgers[0], event)


def test_cancelling_and_paying_meet_on_the_order(ledgers: Ledgers) -> None:
    """One of them has it; the places come back once or not at all."""
    event = add_show(ledgers[0], new_show(100))
    for _ in range(5):
        order = reserve(ledgers[0], event, 2)
        outcomes = all_at_once(ledgers, [*[_cancelling(order)] * 4, *[_paying(new_attempt(order))] * 4])
        cancelled = order_of(ledgers[0], order.id).status is OrderStatus.CANCELLED
        assert len(with_stock(outcomes)) == cancelled
        assert len(of_type(outcomes, Order)) == (0 if cancelled else 4)
    assert_conserved(ledgers[0], event)


# The door


def race_through_the_door(ledgers: Ledgers) -> None:
    order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PAID)
    (ticket,) = ledgers[0].tickets.of_order(order.id)
    outcomes = all_at_once(ledgers, [_admitting(ticket, f"gate {number}") for number in range(16)])
    used = ledgers[0].tickets.get(ticket.id)
    assert used is not None
    assert of_type(outcomes, Ticket) == [used]
    assert of_type(outcomes, TicketAlreadyUsed) == [TicketAlreadyUsed(NOW, used.gate or "")] * 15
    assert steps_of(ledgers[0], order.id).count(Step.ADMITTED) == 1


def test_a_ticket_lets_one_in(ledgers: Ledgers) -> None:
    """Of sixteen gates one admits it, and the others hear which one."""
    race_through_the_door(ledgers)


def test_one_scan_sent_many_times_lets_one_in(ledgers: Ledgers) -> None:
    """Every repetition of the scan hears the same ticket, admitted once."""
    order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PAID)
    (ticket,) = ledgers[0].tickets.of_order(order.id)
    outcomes = all_at_once(ledgers, [_admitting(ticket, "gate")] * 16)
    assert outcomes == [ledgers[0].tickets.get(ticket.id)] * 16
    assert steps_of(ledgers[0], order.id).count(Step.ADMITTED) == 1


def race_of_door_and_refund(ledgers: Ledgers) -> None:
    event = add_show(ledgers[0], new_show(100))
    for evenly in (True, False) * 3:
        order = order_in(ledgers[0], event, OrderStatus.PAID)
        (ticket,) = ledgers[0].tickets.of_order(order.id)
        calls = [*[_refunding(order)] * 4, *[_admitting(ticket, f"gate {number}") for number in range(4)]]
        outcomes = all_at_once(ledgers, calls if evenly else calls[::-1])
        after = ledgers[0].tickets.get(ticket.id)
        assert after is not None
        assert of_type(outcomes, Ticket) == ([after] if after.status is TicketStatus.USED else [])
        assert len(of_type(outcomes, TicketVoid)) == (0 if after.status is TicketStatus.USED else 4)
    assert_conserved(ledgers[0], event)


def _admitting(ticket: Ticket, gate: str) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.tickets.admit(ticket.id, Scan(gate, gate), NOW)


def _refunding(order: Order) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.orders.start_refund(order.id, NOW)


def test_the_door_and_the_refund_meet_on_the_ticket(ledgers: Ledgers) -> None:
    """A ticket is let in or void, never both."""
    race_of_door_and_refund(ledgers)


# Everything else


def test_one_message_is_in_one_hand(ledgers: Ledgers) -> None:
    """Eight workers on one queue find every message once."""
    orders = [new_reservation(new_show()).order_id for _ in range(40)]
    ledgers[0].payment_queue.publish(orders, NOW)

    def work(ledger: Ledger) -> Sequence[Delivery]:
        return [delivery for _ in range(5) for delivery in ledger.payment_queue.receive(3, NOW)]

    found = [delivery for deliveries in all_at_once(ledgers, [work] * 8) for delivery in deliveries]
    found += ledgers[0].payment_queue.receive(100, NOW)
    assert sorted(delivery.order_id for delivery in found) == sorted(orders)
    assert {delivery.receives for delivery in found} == {1}


def test_all_processes_make_one_secret(ledgers: Ledgers) -> None:
    """Of eight processes that start at once all have the same secret."""
    secrets = all_at_once(ledgers, [lambda ledger: ledger.keys.secret("order-ids", fresh(32))] * 8)
    assert len(set(secrets)) == 1


def race_of_whole_lives(ledgers: Ledgers) -> None:
    shows = [add_show(ledgers[0], new_show(20)), add_show(ledgers[0], new_show(20))]
    ends = [OrderStatus.PAID, OrderStatus.DECLINED, OrderStatus.REFUNDED, OrderStatus.CANCELLED]

    def live(ledger: Ledger) -> None:
        for event, end in zip(cycle(shows), ends, strict=False):
            order_in(ledger, event, end)

    def sweep(ledger: Ledger) -> None:
        for event in cycle(shows):
            ledger.orders.expire_due(None, DEADLINE - MILLISECOND, 10)
            with ledger.events.locked(event.id) as locked:
                assert locked is not None
            assert audit_of(ledger, event.id).is_conserved
            if event_of(ledger, shows[0].id).sold + event_of(ledger, shows[1].id).sold >= 10:
                return

    all_at_once(ledgers, [*[live] * 10, *[sweep] * 2])
    for event in shows:
        assert_conserved(ledgers[0], event)
    assert sum(event_of(ledgers[0], event.id).sold for event in shows) == 10


def test_a_busy_evening_ends_in_order(ledgers: Ledgers) -> None:
    """Whole lives of orders of two events beside sweeps, locks and looks: no error, and every place accounted for."""
    race_of_whole_lives(ledgers)


RACES = [
    race_for_the_last_ticket,
    race_for_fifty_places,
    race_with_the_capacity,
    race_to_pay,
    race_to_capture,
    race_with_the_deadline,
    race_through_the_door,
    race_of_door_and_refund,
    race_of_whole_lives,
]


def deadlocks_at(url: str) -> int:
    """Answer how many deadlocks a Postgres database has had; its sessions must have ended, for they count late."""
    with connect(url) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.01)
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_nobody_waits_for_each_other(postgres_url: str, race: Callable[[Ledgers], None]) -> None:
    """Locks are taken in one order, so Postgres finds no deadlock, which would cost a second each time."""
    before = deadlocks_at(postgres_url)
    with sql_ledgers(postgres_url) as open_one:
        race([open_one(), open_one()])
    assert deadlocks_at(postgres_url) == before


# Controls: adapters that look first and write later.


def hesitate() -> None:
    """Give everybody else the time to do the same."""
    time.sleep(0.005)


class ReservesLate(MemoryOrders):
    """Checks that there are places, then takes them."""

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        event = self._ledger.events[wanted.event_id]
        order = reservation.reserve(event, wanted, now)
        hesitate()
        if not isinstance(order, Order):
            return order
        with self._ledger.lock:
            self._ledger.orders_of_event.setdefault(event.id, []).append(order.id)
            return self._moved(None, order, now)


class PaysLate(MemoryOrders):
    """Checks that the order is reserved, then pays it."""

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        order = self._ledger.orders[attempt.order_id]
        outcome = payment.start(order, self._ledger.events[order.event_id].status, now)
        hesitate()
        if not isinstance(outcome, Order) or outcome == order:
            return outcome
        with self._ledger.lock:
            self._ledger.attempts[attempt.id] = attempt
            self._ledger.attempt_of_order[order.id] = attempt.id
            self._ledger.put_in_outbox(order.id)
            return self._moved(order, outcome, now).order


class CapturesLate(MemoryOrders):
    """Checks that the order is processing, then makes its tickets."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        attempt = self._ledger.attempts[attempt_id]
        order = self._ledger.orders[attempt.order_id]
        settled = payment.capture(order, attempt, self._ledger.events[order.event_id].status, code)
        hesitate()
        with self._ledger.lock:
            if settled.order != order:
                self._issue(tickets, code)
            return self._settled(order, settled, now)


class ExpiresBlindly(MemoryOrders):
    """Finds what is due, then expires it without another look."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        with self._ledger.lock:
            due = [order for order in self._ledger.orders.values() if reservation.is_due(order, now)][:limit]
        hesitate()
        with self._ledger.lock:
            return [self._moved(order, reservation.as_of(order, now), now) for order in due]


class ChangesLate(MemoryEvents):
    """Reads the event, then writes it as it was but for the change."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        event = self._ledger.events[event_id]
        changed = events.change(event, wanted, has_orders=False, revision=revision)
        hesitate()
        if isinstance(changed, Event):
            self._ledger.events[event_id] = changed
        return changed


class AdmitsLate(MemoryTickets):
    """Checks that the ticket is valid, then uses it up."""

    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> Ticket | DecisionRefusal | TicketNotFound:
        outcome = validation.admit(self._ledger.tickets[ticket_id], scan, now)
        hesitate()
        if isinstance(outcome, Ticket):
            self._ledger.tickets[ticket_id] = outcome
        return outcome


def with_orders(kind: Callable[[MemoryLedger], MemoryOrders]) -> Ledger:
    rows = MemoryLedger()
    return attrs.evolve(ledger_over(rows), orders=kind(rows))


def with_events(kind: Callable[[MemoryLedger], MemoryEvents]) -> Ledger:
    rows = MemoryLedger()
    return attrs.evolve(ledger_over(rows), events=kind(rows))


def with_tickets(kind: Callable[[MemoryLedger], MemoryTickets]) -> Ledger:
    rows = MemoryLedger()
    return attrs.evolve(ledger_over(rows), tickets=kind(rows))


@pytest.mark.parametrize(
    ("race", "broken"),
    [
        pytest.param(race_for_the_last_ticket, lambda: with_orders(ReservesLate), id="last ticket"),
        pytest.param(race_for_fifty_places, lambda: with_orders(ReservesLate), id="fifty places"),
        pytest.param(race_to_pay, lambda: with_orders(PaysLate), id="payment"),
        pytest.param(race_to_capture, lambda: with_orders(CapturesLate), id="capture"),
        pytest.param(race_with_the_deadline, lambda: with_orders(PaysLate), id="deadline, late payment"),
        pytest.param(race_with_the_deadline, lambda: with_orders(ExpiresBlindly), id="deadline, blind expiry"),
        pytest.param(race_with_the_capacity, lambda: with_events(ChangesLate), id="capacity"),
        pytest.param(race_through_the_door, lambda: with_tickets(AdmitsLate), id="door"),
        pytest.param(race_of_door_and_refund, lambda: with_tickets(AdmitsLate), id="door and refund"),
    ],
)
def test_an_adapter_that_looks_first_and_writes_later_is_caught(
    race: Callable[[Ledgers], None], broken: Callable[[], Ledger]
) -> None:
    """The race shows it: a place sold twice, a ticket admitted twice, an order that is two things at once.

    Even a broken adapter may be lucky, but not ten times.
    """

    def run_often() -> None:
        for _ in range(10):
            race([broken()])

    with pytest.raises(AssertionError):
        run_often()

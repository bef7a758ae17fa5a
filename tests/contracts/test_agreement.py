"""Every ledger gives the same answers to the same history, and holds the same afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import attrs
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.contracts.ledgers import (
    MILLISECOND,
    NOW,
    PRICE,
    Ledger,
    all_about,
    audit_of,
    fresh,
    ledger_over,
    memory_ledger,
    new_code,
    new_order_id,
    new_reservation,
    new_show,
    new_tickets,
    sql_ledgers,
)
from ticketcore import ids, journal, payment_tokens
from ticketcore.events import Event, EventChange, EventFilter, EventStatus
from ticketcore.ids import AttemptId, EventId, OrderId, TicketCode, TicketId
from ticketcore.orders import Change, Fulfilment, Order
from ticketcore.payment import Attempt, PayRefusal, RefundRefusal
from ticketcore.ports import TicketCodeTaken
from ticketcore.reservation import Reservation
from ticketcore.tickets import Ticket
from ticketcore.validation import Scan
from ticketcore_memory import MemoryLedger, MemoryOrders

T = TypeVar("T")

HOLD = timedelta(minutes=15)
BEGIN = NOW + timedelta(hours=1)
UNKNOWN_EVENT = EventId("nowhere")
UNKNOWN_TICKET = TicketId("nothing")
TOKENS = [payment_tokens.APPROVED, payment_tokens.DECLINED, "it's \N{TICKET}"]

# The newest of what there is comes first, so that short histories meet again; the last number is for what does not exist.
_which = st.integers(0, 8)
_UNKNOWN = 8
_status = st.sampled_from([EventStatus.ON_SALE, EventStatus.ON_SALE, *EventStatus])
_changes = st.just(EventChange(name=" ", capacity=0, price="x")) | st.builds(
    EventChange,
    name=st.sampled_from([None, "Lear"]),
    date=st.sampled_from([None, BEGIN, BEGIN + MILLISECOND]),
    capacity=st.sampled_from([None, 1, 2, 4, 8]),
    price=st.sampled_from([None, "1.00"]),
    currency=st.sampled_from([None, None, None, "EUR"]),
    status=st.none() | _status,
    max_per_order=st.sampled_from([None, 2, 4]),
)


class LedgersAgree(RuleBasedStateMachine):
    """One history, told to every ledger with the same ids and times.

    ``event`` and ``order`` are what the last step was about: they are compared after it, everything at the end.
    """

    def __init__(self, ledgers: Mapping[str, Ledger]) -> None:
        super().__init__()
        self.ledgers = ledgers
        self.now = NOW
        self.events: list[Event] = []
        self.orders: list[Reservation] = []
        self.codes: list[TicketCode] = []
        self.event = UNKNOWN_EVENT
        self.order = new_order_id()

    def all_say(self, ask: Callable[[Ledger], T]) -> T:
        """Ask every ledger; answer what they all say."""
        answers = {name: ask(ledger) for name, ledger in self.ledgers.items()}
        first = answers["memory"]
        assert all(answer == first for answer in answers.values()), answers
        return first

    def event_id(self, which: int) -> EventId:
        self.event = self.events[-1 - which % len(self.events)].id if which < _UNKNOWN else UNKNOWN_EVENT
        return self.event

    def order_id(self, which: int) -> OrderId:
        self.order = self.orders[-1 - which % len(self.orders)].order_id if which < _UNKNOWN else new_order_id()
        return self.order

    def known_order(self, which: int) -> Order | None:
        order_id = self.order_id(which)
        return self.all_say(lambda ledger: ledger.orders.get(order_id))

    def attempt(self, which: int) -> Attempt | None:
        order_id = self.order_id(which)
        return self.all_say(lambda ledger: ledger.orders.attempt(order_id))

    # Events

    @initialize(
        capacity=st.integers(4, 9),
        lives=st.lists(st.sampled_from(["reserved", "processing", "paid", "refunded"]), min_size=2, max_size=4),
    )
    def begin(self, capacity: int, lives: list[str]) -> None:
        """Begin with orders that are worth something: short histories seldom get so far by chance."""
        self.add_event(capacity, EventStatus.ON_SALE)
        for life in lives:
            self.reserve(0, 2, HOLD)
            if life != "reserved":
                self.start_payment(0, payment_tokens.APPROVED, 1)
            if life in {"paid", "refunded"}:
                self.capture(0, code_is_taken=False)
            if life == "refunded":
                self.start_refund(0)

    @rule(capacity=st.integers(1, 6), status=_status)
    def add_event(self, capacity: int, status: EventStatus) -> None:
        event = new_show(capacity, date=BEGIN, status=status, max_per_order=3)
        self.events.append(event)
        self.event = event.id
        self.all_say(lambda ledger: ledger.events.add(event))

    @rule(which=_which)
    def add_event_again(self, which: int) -> None:
        event = attrs.evolve(self.events[-1 - which % len(self.events)], name="Another")
        self.event = event.id
        self.all_say(lambda ledger: ledger.events.add(event))

    @rule(which=_which, wanted=_changes, revision=st.sampled_from([None, None, None, 1, 2]))
    def change_event(self, which: int, wanted: EventChange, revision: int | None) -> None:
        event_id = self.event_id(which)
        self.all_say(lambda ledger: ledger.events.change(event_id, wanted, revision))

    @rule(status=st.none() | _status, limit=st.integers(1, 5), begin=st.sampled_from([None, BEGIN]))
    def list_events(self, status: EventStatus | None, limit: int, begin: datetime | None) -> None:
        wanted = EventFilter(status, begin)
        page = self.all_say(lambda ledger: ledger.events.list(wanted, None, limit))
        if page.after:
            self.all_say(lambda ledger: ledger.events.list(wanted, page.after, limit))

    @rule()
    def ask_what_is_due(self) -> None:
        asked = [UNKNOWN_EVENT, *(event.id for event in self.events)]
        self.all_say(lambda ledger: dict(ledger.events.due(asked, self.now)))

    @rule(which=_which)
    def lock(self, which: int) -> None:
        event_id = self.event_id(which)

        def look(ledger: Ledger) -> Event | None:
            with ledger.events.locked(event_id) as event:
                return event

        self.all_say(look)

    # Orders

    @rule(which=_which, quantity=st.integers(0, 4), hold=st.sampled_from([HOLD, HOLD, MILLISECOND, 5 * HOLD]))
    def reserve(self, which: int, quantity: int, hold: timedelta) -> None:
        wanted = attrs.evolve(new_reservation(self.events[0], quantity, self.now + hold), event_id=self.event_id(which))
        self.order = wanted.order_id
        outcome = self.all_say(lambda ledger: ledger.orders.reserve(wanted, self.now))
        if isinstance(outcome, Change):
            self.orders.append(wanted)
            self.all_say(lambda ledger: ledger.orders.find(ids.digest(wanted.order_id)))

    @rule(which=_which, quantity=st.integers(0, 4))
    def reserve_again(self, which: int, quantity: int) -> None:
        wanted = attrs.evolve(self.orders[-1 - which % len(self.orders)], quantity=quantity)
        self.order = wanted.order_id
        self.all_say(lambda ledger: ledger.orders.reserve(wanted, self.now))

    @rule(which=_which, token=st.sampled_from(TOKENS), times=st.integers(1, 2))
    def start_payment(self, which: int, token: str, times: int) -> None:
        attempt = Attempt(AttemptId(ids.text_of(fresh())), self.order_id(which), token, PRICE)
        for _ in range(times):
            self.all_say(lambda ledger: ledger.orders.start_payment(attempt, self.now))

    @rule(which=_which, code_is_taken=st.booleans())
    def capture(self, which: int, code_is_taken: bool) -> None:
        order, attempt = self.known_order(which), self.attempt(which)
        if order is None or attempt is None:
            return
        code = self.codes[-1] if code_is_taken and self.codes else new_code()
        tickets = new_tickets(order)
        self.codes.append(code)
        self.all_say(lambda ledger: ledger.orders.capture(attempt.id, tickets, code, self.now))

    @rule(which=_which)
    def decline(self, which: int) -> None:
        self._with_attempt(which, lambda ledger, attempt_id: ledger.orders.decline(attempt_id, self.now))

    @rule(which=_which)
    def finish_refund(self, which: int) -> None:
        self._with_attempt(which, lambda ledger, attempt_id: ledger.orders.finish_refund(attempt_id, self.now))

    def _with_attempt(self, which: int, ask: Callable[[Ledger, AttemptId], object]) -> None:
        attempt = self.attempt(which)
        if attempt:
            self.all_say(lambda ledger: ask(ledger, attempt.id))

    @rule(which=_which)
    def start_refund(self, which: int) -> None:
        order_id = self.order_id(which)
        self.all_say(lambda ledger: ledger.orders.start_refund(order_id, self.now))

    @rule(which=_which)
    def cancel(self, which: int) -> None:
        order_id = self.order_id(which)
        self.all_say(lambda ledger: ledger.orders.cancel(order_id, self.now))

    @rule(which=st.none() | _which)
    def expire(self, which: int | None) -> None:
        event_id = None if which is None else self.event_id(which)
        self._expire(event_id, self.now)

    def _expire(self, event_id: EventId | None, now: datetime) -> None:
        self.all_say(lambda ledger: list(ledger.orders.expire_due(event_id, now, 1000)))

    @rule(which=_which, step=st.sampled_from([Fulfilment.ISSUED, Fulfilment.STORED, Fulfilment.NOTIFIED]))
    def advance(self, which: int, step: Fulfilment) -> None:
        order = self.known_order(which)
        if order:
            self.all_say(lambda ledger: ledger.orders.advance(order.id, step, self.now))

    @rule(which=_which)
    def note(self, which: int) -> None:
        order = self.known_order(which)
        if order:
            self.all_say(lambda ledger: ledger.orders.note(journal.failed(order, self.now, "no answer")))

    @rule(which=_which)
    def publish(self, which: int) -> None:
        order_id = self.order_id(which)
        self.all_say(lambda ledger: ledger.outbox.sent(ledger.outbox.pending(1, order_id)))

    # Tickets

    @rule(which=_which, number=st.integers(0, 2), scan=st.sampled_from(["one", "two"]), gate=st.none() | _which)
    def admit(self, which: int, number: int, scan: str, gate: int | None) -> None:
        order_id = self.order_id(which)
        event_id = None if gate is None else self.event_id(gate)
        tickets = self.all_say(lambda ledger: list(ledger.tickets.of_order(order_id)))
        ticket_id = tickets[number].id if number < len(tickets) else UNKNOWN_TICKET
        self.all_say(lambda ledger: ledger.tickets.admit(ticket_id, Scan(scan, scan, event_id), self.now))
        self.all_say(lambda ledger: ledger.tickets.get(ticket_id))

    # Time

    @rule(which=_which, before=st.booleans())
    def wait_for_a_deadline(self, which: int, before: bool) -> None:
        """Time moves to a deadline, or to the millisecond before it."""
        deadline = self.orders[-1 - which % len(self.orders)].expires_at
        self.now = max(self.now, deadline - MILLISECOND if before else deadline)

    @rule(step=st.sampled_from([MILLISECOND, HOLD / 3]))
    def wait(self, step: timedelta) -> None:
        """Time moves on."""
        self.now += step

    # What they hold

    @invariant()
    def they_hold_the_same(self) -> None:
        self.all_say(lambda ledger: all_about(ledger, self.event, self.order))

    def teardown(self) -> None:
        """Compare everything, and leave nothing that is due to the next history."""
        order_ids = [wanted.order_id for wanted in self.orders]
        self.all_say(lambda ledger: [all_about(ledger, event.id) for event in self.events])
        self.all_say(lambda ledger: all_about(ledger, UNKNOWN_EVENT, *order_ids))
        assert all(audit_of(self.ledgers["memory"], event.id).is_conserved for event in self.events)
        self._expire(None, self.now + timedelta(days=1))


SETTINGS = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# A control need only be caught: its example is not made small, and the same ones are tried in every run.
CONTROL = settings(
    SETTINGS,
    max_examples=1000,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    print_blob=False,
)


def machine_over(new_ledgers: Callable[[], Mapping[str, Ledger]]) -> type[LedgersAgree]:
    """Answer the machine of these ledgers, which each history may share with others or have anew."""

    class Machine(LedgersAgree):
        def __init__(self) -> None:
            super().__init__(new_ledgers())

    return Machine


def test_all_ledgers_agree(sqlite_url: str, postgres_url: str) -> None:
    """Whatever happens, to the exact boundaries of time, repeated and with unknown ids."""
    with sql_ledgers(sqlite_url) as sqlite, sql_ledgers(postgres_url) as postgres:
        ledgers = {"memory": memory_ledger(), "sqlite": sqlite(), "postgres": postgres()}
        run_state_machine_as_test(machine_over(lambda: ledgers), settings=SETTINGS)


# Controls: a ledger with one rule changed, beside one that keeps them all.


class ExpiresLate(MemoryOrders):
    """A reservation lives a millisecond too long."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now - MILLISECOND, limit)


class ForgetsTheCode(MemoryOrders):
    """A ticket code may be given twice."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        self._ledger.ticket_codes.discard(code)
        return super().capture(attempt_id, tickets, code, now)


class WritesTwice(MemoryOrders):
    """A repeated payment leaves a second message."""

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        is_repeated = self.attempt(attempt.order_id) is not None
        outcome = super().start_payment(attempt, now)
        if isinstance(outcome, Order) and is_repeated:
            self._ledger.put_in_outbox(outcome.id)
        return outcome


class AnswersNoStock(MemoryOrders):
    """A refund forgets to tell the places that came back."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        outcome = super().start_refund(order_id, now)
        return attrs.evolve(outcome, stock=None) if isinstance(outcome, Change) else outcome


@pytest.mark.parametrize("broken", [ExpiresLate, ForgetsTheCode, WritesTwice, AnswersNoStock])
def test_a_ledger_with_one_rule_changed_is_caught(broken: Callable[[MemoryLedger], MemoryOrders]) -> None:
    """The machine would notice if one ledger were different from the others."""

    def pair() -> dict[str, Ledger]:
        rows = MemoryLedger()
        return {"memory": memory_ledger(), "broken": attrs.evolve(ledger_over(rows), orders=broken(rows))}

    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine_over(pair), settings=CONTROL)

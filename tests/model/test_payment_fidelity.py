"""The payment model decides what the domain decides, and its ledger writes what the memory adapter writes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import attrs
import pytest

from tests.model import payment_ledger as model_ledger
from tests.model import payment_rules as rule
from tests.model.payment import PaymentModel
from tests.model.payment_rules import Decision
from tests.model.payment_state import ATTEMPTS, Record, Refund, Returning, State, Worker
from ticketcore.domain import attempts, decisions, payments, reservations
from ticketcore.domain.attempts import Attempt, AttemptStatus
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventChange, EventStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import OCCUPYING, Change, Order, OrderStatus
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.tickets import Ticket, TicketStatus
from ticketcore.ports import Conflict
from ticketcore_memory import MemoryEvents, MemoryLedger, MemoryOrders, MemoryTickets
from ticketcore_testing import changes
from ticketcore_testing.samples import DEADLINE, NOW, new_attempt_id, new_code, new_reservation, new_show, new_tickets

MODEL = PaymentModel()
QUANTITY = 2

ModelRule = Callable[[Record, bool], Decision | None]
DomainRule = Callable[[OrderRecord, Sequence[Ticket], datetime], "decisions.Decision | Refusal"]

RULES: dict[str, tuple[ModelRule, DomainRule]] = {
    "start": (
        lambda record, is_late: rule.start(MODEL, record, is_late=is_late),
        lambda record, _, now: payments.start(record, new_attempt_id(), "token", now),
    ),
    "cancel": (
        lambda record, is_late: rule.cancel(record, is_late=is_late),
        lambda record, _, now: reservations.cancel(record, now),
    ),
    "capture": (
        lambda record, _: rule.capture(MODEL, record),
        lambda record, _, now: payments.capture(record, new_tickets(record.order), new_code(), now),
    ),
    "decline": (
        lambda record, _: rule.decline(MODEL, record),
        lambda record, _, now: payments.decline(record, now),
    ),
    "wait": (
        lambda record, _: rule.wait(MODEL, record),
        lambda record, _, now: payments.wait(record, "reference", None, DEADLINE, now),
    ),
    "start refund": (
        lambda record, _: rule.start_refund(MODEL, record, 0),
        payments.start_refund,
    ),
    "start refund of one ticket": (
        lambda record, _: rule.start_refund(MODEL, record, 1),
        lambda record, tickets, now: payments.start_refund(record, tickets, now, numbers={1}),
    ),
    "finish cancellation": (
        lambda record, _: rule.finish_cancellation(MODEL, record),
        lambda record, _, now: payments.finish_cancellation(record, now),
    ),
    "finish refund": (
        lambda record, _: rule.finish_refund(MODEL, record, record.returning.refund),
        lambda record, _, now: payments.finish_refund(record, changes.requested(record), now),
    ),
    "finish another refund": (
        lambda record, _: rule.finish_refund(MODEL, record, Refund(7, 1)),
        lambda record, _, now: payments.finish_refund(record, attempts.Refund("another", record.order.total), now),
    ),
}

#: The money's way back and the tickets refunded, in each state of order and attempt, of an order of two tickets.
PARTS: dict[tuple[str, str], list[tuple[Returning, tuple[int, ...]]]] = {
    ("paid", "captured"): [(Returning(), ()), (Returning(1, 1, 1), (1,)), (Returning(1, 1, 1), (2,))],
    ("paid", "refunding"): [(Returning(1, 1, 0), (1,)), (Returning(1, 1, 0), (2,))],
    ("refunded", "refunding"): [
        (Returning(2, 2, 0), (1, 2)),
        (Returning(2, 1, 0), (1, 2)),
        (Returning(2, 2, 1), (1, 2)),
        (Returning(2, 2, 0), ()),
    ],
    ("refunded", "refunded"): [(Returning(2, 2, 2), (1, 2))],
    ("declined", "refunding"): [(Returning(2, 2, 0), ())],
    ("declined", "refunded"): [(Returning(2, 2, 2), ())],
}


def all_records() -> Iterator[Record]:
    """Yield every record that an order can have."""
    for status, of_attempts in ATTEMPTS.items():
        for attempt in of_attempts:
            for event_is_cancelled in (False, True):
                for returning, refunded in PARTS.get((status, attempt), [(Returning(), ())]):
                    yield Record(status, attempt, event_is_cancelled, True, 2, refunded, returning)


def in_the_domain(record: Record) -> OrderRecord:
    """Return the domain's record of as many places for a record of the model."""
    event = new_show(status=EventStatus.CANCELLED if record.event_is_cancelled else EventStatus.ON_SALE)
    reserved = new_reservation(event, quantity=record.quantity).placed(event.price, NOW)
    status = OrderStatus(record.status)
    places = record.quantity - len(record.refunded) if status in OCCUPYING else 0
    order = attrs.evolve(reserved, status=status, places=places)
    attempt = _attempt(order, record) if record.attempt else None
    order = attrs.evolve(order, payment=attempt.payment if attempt else None)
    return OrderRecord(order, attempt, event.status, 1, event.timezone)


def _attempt(order: Order, record: Record) -> Attempt:
    is_waiting = record.attempt == "waiting"
    status = AttemptStatus.PENDING if is_waiting else AttemptStatus(record.attempt)
    attempt = Attempt(new_attempt_id(), order.id, "token", order.total, status)
    attempt = attempt.waiting("reference", None, DEADLINE, NOW) if is_waiting else attempt
    price = order.ticket_price.minor
    money = {name: tickets * price for name, tickets in record.returning._asdict().items()}
    return attrs.evolve(attempt, **money)


def tickets_in_the_domain(record: Record, order: Order) -> Sequence[Ticket]:
    """Return the tickets of a record of the model."""
    return [attrs.evolve(each, is_refunded=each.number in record.refunded) for each in new_tickets(order)]


def in_the_model(record: OrderRecord, tickets: Sequence[Ticket]) -> Record:
    """Return the model's record for a record of the domain."""
    status, attempt, returning = words(record.order, record.attempt)
    is_cancelled = record.event_status is EventStatus.CANCELLED
    refunded = tuple(ticket.number for ticket in tickets if ticket.is_refunded)
    return Record(status, attempt, is_cancelled, True, record.order.quantity, refunded, returning)


def words(order: Order, attempt: Attempt | None) -> tuple[str, str, Returning]:
    """Return the states of an order and its attempt, and the money's way back in tickets."""
    if attempt is None:
        return order.status.value, "", Returning()
    price = order.ticket_price.minor
    returning = Returning(attempt.owed // price, attempt.requested // price, attempt.returned // price)
    return order.status.value, "waiting" if attempt.is_waiting else attempt.status.value, returning


def decided(record: OrderRecord, outcome: decisions.Decision | Refusal) -> Decision | None:
    """Return the model's decision for a decision of the domain; the model tells rows of the outbox apart."""
    if isinstance(outcome, Refusal):
        return None
    return Decision(
        *words(outcome.order, outcome.attempt),
        issues_tickets=bool(outcome.issued),
        asks_for_mail=any(mail.kind is DeliveryKind.TICKETS for mail in outcome.deliveries),
        refunds=(*outcome.voids, *outcome.refunds_used),
        voids=len(outcome.voids),
        row="a row" if outcome.enqueues else "",
        starts_attempt=record.attempt is None and outcome.attempt is not None,
        polls=outcome.attempt is not None and outcome.attempt.is_waiting and outcome.attempt != record.attempt,
    )


@pytest.mark.parametrize("name", RULES)
def test_a_rule_of_the_model_decides_what_the_domain_decides(name: str) -> None:
    """Both make the same decision about every record, before and after the deadline."""
    in_model, in_domain = RULES[name]
    for record in all_records():
        for is_late, now in (False, NOW), (True, DEADLINE):
            original = in_the_domain(record)
            expected = decided(original, in_domain(original, tickets_in_the_domain(record, original.order), now))
            decision = in_model(record, is_late)
            assert (decision and decision._replace(row="a row" if decision.row else "")) == expected, record


@pytest.mark.parametrize("name", RULES)
def test_places_shift_in_the_model_as_in_the_domain(name: str) -> None:
    """A decision shifts the same places from held to sold, and back to the free ones."""
    for record in all_records():
        original = in_the_domain(record)
        outcome = RULES[name][1](original, tickets_in_the_domain(record, original.order), NOW)
        if isinstance(outcome, decisions.Decision):
            shift = decisions.place_shift(original.order, outcome.order)
            decision = decided(original, outcome)
            assert decision is not None
            assert model_ledger.place_shift(record, decision) == (shift.held, shift.sold), record


@attrs.define
class Shadow:
    """A ledger in memory that follows the model's; each worker of the model has a record of both."""

    ledger: MemoryLedger
    order_id: OrderId
    state: State
    records: list[tuple[OrderRecord, Sequence[Ticket]]]

    @classmethod
    def with_workers(cls, count: int) -> Shadow:
        memory = MemoryLedger()
        event = new_show()
        MemoryEvents(memory).add(event)
        wanted = new_reservation(event, QUANTITY)
        MemoryOrders(memory).reserve(wanted, NOW)
        record = MemoryOrders(memory).load(wanted.order_id)
        assert record is not None
        state = State(quantity=QUANTITY, held=QUANTITY)
        state = state._replace(workers=(Worker("", model_ledger.load(state)),) * count)
        return cls(memory, wanted.order_id, state, [(record, ())] * count)

    @property
    def row(self) -> OrderRecord:
        found = MemoryOrders(self.ledger).load(self.order_id)
        assert found is not None
        return found

    @property
    def tickets(self) -> Sequence[Ticket]:
        return MemoryTickets(self.ledger).of_order(self.order_id)

    def load(self, which: int) -> None:
        self.records[which] = self.row, self.tickets
        self.state = self.state.with_worker(which, Worker("", model_ledger.load(self.state)))

    def write(self, which: int, name: str) -> type | None:
        """Write what a rule decides of a worker's record; return the type of the answer, if anything was to be written."""
        record, (found, tickets) = self.state.workers[which].record, self.records[which]
        outcome = RULES[name][1](found, tickets, NOW)
        if isinstance(outcome, Refusal) or outcome == found.unchanged():
            return None
        answer = type(MemoryOrders(self.ledger).write(found, outcome))
        assert (answer is Change) == model_ledger.can_write(MODEL, self.state, record), name
        if answer is Change:
            decision = RULES[name][0](record, False)
            assert decision is not None
            after = model_ledger.record_after(record, decision)
            self.state = model_ledger.write(MODEL, self.state, record, decision).with_worker(which, Worker("", after))
            self.records[which] = found.after(outcome), self.tickets
        return answer

    def cancel_event(self) -> None:
        MemoryEvents(self.ledger).change(self.row.order.event_id, EventChange(status=EventStatus.CANCELLED), None, NOW)
        self.state = model_ledger.cancel_event(MODEL, self.state)

    def expire_due(self) -> None:
        MemoryOrders(self.ledger).expire_due(None, DEADLINE, 1)
        self.state = model_ledger.expire_due(MODEL, self.state._replace(is_late=True))

    def compare(self) -> None:
        event = self.ledger.events[self.row.order.event_id]
        assert in_the_model(self.row, self.tickets) == model_ledger.load(self.state)
        assert (event.held, event.sold) == (self.state.held, self.state.sold)
        assert [each.status for each in self.tickets].count(TicketStatus.VALID) == self.state.valid


@pytest.mark.parametrize("seed", range(4))
def test_the_model_writes_what_the_ledger_writes(seed: int) -> None:
    """Three processes load and write in any order: both ledgers report the same conflicts and have the same order."""
    chance = random.Random(seed)
    answers: Counter[type | None] = Counter()
    for _ in range(100):
        shadow = Shadow.with_workers(3)
        for _ in range(40):
            which = chance.randrange(3)
            match chance.random():
                case luck if luck < 0.02:
                    shadow.cancel_event()
                case luck if luck < 0.04:
                    shadow.expire_due()
                case luck if luck < 0.4:
                    shadow.load(which)
                case _:
                    answers[shadow.write(which, chance.choice([*RULES]))] += 1
            shadow.compare()
    assert answers[Change] > 100
    assert answers[Conflict] > 100

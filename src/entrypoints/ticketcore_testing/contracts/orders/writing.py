"""A decision is written whole, once, and only for the record that it was made from."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from ticketcore.domain import payments, resending, reservations
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.ports import Conflict, Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase, cancel_event
from ticketcore_testing.ledgers import nothing_changes, order_in, order_of, record_of, reserve
from ticketcore_testing.samples import DEADLINE, NOW, STRANGE_IDS, label, new_attempt_id, new_code, new_tickets

Rule = Callable[[OrderRecord], object]


def _pay(record: OrderRecord) -> object:
    return payments.start(record, new_attempt_id(), "tok_approved", LATER)


def _capture(record: OrderRecord) -> object:
    return payments.capture(record, new_tickets(record.order), new_code(), LATER)


#: A decision of every kind: the status that it starts from, its rule, and another change that overtakes it.
DECISIONS: dict[str, tuple[OrderStatus, Rule, Rule]] = {
    "payment": (OrderStatus.RESERVED, _pay, lambda record: reservations.cancel(record, NOW)),
    "cancellation": (OrderStatus.RESERVED, lambda record: reservations.cancel(record, LATER), _pay),
    "capture": (OrderStatus.PROCESSING, _capture, lambda record: payments.decline(record, NOW)),
    "decline": (OrderStatus.PROCESSING, lambda record: payments.decline(record, LATER), _capture),
    "late charge": (OrderStatus.DECLINED, _capture, _capture),
    "refund": (
        OrderStatus.PAID,
        lambda record: payments.start_refund(record, (), LATER),
        lambda record: resending.resend(record, NOW),
    ),
    "mail again": (
        OrderStatus.PAID,
        lambda record: resending.resend(record, LATER),
        lambda record: payments.start_refund(record, (), NOW),
    ),
    "returned money": (
        OrderStatus.REFUNDED,
        lambda record: payments.finish_refund(record, changes.requested(record), LATER),
        lambda record: payments.finish_refund(record, changes.requested(record), NOW),
    ),
}
EVERY_DECISION = pytest.mark.parametrize(("status", "rule", "other"), DECISIONS.values(), ids=DECISIONS)


def decided(rule: Rule, record: OrderRecord) -> Decision:
    """Return what a rule decides, which must not be a refusal."""
    decision = rule(record)
    assert isinstance(decision, Decision)
    return decision


class WritingContract(OrdersBase):
    """Hold ``Orders.load`` and ``write`` to their contract."""

    # load

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_an_unknown_order_has_no_record(self, ledger: Ledger, show: Event, strange: str) -> None:
        """Any text is accepted as an id."""
        reserve(ledger, show)
        assert ledger.orders.load(OrderId(strange)) is None

    @pytest.mark.parametrize("status", OrderStatus)
    def test_a_record_has_the_order_and_the_status_of_its_event(
        self, ledger: Ledger, show: Event, status: OrderStatus
    ) -> None:
        """Status and time zone; all is current, and an order that was never paid has no attempt."""
        order = order_in(ledger, show, status)
        record = record_of(ledger, order.id)
        assert (record.order, record.event_status) == (order_of(ledger, order.id), EventStatus.ON_SALE)
        unpaid = {OrderStatus.RESERVED, OrderStatus.CANCELLED, OrderStatus.EXPIRED}
        assert (record.attempt is None) == (status in unpaid)
        assert record.timezone == show.timezone
        change = EventChange(status=EventStatus.CLOSED, timezone="America/Sao_Paulo")
        ledger.events.change(show.id, change, None, NOW)
        closed = attrs.evolve(record, event_status=EventStatus.CLOSED, timezone="America/Sao_Paulo")
        assert record_of(ledger, order.id) == closed

    # write

    @EVERY_DECISION
    def test_a_decision_is_written(
        self, ledger: Ledger, show: Event, status: OrderStatus, rule: Rule, other: Rule
    ) -> None:
        """The next record is the one that follows from the decision, with the next revision."""
        record = record_of(ledger, order_in(ledger, show, status, 2).id)
        decision = decided(rule, record)
        change = ledger.orders.write(record, decision)
        assert isinstance(change, Change)
        assert change.order == decision.order
        assert record_of(ledger, record.order.id) == record.after(decision)

    @EVERY_DECISION
    def test_a_decision_is_written_once(
        self, ledger: Ledger, show: Event, status: OrderStatus, rule: Rule, other: Rule
    ) -> None:
        """A repetition, as after a lost response, is a conflict and changes nothing."""
        record = record_of(ledger, order_in(ledger, show, status, 2).id)
        decision = decided(rule, record)
        ledger.orders.write(record, decision)
        with nothing_changes(ledger, record.order):
            assert ledger.orders.write(record, decision) == Conflict()

    @EVERY_DECISION
    def test_a_decision_that_was_overtaken_is_a_conflict(
        self, ledger: Ledger, show: Event, status: OrderStatus, rule: Rule, other: Rule
    ) -> None:
        """Nothing of it is written if the order has another revision."""
        record = record_of(ledger, order_in(ledger, show, status, 2).id)
        assert isinstance(ledger.orders.write(record, decided(other, record)), Change)
        with nothing_changes(ledger, record.order):
            assert ledger.orders.write(record, decided(rule, record)) == Conflict()

    @EVERY_DECISION
    def test_a_decision_for_an_event_that_changed_its_status_is_a_conflict(
        self, ledger: Ledger, show: Event, status: OrderStatus, rule: Rule, other: Rule
    ) -> None:
        """Every rule sees an event that was cancelled meanwhile."""
        record = record_of(ledger, order_in(ledger, show, status, 2).id)
        decision = decided(rule, record)
        cancel_event(ledger, show)
        with nothing_changes(ledger, record.order):
            assert ledger.orders.write(record, decision) == Conflict()

    def test_an_expiry_overtakes_a_decision(self, ledger: Ledger, show: Event) -> None:
        """A payment of a reservation that a sweep has expired is a conflict."""
        record = record_of(ledger, reserve(ledger, show).id)
        decision = decided(_pay, record)
        ledger.orders.expire_due(show.id, DEADLINE, 10)
        with nothing_changes(ledger, record.order):
            assert ledger.orders.write(record, decision) == Conflict()

    @pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.REFUNDED])
    def test_a_reminder_and_a_note_overtake_nothing(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """They do not change the order's revision."""
        record = record_of(ledger, order_in(ledger, show, status).id)
        ledger.outbox.sent(ledger.outbox.pending(10))
        assert ledger.orders.remind(LATER, LONG_AFTER, 10) == 1
        assert record_of(ledger, record.order.id) == record

    @pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.REFUNDED])
    def test_a_ticket_code_that_is_taken_is_a_conflict(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Nothing is written; the same tickets with another code are accepted.  A refunded order keeps its code."""
        code = order_in(ledger, show, status).ticket_code
        assert code is not None
        record = record_of(ledger, order_in(ledger, show, OrderStatus.PROCESSING).id)
        tickets = new_tickets(record.order)
        with nothing_changes(ledger, record.order):
            assert ledger.orders.write(record, payments.capture(record, tickets, code, NOW)) == Conflict()
            assert ledger.tickets.get(tickets[0].id) is None
        paid = changes.capture(ledger.orders, record.order.id, tickets, new_code(), NOW)
        assert list(ledger.tickets.of_order(paid.order.id)) == tickets

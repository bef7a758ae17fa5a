"""Races of payments, answers and refunds of one order."""

from __future__ import annotations

from collections.abc import Callable

from ticketcore.domain import payments, resending, reservations
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.ports import Conflict
from ticketcore_testing import changes
from ticketcore_testing.contracts.races.base import (
    Ledgers,
    RacesBase,
    all_at_once,
    assert_conserved,
    capturing,
    declining,
    of_type,
    paying,
    refunding,
    with_availability,
    writing,
)
from ticketcore_testing.ledgers import (
    add_show,
    attempt_of,
    audit_of,
    event_of,
    order_in,
    order_of,
    outbox_of,
    record_of,
    reserve,
    steps_of,
)
from ticketcore_testing.samples import NOW, new_code, new_show, new_tickets

_DECISIONS: dict[OrderStatus, Callable[[OrderRecord], object]] = {
    OrderStatus.RESERVED: lambda record: reservations.cancel(record, NOW),
    OrderStatus.PROCESSING: lambda record: payments.capture(record, new_tickets(record.order), new_code(), NOW),
    OrderStatus.PAID: lambda record: resending.resend(record, NOW),
}


class PaymentRaces(RacesBase):
    """Pay, capture, decline and refund one order."""

    def test_an_order_is_paid_by_one_attempt(self, ledgers: Ledgers) -> None:
        """One of eight payments is stored, with one message; all return the processing order."""
        event = add_show(ledgers[0], new_show())
        order = reserve(ledgers[0], event, 2)
        outcomes = all_at_once(ledgers, [paying(order) for _ in range(8)])
        assert outcomes == [Change(order_of(ledgers[0], order.id))] * 8
        assert attempt_of(ledgers[0], order.id).amount == order.total
        assert outbox_of(ledgers[0], order.id) == [order.id]
        assert steps_of(ledgers[0], order.id) == [Step.RESERVED, Step.PAYMENT_STARTED]

    def test_an_order_has_one_set_of_tickets(self, ledgers: Ledgers) -> None:
        """One of eight captures issues its tickets, and no other does."""
        order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PROCESSING, 3)
        sets = [new_tickets(order) for _ in range(8)]
        outcomes = all_at_once(ledgers, [capturing(order, tickets, new_code()) for tickets in sets])
        paid = order_of(ledgers[0], order.id)
        assert [change.order for change in of_type(outcomes, Change)] == [paid] * 8
        assert len(with_availability(outcomes)) == 1
        assert list(ledgers[0].tickets.of_order(order.id)) in sets
        assert steps_of(ledgers[0], order.id).count(Step.PAID) == 1
        assert audit_of(ledgers[0], order.event_id).is_conserved

    def test_one_ticket_code_is_given_once(self, ledgers: Ledgers) -> None:
        """One of eight orders with the same code gets it, and the others have a conflict."""
        event = add_show(ledgers[0], new_show())
        orders = [order_in(ledgers[0], event, OrderStatus.PROCESSING) for _ in range(8)]
        records = [record_of(ledgers[0], order.id) for order in orders]
        code = new_code()
        captures = [payments.capture(record, new_tickets(record.order), code, NOW) for record in records]
        outcomes = all_at_once(ledgers, [*map(writing, records, captures)])
        assert len(with_availability(outcomes)) == 1
        assert of_type(outcomes, Conflict) == [Conflict()] * 7
        assert event_of(ledgers[0], event.id).sold == 1
        assert_conserved(ledgers[0], event)

    def test_one_revision_is_written_once(self, ledgers: Ledgers) -> None:
        """One of eight decisions about the same record is written, and the others have a conflict."""
        event = add_show(ledgers[0], new_show(100))
        for status in (OrderStatus.RESERVED, OrderStatus.PROCESSING, OrderStatus.PAID):
            record = record_of(ledgers[0], order_in(ledgers[0], event, status, 2).id)
            decision = _DECISIONS[status](record)
            assert isinstance(decision, Decision)
            outcomes = all_at_once(ledgers, [writing(record, decision)] * 8)
            assert len(of_type(outcomes, Change)) == 1
            assert len(of_type(outcomes, Conflict)) == 7
            assert record_of(ledgers[0], record.order.id) == record.after(decision)
        assert_conserved(ledgers[0], event)

    def test_an_approval_and_a_refusal_end_in_tickets_or_money(self, ledgers: Ledgers) -> None:
        """Whichever answer comes first, the order is paid with tickets, or declined and its money is being returned."""
        event = add_show(ledgers[0], new_show(100))
        for _ in range(5):
            order = order_in(ledgers[0], event, OrderStatus.PROCESSING, 2)
            captures = [capturing(order, new_tickets(order), new_code()) for _ in range(3)]
            all_at_once(ledgers, [*captures, *[declining(order)] * 3])
            paid = order_of(ledgers[0], order.id).status is OrderStatus.PAID
            assert len(ledgers[0].tickets.of_order(order.id)) == (2 if paid else 0)
            expected = AttemptStatus.CAPTURED if paid else AttemptStatus.REFUNDING
            assert attempt_of(ledgers[0], order.id).status is expected
        assert_conserved(ledgers[0], event)

    def test_an_order_is_refunded_once(self, ledgers: Ledgers) -> None:
        """One of eight refunds gives the places back and leaves a message; all return the refunded order."""
        order = order_in(ledgers[0], add_show(ledgers[0], new_show()), OrderStatus.PAID, 2)
        outcomes = all_at_once(ledgers, [refunding(order)] * 8)
        assert [change.order for change in of_type(outcomes, Change)] == [order_of(ledgers[0], order.id)] * 8
        assert len(with_availability(outcomes)) == 1
        assert outbox_of(ledgers[0], order.id) == [order.id] * 2
        all_at_once(ledgers, [lambda ledger: changes.finish_refund(ledger.orders, order.id, NOW)] * 8)
        assert steps_of(ledgers[0], order.id)[-2:] == [Step.REFUND_STARTED, Step.REFUNDED]
        assert audit_of(ledgers[0], order.event_id).is_conserved

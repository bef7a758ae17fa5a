"""A refund gives places and money back, once."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal, payments
from ticketcore.domain.attempts import AttemptStatus, PaymentStatus
from ticketcore.domain.decisions import Decision
from ticketcore.domain.events import Event
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.refusals import NothingToUndo
from ticketcore.domain.tickets import TicketStatus
from ticketcore.domain.validation import Scan, Undo
from ticketcore.ports import Conflict, Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase, moved_to, places_of
from ticketcore_testing.ledgers import attempt_of, audit_of, nothing_changes, order_in, order_of, outbox_of, record_of
from ticketcore_testing.samples import NOW, gateway_payment


class RefundingContract(OrdersBase):
    """Hold ``Orders.write`` to its contract for refunds."""

    def test_a_refund_gives_places_and_money_back(self, ledger: Ledger, show: Event) -> None:
        """The order is refunded, unused tickets are void, and an outbox row has the money returned.

        The place of a used ticket stays sold.
        """
        order = order_in(ledger, show, OrderStatus.PAID, 3)
        attempt, tickets = attempt_of(ledger, order.id), list(ledger.tickets.of_order(order.id))
        ledger.tickets.admit(tickets[1].id, Scan("North", "scan"), NOW)
        refunded = moved_to(changes.start_refund(ledger, order.id, LATER), OrderStatus.REFUNDED, ledger)
        refunding = attempt.owing(order.total.minor)
        assert refunded == attrs.evolve(order, status=OrderStatus.REFUNDED, places=1, payment=refunding.payment)
        assert [ticket.status for ticket in ledger.tickets.of_order(order.id)] == [
            TicketStatus.VOID,
            TicketStatus.USED,
            TicketStatus.VOID,
        ]
        assert attempt_of(ledger, order.id) == refunding
        assert outbox_of(ledger, order.id) == [order.id, order.id]
        assert places_of(ledger, show) == (9, 0, 1, 3)
        assert audit_of(ledger, show.id).is_conserved
        assert ledger.orders.journal(order.id)[-1] == journal.refund_started(refunded, order.total, (), 2, LATER)

    def test_a_part_of_an_order_is_refunded(self, ledger: Ledger, show: Event) -> None:
        """The order stays paid with its other tickets; the money and the place of one go back, and the rest afterwards."""
        order = order_in(ledger, show, OrderStatus.PAID, 3)
        price, attempt = order.ticket_price.minor, attempt_of(ledger, order.id)
        part = moved_to(changes.start_refund(ledger, order.id, LATER, numbers=[2]), OrderStatus.PAID, ledger)
        assert part == attrs.evolve(
            order, places=2, payment=gateway_payment(PaymentStatus.REFUNDING, order.ticket_price)
        )
        assert [ticket.is_refunded for ticket in ledger.tickets.of_order(order.id)] == [False, True, False]
        assert attempt_of(ledger, order.id) == attempt.owing(price)
        assert places_of(ledger, show) == (8, 0, 2, 3)
        assert audit_of(ledger, show.id).is_conserved
        changes.finish_refund(ledger.orders, order.id, LATER)
        assert order_of(ledger, order.id).payment == gateway_payment(PaymentStatus.APPROVED, order.ticket_price)
        with nothing_changes(ledger, order_of(ledger, order.id)):
            changes.start_refund(ledger, order.id, LATER, numbers=[2])
        whole = moved_to(changes.start_refund(ledger, order.id, LATER), OrderStatus.REFUNDED, ledger)
        assert whole.places == 0
        assert attempt_of(ledger, order.id) == attempt.owing(price).after_refund().owing(2 * price)
        assert places_of(ledger, show) == (10, 0, 0, 4)
        assert audit_of(ledger, show.id).is_conserved

    def test_a_used_ticket_is_refunded_without_its_place(self, ledger: Ledger, show: Event) -> None:
        """It stays used, is refunded once, and its admission can no longer be taken back."""
        order = order_in(ledger, show, OrderStatus.PAID, 2)
        used = ledger.tickets.of_order(order.id)[0]
        ledger.tickets.admit(used.id, Scan("North", "scan"), NOW)
        outcome = changes.start_refund(ledger, order.id, LATER, numbers=[1])
        payment = gateway_payment(PaymentStatus.REFUNDING, order.ticket_price)
        assert outcome == Change(attrs.evolve(order, payment=payment))
        assert [each.is_refunded for each in ledger.tickets.of_order(order.id)] == [True, False]
        assert ledger.tickets.of_order(order.id)[0].status is TicketStatus.USED
        assert places_of(ledger, show) == (8, 0, 2, 2)
        assert audit_of(ledger, show.id).is_conserved
        with nothing_changes(ledger, order_of(ledger, order.id)):
            changes.start_refund(ledger, order.id, LATER, numbers=[1])
            assert ledger.tickets.undo(used.id, Undo(), NOW) == NothingToUndo()

    def test_a_refund_that_an_undo_has_overtaken_is_a_conflict(self, ledger: Ledger, show: Event) -> None:
        """A ticket that is valid again is not refunded as a used one, which would keep its place."""
        order = order_in(ledger, show, OrderStatus.PAID, 2)
        ticket = ledger.tickets.of_order(order.id)[0]
        ledger.tickets.admit(ticket.id, Scan("North", "scan"), NOW)
        record, tickets = record_of(ledger, order.id), ledger.tickets.of_order(order.id)
        decision = payments.start_refund(record, tickets, LATER, numbers=[1], include_used=True)
        assert isinstance(decision, Decision)
        ledger.tickets.undo(ticket.id, Undo(), NOW)
        with nothing_changes(ledger, order):
            assert ledger.orders.write(record, decision) == Conflict()

    def test_a_refund_of_a_used_order_keeps_all_its_places(self, ledger: Ledger, show: Event) -> None:
        """No place comes free while a person is on each; the money goes back."""
        order = order_in(ledger, show, OrderStatus.PAID, 2)
        for ticket in ledger.tickets.of_order(order.id):
            ledger.tickets.admit(ticket.id, Scan("North", f"scan {ticket.number}"), NOW)
        changes.start_refund(ledger, order.id, LATER)
        refunded = order_of(ledger, order.id)
        assert (refunded.status, refunded.places) == (OrderStatus.REFUNDED, 2)
        assert attempt_of(ledger, order.id).status is AttemptStatus.REFUNDING
        assert places_of(ledger, show) == (8, 0, 2, 2)
        assert audit_of(ledger, show.id).is_conserved

    def test_a_refund_that_a_scan_has_overtaken_is_a_conflict(self, ledger: Ledger, show: Event) -> None:
        """A ticket that was used after the decision is not made void, and its place is not given back."""
        order = order_in(ledger, show, OrderStatus.PAID, 2)
        record, tickets = record_of(ledger, order.id), ledger.tickets.of_order(order.id)
        decision = payments.start_refund(record, tickets, LATER)
        assert isinstance(decision, Decision)
        ledger.tickets.admit(tickets[0].id, Scan("North", "scan"), NOW)
        with nothing_changes(ledger, order):
            assert ledger.orders.write(record, decision) == Conflict()
        assert [each.status for each in ledger.tickets.of_order(order.id)] == [TicketStatus.USED, TicketStatus.VALID]

    def test_repeating_a_refund_changes_nothing(self, ledger: Ledger, show: Event) -> None:
        """Before and after the money is returned, there is no second message, and no places are given back again."""
        order = order_in(ledger, show, OrderStatus.REFUNDED, 2)
        with nothing_changes(ledger, order):
            assert changes.start_refund(ledger, order.id, LATER) == Change(order)
        changes.finish_refund(ledger.orders, order.id, LATER)
        done = order_of(ledger, order.id)
        with nothing_changes(ledger, done):
            assert changes.start_refund(ledger, order.id, LATER) == Change(done)

    def test_returned_money_is_recorded_once(self, ledger: Ledger, show: Event) -> None:
        """The attempt is refunded, with one journal entry; a repetition changes nothing."""
        order = order_in(ledger, show, OrderStatus.REFUNDED)
        attempt = attempt_of(ledger, order.id)
        changes.finish_refund(ledger.orders, order.id, LATER)
        assert attempt_of(ledger, order.id) == attempt.after_refund()
        assert ledger.orders.journal(order.id)[-1] == journal.money_returned(order.id, order.total, LATER)
        assert order_of(ledger, order.id) == attrs.evolve(order, payment=attempt.after_refund().payment)
        with nothing_changes(ledger, order_of(ledger, order.id)):
            changes.finish_refund(ledger.orders, order.id, LONG_AFTER)

    @pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.PAID, OrderStatus.DECLINED])
    def test_no_money_is_returned_before_a_refund_starts(
        self, ledger: Ledger, show: Event, status: OrderStatus
    ) -> None:
        """Finishing a refund that was not started changes nothing."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            changes.finish_refund(ledger.orders, order.id, LATER)

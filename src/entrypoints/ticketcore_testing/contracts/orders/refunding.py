"""A refund gives places and money back, once."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal, payments
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.decisions import Decision
from ticketcore.domain.events import Event
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.tickets import TicketStatus
from ticketcore.domain.validation import Scan
from ticketcore.ports import Conflict, Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase, moved_to, places_of
from ticketcore_testing.ledgers import (
    attempt_of,
    audit_of,
    nothing_changes,
    order_in,
    order_of,
    outbox_of,
    record_of,
)
from ticketcore_testing.samples import NOW


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
        assert refunded == attrs.evolve(order, status=OrderStatus.REFUNDED, places=1)
        assert [ticket.status for ticket in ledger.tickets.of_order(order.id)] == [
            TicketStatus.VOID,
            TicketStatus.USED,
            TicketStatus.VOID,
        ]
        assert attempt_of(ledger, order.id) == attempt.to(AttemptStatus.REFUNDING)
        assert outbox_of(ledger, order.id) == [order.id, order.id]
        assert places_of(ledger, show) == (9, 0, 1, 3)
        assert audit_of(ledger, show.id).is_conserved
        assert ledger.orders.journal(order.id)[-1] == journal.refund_started(refunded, 2, LATER)

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
        with nothing_changes(ledger, order):
            assert changes.start_refund(ledger, order.id, LATER) == Change(order)

    def test_returned_money_is_recorded_once(self, ledger: Ledger, show: Event) -> None:
        """The attempt is refunded, with one journal entry; a repetition changes nothing."""
        order = order_in(ledger, show, OrderStatus.REFUNDED)
        attempt = attempt_of(ledger, order.id)
        changes.finish_refund(ledger.orders, order.id, LATER)
        assert attempt_of(ledger, order.id) == attempt.to(AttemptStatus.REFUNDED)
        assert ledger.orders.journal(order.id)[-1] == journal.money_returned(order.id, LATER)
        assert order_of(ledger, order.id) == order
        with nothing_changes(ledger, order):
            changes.finish_refund(ledger.orders, order.id, LONG_AFTER)

    @pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.PAID, OrderStatus.DECLINED])
    def test_no_money_is_returned_before_a_refund_starts(
        self, ledger: Ledger, show: Event, status: OrderStatus
    ) -> None:
        """Finishing a refund that was not started changes nothing."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            changes.finish_refund(ledger.orders, order.id, LATER)

"""A payment that is given up keeps neither places nor money."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.orders import OrderStatus, Problem
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase, moved_to, places_of
from ticketcore_testing.ledgers import attempt_of, nothing_changes, order_in, outbox_of
from ticketcore_testing.samples import NOW, new_code, new_show, new_tickets


def cancel_event(ledger: Ledger, event: Event) -> None:
    changed = ledger.events.change(event.id, EventChange(status=EventStatus.CANCELLED), None, NOW)
    assert isinstance(changed, Event)


class GivingUpContract(OrdersBase):
    """Hold ``Orders`` to its contract for payments that are no longer awaited."""

    def test_giving_up_returns_the_places_at_once(self, ledger: Ledger, show: Event) -> None:
        """The order is refunded and says why, and an outbox row has the charge cancelled."""
        order = order_in(ledger, show, OrderStatus.PROCESSING, 3)
        attempt = attempt_of(ledger, order.id)
        given_up = moved_to(changes.give_up(ledger.orders, order.id, LATER), OrderStatus.REFUNDED, ledger)
        assert given_up.problem is Problem.PAYMENT_GIVEN_UP
        assert attempt_of(ledger, order.id) == attempt.to(AttemptStatus.CANCELLING)
        assert outbox_of(ledger, order.id) == [order.id, order.id]
        assert places_of(ledger, show) == (10, 0, 0, 2)
        assert ledger.orders.journal(order.id)[-1] == journal.given_up(given_up, LATER)

    def test_a_charge_that_is_to_be_cancelled_needs_work(self, ledger: Ledger, show: Event) -> None:
        """The order is reminded of until the gateway has cancelled the charge."""
        order = order_in(ledger, show, OrderStatus.PROCESSING)
        changes.give_up(ledger.orders, order.id, NOW)
        ledger.outbox.sent(ledger.outbox.pending(100, [order.id]))
        assert ledger.orders.remind(NOW, LONG_AFTER, 100) == 1
        changes.finish_cancellation(ledger.orders, order.id, LATER)
        assert attempt_of(ledger, order.id).status is AttemptStatus.CANCELLED
        ledger.outbox.sent(ledger.outbox.pending(100, [order.id]))
        assert ledger.orders.remind(LONG_AFTER, LONG_AFTER, 100) == 0

    def test_a_charge_that_succeeds_all_the_same_is_returned(self, ledger: Ledger, show: Event) -> None:
        """The order stays refunded and has no tickets."""
        order = order_in(ledger, show, OrderStatus.PROCESSING)
        given_up = changes.give_up(ledger.orders, order.id, NOW).order
        changes.finish_cancellation(ledger.orders, order.id, NOW)
        captured = changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), LATER)
        assert attrs.evolve(captured.order, payment=given_up.payment) == given_up
        assert attempt_of(ledger, order.id).status is AttemptStatus.REFUNDING
        assert list(ledger.tickets.of_order(order.id)) == []

    @pytest.mark.parametrize("status", [each for each in OrderStatus if each is not OrderStatus.PROCESSING])
    def test_no_other_order_is_given_up(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Only a payment that is awaited can be."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            changes.give_up(ledger.orders, order.id, LATER)

    def test_the_payments_of_a_cancelled_event_are_stranded(self, ledger: Ledger) -> None:
        """Orders that are processing and whose event was cancelled are found, at most as many as are asked for."""
        cancelled, on_sale = new_show(20), new_show(20)
        for show in (cancelled, on_sale):
            ledger.events.add(show)
        stranded = {order_in(ledger, cancelled, OrderStatus.PROCESSING).id for _ in range(3)}
        for status in OrderStatus:
            order_in(ledger, on_sale, status)
            if status is not OrderStatus.PROCESSING:
                order_in(ledger, cancelled, status)
        assert list(ledger.orders.stranded(10)) == []
        cancel_event(ledger, cancelled)
        assert set(ledger.orders.stranded(10)) == stranded
        assert len(ledger.orders.stranded(2)) == 2
        for order_id in stranded:
            changes.give_up(ledger.orders, order_id, LATER)
        assert list(ledger.orders.stranded(10)) == []

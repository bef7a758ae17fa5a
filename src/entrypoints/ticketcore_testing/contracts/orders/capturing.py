"""The gateway's answer sells the tickets, ends the order or returns the money."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.attempts import AttemptStatus, PaymentStatus
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Change, OrderStatus, Problem
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import (
    LATER,
    LONG_AFTER,
    OrdersBase,
    cancel_event,
    moved_to,
    places_of,
    processing,
)
from ticketcore_testing.ledgers import (
    attempt_of,
    capture,
    event_of,
    nothing_changes,
    order_in,
    order_of,
    outbox_of,
    steps_of,
)
from ticketcore_testing.samples import NOW, gateway_payment, new_code, new_tickets


class CapturingContract(OrdersBase):
    """Hold ``Orders.write`` to its contract for decisions on the gateway's answer."""

    # capture

    def test_a_capture_is_the_sale(self, ledger: Ledger, show: Event) -> None:
        """The order is paid and has its code, held places become sold, and the tickets exist."""
        order, attempt = processing(ledger, show, 3)
        tickets, code = new_tickets(order), new_code()
        paid = moved_to(changes.capture(ledger.orders, order.id, tickets, code, LATER), OrderStatus.PAID, ledger)
        captured = attempt.to(AttemptStatus.CAPTURED)
        assert paid == attrs.evolve(order.paid(code, LATER), payment=captured.payment)
        assert (paid.status, paid.ticket_code, paid.paid_at) == (OrderStatus.PAID, code, LATER)
        assert list(ledger.tickets.of_order(order.id)) == tickets
        assert attempt_of(ledger, order.id) == captured
        assert places_of(ledger, show) == (7, 0, 3, 2)
        assert list(ledger.orders.journal(order.id))[2:] == [journal.transition(paid, LATER)]

    def test_a_capture_puts_nothing_into_the_outbox(self, ledger: Ledger, show: Event) -> None:
        """The mail with the tickets has a schedule of its own."""
        order, _ = processing(ledger, show)
        capture(ledger, order)
        assert outbox_of(ledger, order.id) == [order.id]

    def test_repeating_a_capture_keeps_the_first_tickets(self, ledger: Ledger, show: Event) -> None:
        """Other tickets and another code, even a taken one, change nothing, and there is no availability."""
        other = order_in(ledger, show, OrderStatus.PAID)
        order, _ = processing(ledger, show)
        paid = capture(ledger, order)
        assert other.ticket_code is not None
        assert paid.ticket_code is not None
        with nothing_changes(ledger, paid):
            for code in (new_code(), other.ticket_code, paid.ticket_code):
                assert changes.capture(ledger.orders, order.id, new_tickets(order), code, LATER) == Change(paid)

    def test_a_capture_may_come_after_the_deadline(self, ledger: Ledger, show: Event) -> None:
        """Neither time nor the end of sales ends processing."""
        order, _ = processing(ledger, show)
        ledger.events.change(show.id, EventChange(status=EventStatus.CLOSED), None, NOW)
        assert list(ledger.orders.expire_due(None, LONG_AFTER, 10)) == []
        outcome = changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), LONG_AFTER)
        moved_to(outcome, OrderStatus.PAID, ledger)

    def test_a_capture_for_a_cancelled_event_returns_the_money(self, ledger: Ledger, show: Event) -> None:
        """The order is refunded with its problem, gives its places back and has no tickets and no code."""
        order, attempt = processing(ledger, show)
        cancel_event(ledger, show)
        outcome = changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), LATER)
        ended = moved_to(outcome, OrderStatus.REFUNDED, ledger)
        refunding = attempt.owing(order.total.minor)
        shown: dict[str, Any] = {"problem": Problem.SALES_CLOSED, "payment": refunding.payment}
        assert ended == attrs.evolve(order, status=OrderStatus.REFUNDED, places=0, **shown)
        assert attempt_of(ledger, order.id) == refunding
        assert list(ledger.tickets.of_order(order.id)) == []
        assert steps_of(ledger, order.id)[2:] == [Step.NOT_SOLD]
        assert places_of(ledger, show) == (10, 0, 0, 2)
        with nothing_changes(ledger, ended):
            assert changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), LATER) == Change(ended)

    def test_a_capture_for_a_declined_order_returns_the_money(self, ledger: Ledger, show: Event) -> None:
        """The order stays declined, without tickets; the journal has one entry for the money."""
        order, _ = processing(ledger, show)
        changes.decline(ledger.orders, order.id, NOW)
        before, payment = event_of(ledger, show.id), gateway_payment(PaymentStatus.REFUNDING, order.total)
        declined = attrs.evolve(order_of(ledger, order.id), payment=payment)
        for _ in range(2):
            assert changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), LATER) == Change(declined)
            assert attempt_of(ledger, order.id).status is AttemptStatus.REFUNDING
        assert event_of(ledger, show.id) == before
        assert steps_of(ledger, order.id) == [Step.RESERVED, Step.PAYMENT_STARTED, Step.DECLINED, Step.LATE_CHARGE]
        assert list(ledger.tickets.of_order(order.id)) == []
        changes.finish_refund(ledger.orders, order.id, LATER)
        assert attempt_of(ledger, order.id).status is AttemptStatus.REFUNDED

    def test_a_capture_after_a_refund_changes_nothing(self, ledger: Ledger, show: Event) -> None:
        """A late repetition does not make the tickets valid again."""
        order = order_in(ledger, show, OrderStatus.REFUNDED)
        with nothing_changes(ledger, order):
            assert changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), LATER) == Change(order)

    # decline

    def test_a_declined_order_gives_its_places_back(self, ledger: Ledger, show: Event) -> None:
        """It has its problem, and the attempt is declined."""
        order, attempt = processing(ledger, show, 3)
        declined = moved_to(changes.decline(ledger.orders, order.id, LATER), OrderStatus.DECLINED, ledger)
        ended = attempt.to(AttemptStatus.DECLINED)
        shown: dict[str, Any] = {"problem": Problem.PAYMENT_DECLINED, "payment": ended.payment}
        assert declined == attrs.evolve(order, status=OrderStatus.DECLINED, places=0, **shown)
        assert attempt_of(ledger, order.id) == ended
        assert places_of(ledger, show) == (10, 0, 0, 2)
        assert list(ledger.orders.journal(order.id))[2:] == [journal.transition(declined, LATER)]
        assert outbox_of(ledger, order.id) == [order.id]

    @pytest.mark.parametrize("status", [OrderStatus.DECLINED, OrderStatus.PAID, OrderStatus.REFUNDED])
    def test_declining_a_decided_order_changes_nothing(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """A repetition, or a late second answer, leaves the order unchanged."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            assert changes.decline(ledger.orders, order.id, LATER) == Change(order)

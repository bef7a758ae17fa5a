"""A payment is started once, with its attempt and its message."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.attempts import Attempt, PaymentStatus
from ticketcore.domain.events import Event
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, OrdersBase, places_of
from ticketcore_testing.ledgers import attempt_of, nothing_changes, order_in, order_of, outbox_of, reserve
from ticketcore_testing.samples import TEXTS, gateway_payment, label, new_attempt_id


class PayingContract(OrdersBase):
    """Hold ``Orders.write`` to its contract for the start of a payment."""

    def test_a_started_payment_is_recorded_with_its_message(self, ledger: Ledger, show: Event) -> None:
        """The order is processing and holds its places; attempt, journal entry and outbox row exist."""
        order = reserve(ledger, show, 3)
        attempt_id = new_attempt_id()
        change = changes.start_payment(ledger.orders, order.id, attempt_id, "tok_approved", LATER)
        payment = gateway_payment(PaymentStatus.PENDING)
        started = attrs.evolve(order, status=OrderStatus.PROCESSING, payment=payment)
        assert change == Change(started)
        assert order_of(ledger, order.id) == started
        assert attempt_of(ledger, order.id) == Attempt(attempt_id, order.id, "tok_approved", order.total)
        assert list(ledger.orders.journal(order.id))[1:] == [journal.transition(started, LATER)]
        assert outbox_of(ledger, order.id) == [order.id]
        assert places_of(ledger, show) == (7, 3, 0, 1)

    @pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.PAID])
    def test_a_second_payment_changes_nothing(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Its attempt is not stored."""
        order = order_in(ledger, show, status)
        with nothing_changes(ledger, order):
            outcome = changes.start_payment(ledger.orders, order.id, new_attempt_id(), "tok_declined", LATER)
            assert outcome == Change(order)

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_a_token_is_stored_unchanged(self, ledger: Ledger, show: Event, text: str) -> None:
        """The gateway gets exactly what the buyer sent."""
        order = reserve(ledger, show)
        changes.start_payment(ledger.orders, order.id, new_attempt_id(), text, LATER)
        assert attempt_of(ledger, order.id).token == text

    @pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.DECLINED, OrderStatus.REFUNDED])
    def test_a_token_is_dropped_when_the_attempt_ends(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """It cannot be used a second time."""
        order = order_in(ledger, show, status)
        assert attempt_of(ledger, order.id).token is None

"""A payment that waits for its buyer is polled, and found by its attempt."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.attempts import ActionType, PaymentAction, PaymentMethod, PaymentStatus
from ticketcore.domain.events import Event
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, OrdersBase
from ticketcore_testing.ledgers import attempt_of, nothing_changes, order_in, order_of, outbox_of, reserve, steps_of
from ticketcore_testing.samples import (
    MILLISECOND,
    NOW,
    TEXTS,
    gateway_payment,
    label,
    new_attempt_id,
    new_code,
    new_tickets,
)

UNTIL = NOW + timedelta(hours=3)
AGAIN = NOW + timedelta(hours=1)


def waiting(ledger: Ledger, event: Event) -> Order:
    """Return an order whose payment waits since ``NOW``, and whose messages were sent."""
    order = order_in(ledger, event, OrderStatus.PROCESSING)
    ledger.outbox.sent(ledger.outbox.pending(100, [order.id]))
    changes.wait(ledger.orders, order.id, "ref", UNTIL, NOW)
    return order_of(ledger, order.id)


class WaitingContract(OrdersBase):
    """Hold ``Orders.write``, ``Orders.poll`` and ``Orders.of_attempt`` to their contract for payments that wait."""

    def test_a_payment_that_waits_is_recorded(self, ledger: Ledger, show: Event) -> None:
        """The order shows what its buyer has to do; its places stay held, and there is no message."""
        order = order_in(ledger, show, OrderStatus.PROCESSING)
        attempt, before = attempt_of(ledger, order.id), outbox_of(ledger, order.id)
        change = changes.wait(ledger.orders, order.id, "ref", UNTIL, LATER)
        action = PaymentAction(ActionType.QR_CODE, "pay ref")
        payment = attrs.evolve(gateway_payment(PaymentStatus.PENDING), action=action, expires_at=UNTIL)
        shown = attrs.evolve(order, payment=payment)
        assert change == Change(shown)
        assert order_of(ledger, order.id) == shown
        assert attempt_of(ledger, order.id) == attempt.waiting("ref", action, UNTIL, LATER)
        assert outbox_of(ledger, order.id) == before
        assert ledger.orders.journal(order.id)[-1] == journal.payment_waiting(order.id, UNTIL, LATER)

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_reference_and_action_are_stored_unchanged(self, ledger: Ledger, show: Event, text: str) -> None:
        """The buyer gets exactly what the gateway sent."""
        order = order_in(ledger, show, OrderStatus.PROCESSING)
        changes.wait(ledger.orders, order.id, text, UNTIL, NOW)
        attempt = attempt_of(ledger, order.id)
        assert (attempt.reference, attempt.action) == (text, PaymentAction(ActionType.QR_CODE, f"pay {text}"))

    def test_a_payment_is_polled_when_it_is_due(self, ledger: Ledger, show: Event) -> None:
        """From its moment on it gets one row in the outbox, and the next one later."""
        order = waiting(ledger, show)
        due = NOW + timedelta(minutes=1)
        with nothing_changes(ledger, order):
            assert ledger.orders.poll(due - MILLISECOND, AGAIN, 10) == 0
        assert ledger.orders.poll(due, AGAIN, 10) == 1
        assert outbox_of(ledger, order.id) == [order.id]
        assert attempt_of(ledger, order.id).poll_at == AGAIN
        assert ledger.orders.poll(AGAIN - MILLISECOND, UNTIL, 10) == 0
        assert ledger.orders.poll(AGAIN, UNTIL, 10) == 1
        assert order_of(ledger, order.id) == order
        assert Step.REMINDED not in steps_of(ledger, order.id)

    def test_the_soonest_is_polled_first(self, ledger: Ledger, show: Event) -> None:
        """At most so many as were asked for, each once."""
        orders = [waiting(ledger, show) for _ in range(3)]
        changes.wait(ledger.orders, orders[0].id, "ref", UNTIL, NOW + timedelta(minutes=1))
        assert [ledger.orders.poll(LATER + timedelta(hours=1), UNTIL, 2) for _ in range(3)] == [2, 1, 0]
        polled = [order.id for order in orders if outbox_of(ledger, order.id)]
        assert sorted(polled) == sorted(order.id for order in orders)
        pending = [row.order_id for row in ledger.outbox.pending(10)]
        assert pending[-1] == orders[0].id

    @pytest.mark.parametrize("end", ["capture", "decline", "give up"])
    def test_a_payment_that_has_ended_is_not_polled(self, ledger: Ledger, show: Event, end: str) -> None:
        """However it ended; its order shows no action any more."""
        order = waiting(ledger, show)
        if end == "capture":
            changes.capture(ledger.orders, order.id, new_tickets(order), new_code(), NOW)
        elif end == "decline":
            changes.decline(ledger.orders, order.id, NOW)
        else:
            changes.give_up(ledger.orders, order.id, NOW)
        assert ledger.orders.poll(UNTIL, UNTIL, 10) == 0
        payment = order_of(ledger, order.id).payment
        assert payment is not None
        assert (payment.action, payment.expires_at) == (None, None)
        assert attempt_of(ledger, order.id).reference == "ref"

    def test_an_order_is_found_by_its_attempt(self, ledger: Ledger, show: Event) -> None:
        """Whatever its status; of an attempt that there is not, nothing is found."""
        order = order_in(ledger, show, OrderStatus.DECLINED)
        assert ledger.orders.of_attempt(attempt_of(ledger, order.id).id) == order.id
        for unknown in (new_attempt_id(), *TEXTS):
            assert ledger.orders.of_attempt(AttemptId(unknown)) is None

    @pytest.mark.parametrize("method", [PaymentMethod.CASH, PaymentMethod.COMPLIMENTARY])
    def test_how_an_order_is_paid_is_stored(self, ledger: Ledger, show: Event, method: PaymentMethod) -> None:
        """A complimentary order costs nothing from then on; the key of the admin is in the journal."""
        order = reserve(ledger, show)
        changes.start_payment(ledger.orders, order.id, new_attempt_id(), None, NOW, method)
        after, attempt = order_of(ledger, order.id), attempt_of(ledger, order.id)
        assert after.status is OrderStatus.PROCESSING
        assert attempt.method is method
        assert attempt.amount == after.total
        assert after.total.minor == (order.total.minor if method is PaymentMethod.CASH else 0)

"""Orders that need work and of which nothing is heard get a new row in the outbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.domain import journal
from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Delivery, Order, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import (
    nothing_changes,
    order_in,
    outbox_of,
    steps_of,
)
from ticketcore_testing.samples import MILLISECOND, NOW, new_show


def sent(ledger: Ledger, order: Order) -> Order:
    """Answer an order whose rows in the outbox were published."""
    ledger.outbox.sent(ledger.outbox.pending(100, order.id))
    return order


def remind(ledger: Ledger) -> int:
    """Remind of every order that has been silent since all of these tests' orders were made."""
    return ledger.orders.remind(NOW, LONG_AFTER, 100)


class RemindingContract(OrdersBase):
    """Hold ``Orders.remind`` to its contract."""

    @pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.PAID, OrderStatus.REFUNDED])
    def test_an_order_that_needs_work_is_reminded_of(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """It gets one row and an entry, and nothing else about it changes."""
        order = sent(ledger, order_in(ledger, show, status))
        before = steps_of(ledger, order.id)
        assert remind(ledger) == 1
        assert outbox_of(ledger, order.id) == [order.id]
        assert ledger.orders.journal(order.id)[-1] == journal.reminded(order.id, LONG_AFTER)
        assert steps_of(ledger, order.id) == [*before, Step.REMINDED]
        assert ledger.orders.get(order.id) == order

    def test_an_order_whose_images_are_stored_still_needs_its_mail(self, ledger: Ledger, show: Event) -> None:
        """Until the cursor has come to its end."""
        order = sent(ledger, order_in(ledger, show, OrderStatus.PAID))
        changes.advance(ledger.orders, order.id, Delivery.STORED, NOW)
        assert remind(ledger) == 1
        sent(ledger, order)
        changes.advance(ledger.orders, order.id, Delivery.DELIVERED, NOW)
        assert ledger.orders.remind(LONG_AFTER, LONG_AFTER, 100) == 0

    def test_money_that_went_back_needs_nothing_more(self, ledger: Ledger, show: Event) -> None:
        """A refund that is finished is silent for ever."""
        order = sent(ledger, order_in(ledger, show, OrderStatus.REFUNDED))
        changes.finish_refund(ledger.orders, order.id, NOW)
        with nothing_changes(ledger, order):
            assert remind(ledger) == 0

    @pytest.mark.parametrize(
        "status", [OrderStatus.RESERVED, OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.DECLINED]
    )
    def test_an_order_without_work_is_left_alone(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Nobody waits for it."""
        order = sent(ledger, order_in(ledger, show, status))
        with nothing_changes(ledger, order):
            assert remind(ledger) == 0

    def test_a_row_that_waits_is_enough(self, ledger: Ledger, show: Event) -> None:
        """What was never published was not lost."""
        order = order_in(ledger, show, OrderStatus.PROCESSING)
        with nothing_changes(ledger, order):
            assert remind(ledger) == 0

    def test_news_puts_the_reminder_off(self, ledger: Ledger, show: Event) -> None:
        """An entry at ``before`` is silence, one a millisecond after it is news."""
        order = sent(ledger, order_in(ledger, show, OrderStatus.PROCESSING))
        ledger.orders.note(journal.failed(order, LATER, "no answer"))
        assert ledger.orders.remind(LATER - MILLISECOND, LONG_AFTER, 100) == 0
        assert ledger.orders.remind(LATER, LONG_AFTER, 100) == 1

    def test_a_reminder_is_news_itself(self, ledger: Ledger, show: Event) -> None:
        """Whoever sweeps again reminds of nothing, until as much time has passed again."""
        order = sent(ledger, order_in(ledger, show, OrderStatus.PROCESSING))
        assert remind(ledger) == 1
        sent(ledger, order)
        assert ledger.orders.remind(LONG_AFTER - MILLISECOND, LONG_AFTER + timedelta(days=1), 100) == 0
        assert ledger.orders.remind(LONG_AFTER, LONG_AFTER + timedelta(days=1), 100) == 1

    def test_at_most_limit_orders_are_reminded_of(self, ledger: Ledger) -> None:
        """The others come with the next call."""
        show = new_show(10)
        ledger.events.add(show)
        orders = {sent(ledger, order_in(ledger, show, OrderStatus.PROCESSING)).id for _ in range(5)}
        reminded: set[OrderId] = set()
        for expected in (2, 2, 1, 0):
            assert ledger.orders.remind(NOW, LONG_AFTER, 2) == expected
            reminded |= {row.order_id for row in ledger.outbox.pending(100)}
        assert reminded == orders

"""Stalled orders get a new row in the outbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.domain import journal
from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import nothing_changes, order_in, outbox_of, steps_of
from ticketcore_testing.samples import MILLISECOND, NOW, new_show


def sent(ledger: Ledger, order: Order) -> Order:
    """Return an order whose outbox rows were published."""
    ledger.outbox.sent(ledger.outbox.pending(100, [order.id]))
    return order


def remind(ledger: Ledger) -> int:
    """Remind of every order that has been silent since the orders of these tests were made."""
    return ledger.orders.remind(NOW, LONG_AFTER, 100)


class RemindingContract(OrdersBase):
    """Hold ``Orders.remind`` to its contract."""

    @pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.REFUNDED])
    def test_an_order_that_needs_work_is_reminded_of(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """It gets one outbox row and one journal entry, and does not change otherwise."""
        order = sent(ledger, order_in(ledger, show, status))
        before = steps_of(ledger, order.id)
        assert remind(ledger) == 1
        assert outbox_of(ledger, order.id) == [order.id]
        assert ledger.orders.journal(order.id)[-1] == journal.reminded(order.id, LONG_AFTER)
        assert steps_of(ledger, order.id) == [*before, Step.REMINDED]
        assert ledger.orders.get(order.id) == order

    def test_returned_money_needs_no_work(self, ledger: Ledger, show: Event) -> None:
        """A finished refund is never reminded of."""
        order = sent(ledger, order_in(ledger, show, OrderStatus.REFUNDED))
        changes.finish_refund(ledger.orders, order.id, NOW)
        with nothing_changes(ledger, order):
            assert remind(ledger) == 0

    @pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PROCESSING, OrderStatus.REFUNDED}))
    def test_an_order_without_work_is_left_alone(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """An order in any other status gets no row; the mail of a paid one has a schedule of its own."""
        order = sent(ledger, order_in(ledger, show, status))
        with nothing_changes(ledger, order):
            assert remind(ledger) == 0

    def test_a_pending_row_is_enough(self, ledger: Ledger, show: Event) -> None:
        """An order with a row in the outbox gets no second one."""
        order = order_in(ledger, show, OrderStatus.PROCESSING)
        with nothing_changes(ledger, order):
            assert remind(ledger) == 0

    def test_a_recent_entry_postpones_the_reminder(self, ledger: Ledger, show: Event) -> None:
        """An entry at ``before`` is old enough, one a millisecond later is not."""
        order = sent(ledger, order_in(ledger, show, OrderStatus.PROCESSING))
        ledger.orders.note(journal.failed(order, LATER, "no answer"))
        assert ledger.orders.remind(LATER - MILLISECOND, LONG_AFTER, 100) == 0
        assert ledger.orders.remind(LATER, LONG_AFTER, 100) == 1

    def test_a_reminder_postpones_the_next(self, ledger: Ledger, show: Event) -> None:
        """A second sweep reminds of nothing until the same time has passed again."""
        order = sent(ledger, order_in(ledger, show, OrderStatus.PROCESSING))
        assert remind(ledger) == 1
        sent(ledger, order)
        assert ledger.orders.remind(LONG_AFTER - MILLISECOND, LONG_AFTER + timedelta(days=1), 100) == 0
        assert ledger.orders.remind(LONG_AFTER, LONG_AFTER + timedelta(days=1), 100) == 1

    def test_at_most_limit_orders_are_reminded_of(self, ledger: Ledger) -> None:
        """The others are left for the next call."""
        show = new_show(10)
        ledger.events.add(show)
        orders = {sent(ledger, order_in(ledger, show, OrderStatus.PROCESSING)).id for _ in range(5)}
        reminded: set[OrderId] = set()
        for expected in (2, 2, 1, 0):
            assert ledger.orders.remind(NOW, LONG_AFTER, 2) == expected
            reminded |= {row.order_id for row in ledger.outbox.pending(100)}
        assert reminded == orders

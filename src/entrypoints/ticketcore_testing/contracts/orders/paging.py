"""The contract of ``page``: all orders with all that belongs to them."""

from __future__ import annotations

import pytest

from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.ledger_faults import StoredOrder
from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.contracts.orders.base import OrdersBase
from ticketcore_testing.ledgers import order_in, reserve


class PagingContract(OrdersBase):
    """Hold ``Orders.page`` to its contract."""

    @pytest.mark.parametrize("status", OrderStatus)
    def test_a_page_has_all_of_an_order(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Its record, its tickets by number, and whether the outbox has a message of it."""
        order = order_in(ledger, show, status, 3)
        record = ledger.orders.load(order.id)
        assert record is not None
        for is_enqueued in (bool(ledger.outbox.pending(1, [order.id])), False):
            stored = StoredOrder(record, tuple(ledger.tickets.of_order(order.id)), is_enqueued)
            assert list(ledger.orders.page(None, 10)) == [stored]
            ledger.outbox.sent(ledger.outbox.pending(10))

    def test_pages_of_orders_neither_skip_nor_repeat(self, ledger: Ledger, show: Event) -> None:
        """They are by id, whatever the size of a page and however many tickets an order has; the last one is empty."""
        made = [order_in(ledger, show, OrderStatus.PAID, quantity).id for quantity in (3, 1, 2)]
        made += [reserve(ledger, show).id for _ in range(2)]
        for limit in (1, 2, 5, 6):
            found: list[OrderId] = []
            while page := ledger.orders.page(found[-1] if found else None, limit):
                assert len(page) <= limit
                found += [each.record.order.id for each in page]
                assert len(found) <= len(made)
            assert found == sorted(made)

"""Addresses of buyers: found, and forgotten by a decision."""

from __future__ import annotations

from datetime import timedelta

import attrs

from ticketcore.domain import journal
from ticketcore.domain.events import Event
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.retention import FORGOTTEN, AddressedOrder
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import add_show, deliver, order_in, order_of
from ticketcore_testing.samples import MILLISECOND, NOW, SHOWTIME, new_reservation, new_show


class ForgettingContract(OrdersBase):
    """Hold ``Orders`` to its contract for the addresses of buyers."""

    def test_an_address_is_forgotten_with_its_entry(self, ledger: Ledger, show: Event) -> None:
        """All else of the order stays as it was."""
        order_id = order_in(ledger, show, OrderStatus.PAID).id
        deliver(ledger, NOW)
        order = order_of(ledger, order_id)
        changes.forget(ledger.orders, order.id, show.date, LONG_AFTER)
        assert order_of(ledger, order.id) == attrs.evolve(order, customer_email=FORGOTTEN, customer=None)
        assert ledger.orders.journal(order.id)[-1] == journal.forgotten(order.id, LONG_AFTER)

    def test_the_orders_of_an_address_are_found(self, ledger: Ledger, show: Event) -> None:
        """In whatever case the address is written, by id, and no others."""
        written = ["ann@example.com", "Ann@Example.com", "ANN@EXAMPLE.COM"]
        wanted = [attrs.evolve(new_reservation(show), customer_email=each) for each in written]
        others = [
            attrs.evolve(new_reservation(show), customer_email=each) for each in ("nann@example.com", "ann@example.co")
        ]
        for each in (*wanted, *others):
            ledger.orders.reserve(each, NOW)
        found = [AddressedOrder(order_id, show.date) for order_id in sorted(each.order_id for each in wanted)]
        for address in written:
            assert list(ledger.orders.addressed(address, None, None, 10)) == found
        assert list(ledger.orders.addressed("ann@example.com", None, None, 2)) == found[:2]
        assert list(ledger.orders.addressed("ann@example.com", None, found[0].order_id, 10)) == found[1:]
        assert list(ledger.orders.addressed("ann_example.com", None, None, 10)) == []
        assert list(ledger.orders.addressed("%", None, None, 10)) == []

    def test_the_orders_of_past_events_are_found(self, ledger: Ledger) -> None:
        """Of those that began before the time, to the millisecond."""
        early, late = (
            add_show(ledger, attrs.evolve(new_show(10), date=SHOWTIME + timedelta(days=days))) for days in (0, 1)
        )
        wanted = order_in(ledger, early, OrderStatus.PAID)
        order_in(ledger, late, OrderStatus.PAID)
        deliver(ledger, NOW)
        found = [AddressedOrder(wanted.id, early.date)]
        assert list(ledger.orders.addressed(None, early.date, None, 10)) == []
        assert list(ledger.orders.addressed(None, early.date + MILLISECOND, None, 10)) == found
        assert len(ledger.orders.addressed(None, None, None, 10)) == 2
        changes.forget(ledger.orders, wanted.id, early.date, LONG_AFTER)
        assert list(ledger.orders.addressed(None, early.date + MILLISECOND, None, 10)) == []

    def test_a_forgotten_address_is_found_no_more(self, ledger: Ledger, show: Event) -> None:
        """Not even by what stands in its place."""
        order = order_in(ledger, show, OrderStatus.CANCELLED)
        changes.forget(ledger.orders, order.id, show.date, NOW)
        for address in (order.customer_email, FORGOTTEN, None):
            assert list(ledger.orders.addressed(address, None, None, 10)) == []

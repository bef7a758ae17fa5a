"""Listings of orders, newest first and in pages."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, TicketCode
from ticketcore.domain.order_listing import Cursor, OrderFilter, place_of
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.retention import FORGOTTEN
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import add_show, order_in, order_of
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, STRANGE_IDS, label, new_reservation, new_show

ALL = OrderFilter()


def placed(ledger: Ledger, show: Event, *milliseconds: int) -> list[Order]:
    """Reserve one place at each of these times after ``NOW``, and return the orders newest first."""
    made = []
    for each in milliseconds:
        change = ledger.orders.reserve(new_reservation(show), NOW + each * MILLISECOND)
        assert isinstance(change, Change)
        made.append(change.order)
    return sorted(made, key=place_of, reverse=True)


def written(ledger: Ledger, show: Event, customer_email: str) -> Order:
    """Return a reservation with an address as it is written."""
    change = ledger.orders.reserve(attrs.evolve(new_reservation(show), customer_email=customer_email), NOW)
    assert isinstance(change, Change)
    return change.order


def undelivered(ledger: Ledger, show: Event) -> Order:
    """Return a paid order whose mail could not be delivered."""
    order = order_in(ledger, show, OrderStatus.PAID)
    mail = ledger.deliveries.claim(NOW)
    assert mail is not None
    after = attrs.evolve(mail, status=DeliveryStatus.UNDELIVERED, due_at=None)
    assert ledger.deliveries.settle(mail, after, journal.mail_refused(mail, NOW, "no such mailbox"))
    return order_of(ledger, order.id)


def listed(ledger: Ledger, wanted: OrderFilter, now: datetime = LATER, limit: int = 100) -> list[Order]:
    """Read a listing of a few orders to its end."""
    found: list[Order] = []
    after: Cursor | None = None
    for _ in range(30):
        page = ledger.orders.list(wanted, now, after, limit)
        assert len(page.items) <= limit
        found += page.items
        after = page.after
        if after is None:
            return found
        assert len(page.items) == limit
        assert after == place_of(page.items[-1])
    raise AssertionError("the listing does not end")


class OrderListingContract(OrdersBase):
    """Hold ``Orders.list`` to its contract."""

    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
    @pytest.mark.parametrize("of_event", [False, True])
    def test_orders_are_listed_newest_first(self, ledger: Ledger, show: Event, limit: int, of_event: bool) -> None:
        """Pages of any size neither skip nor repeat, even when one ends between orders of the same millisecond."""
        made = placed(ledger, show, 2, 0, 1, 1, 1, 2)
        wanted = OrderFilter(event_id=show.id) if of_event else ALL
        assert listed(ledger, wanted, limit=limit) == made

    @pytest.mark.parametrize(("orders", "last"), [(0, True), (2, True), (3, True), (4, False)])
    def test_only_a_page_of_orders_with_a_successor_has_a_cursor(
        self, ledger: Ledger, show: Event, orders: int, last: bool
    ) -> None:
        """A full page at the end of the list has none."""
        placed(ledger, show, *range(orders))
        page = ledger.orders.list(ALL, NOW, None, 3)
        assert len(page.items) == min(orders, 3)
        assert (page.after is None) is last

    def test_a_listing_is_stable_while_orders_arrive(self, ledger: Ledger, show: Event) -> None:
        """The next page goes on where the one before ended, whatever is newer and whatever changed its status."""
        made = placed(ledger, show, 0, 1, 2, 3)
        page = ledger.orders.list(ALL, LATER, None, 2)
        placed(ledger, show, 4, 5)
        changes.cancel(ledger.orders, made[1].id, LATER)
        changes.cancel(ledger.orders, made[2].id, LATER)
        rest = ledger.orders.list(ALL, LATER, page.after, 10)
        assert (*page.items, *(order.id for order in rest.items)) == (*made[:2], *(order.id for order in made[2:]))

    @pytest.mark.parametrize("of_event", [False, True])
    @pytest.mark.parametrize("status", OrderStatus)
    def test_the_filter_admits_orders_of_one_status(
        self, ledger: Ledger, show: Event, status: OrderStatus, of_event: bool
    ) -> None:
        """They are complete, with the status of their mail, and of one event if it names one."""
        orders = {each: order_in(ledger, show, each) for each in OrderStatus}
        other = order_in(ledger, add_show(ledger, new_show(10)), status)
        here = OrderFilter(event_id=show.id) if of_event else ALL
        expected = [orders[status]] if of_event else sorted([orders[status], other], key=place_of, reverse=True)
        assert listed(ledger, attrs.evolve(here, status=status), limit=1) == expected
        everything = [*orders.values(), *([] if of_event else [other])]
        assert listed(ledger, here, limit=3) == sorted(everything, key=place_of, reverse=True)

    @pytest.mark.parametrize("customer_email", [None, "ann@example.com"])
    def test_a_reservation_past_its_deadline_is_listed_as_expired(
        self, ledger: Ledger, show: Event, customer_email: str | None
    ) -> None:
        """From its deadline on, to the millisecond, whether or not it was recorded; it is returned as recorded."""
        order, expired = placed(ledger, show, 0)[0], order_in(ledger, show, OrderStatus.EXPIRED)
        found = OrderFilter(customer_email=customer_email)
        reserved, ended = (attrs.evolve(found, status=each) for each in (OrderStatus.RESERVED, OrderStatus.EXPIRED))
        assert listed(ledger, reserved, DEADLINE - MILLISECOND) == [order]
        assert listed(ledger, ended, DEADLINE - MILLISECOND) == [expired]
        assert listed(ledger, reserved, DEADLINE) == []
        both = sorted([order, expired], key=place_of, reverse=True)
        assert listed(ledger, ended, DEADLINE) == listed(ledger, ended, DEADLINE, 1) == both

    def test_orders_of_an_address_are_listed(self, ledger: Ledger, show: Event) -> None:
        """In whatever case it is written, and no others."""
        spellings = ["ann@example.com", "Ann@Example.com", "ANN@EXAMPLE.COM"]
        wanted = [written(ledger, show, each) for each in spellings]
        for each in ("nann@example.com", "ann@example.co"):
            written(ledger, show, each)
        found = sorted(wanted, key=place_of, reverse=True)
        for each in spellings:
            assert listed(ledger, OrderFilter(customer_email=each), limit=2) == found
        for each in ("ann_example.com", "%", *STRANGE_IDS):
            assert listed(ledger, OrderFilter(customer_email=each)) == []

    def test_a_forgotten_address_is_not_listed(self, ledger: Ledger, show: Event) -> None:
        """Its order is, but not by what stands in the place of the address."""
        order = order_in(ledger, show, OrderStatus.CANCELLED)
        changes.forget(ledger.orders, order.id, show.date, LONG_AFTER)
        assert [each.id for each in listed(ledger, ALL)] == [order.id]
        assert listed(ledger, OrderFilter(customer_email=order.customer_email)) == []
        assert listed(ledger, OrderFilter(customer_email=FORGOTTEN)) == []

    def test_an_order_is_listed_by_its_ticket_code(self, ledger: Ledger, show: Event) -> None:
        """By the whole code; a code that no order has finds none, not even those without one."""
        order, _ = order_in(ledger, show, OrderStatus.PAID), placed(ledger, show, 0)
        order_in(ledger, show, OrderStatus.PAID)
        assert order.ticket_code is not None
        assert listed(ledger, OrderFilter(ticket_code=order.ticket_code)) == [order]
        assert listed(ledger, OrderFilter(ticket_code=TicketCode(order.ticket_code[:-1]))) == []

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_strange_names_list_nothing(self, ledger: Ledger, show: Event, strange: str) -> None:
        """Any text is accepted as a ticket code and as an event's id."""
        placed(ledger, show, 0)
        order_in(ledger, show, OrderStatus.PAID)
        assert listed(ledger, OrderFilter(ticket_code=TicketCode(strange))) == []
        assert listed(ledger, OrderFilter(event_id=EventId(strange))) == []

    def test_paid_orders_without_their_mail_are_listed(self, ledger: Ledger, show: Event) -> None:
        """Those whose mail could not be delivered, and is not to be tried again; none that was refunded since."""
        lost, refunded, again = (undelivered(ledger, show) for _ in range(3))
        changes.start_refund(ledger, refunded.id, LATER)
        changes.resend(ledger.orders, again.id, LATER)
        placed(ledger, show, 0)
        assert listed(ledger, OrderFilter(undelivered=True)) == [lost]
        assert listed(ledger, OrderFilter(undelivered=True, status=OrderStatus.PAID)) == [lost]
        assert listed(ledger, OrderFilter(undelivered=True, status=OrderStatus.REFUNDED)) == []

    def test_all_parts_of_a_filter_hold(self, ledger: Ledger, show: Event) -> None:
        """An order has to pass each of them."""
        order = undelivered(ledger, show)
        whole = OrderFilter(show.id, order.customer_email, order.ticket_code, OrderStatus.PAID, undelivered=True)
        assert listed(ledger, whole) == [order]
        for wrong in (
            attrs.evolve(whole, event_id=add_show(ledger, new_show()).id),
            attrs.evolve(whole, customer_email="bob@example.com"),
            attrs.evolve(whole, ticket_code=TicketCode("00000-00000")),
            attrs.evolve(whole, status=OrderStatus.EXPIRED),
        ):
            assert listed(ledger, wrong) == []

    def test_a_page_of_orders_begins_after_a_cursor_of_no_order(self, ledger: Ledger, show: Event) -> None:
        """Any time and digest will do."""
        made = placed(ledger, show, 0, 1, 2)
        after = (made[0].created_at, "")
        assert ledger.orders.list(ALL, LATER, after, 10).items == tuple(made[1:])
        assert ledger.orders.list(ALL, LATER, (NOW - timedelta(days=1), "f" * 16), 10).items == ()

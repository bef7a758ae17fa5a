"""Which orders a filter of a listing admits, and where a page ends."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from ticketcore.domain import ids
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.ids import EventId, TicketCode
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.order_listing import OrderFilter, OrderPage, place_of
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.retention import FORGOTTEN
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, new_order_id

CODE = TicketCode("7QXK2-M3PTV")
RESERVED = Order(
    id=new_order_id(),
    event_id=EventId("event"),
    customer_email="Ann@example.com",
    quantity=1,
    total=Money(4500, Currency("BRL")),
    status=OrderStatus.RESERVED,
    created_at=NOW,
    expires_at=DEADLINE,
    places=1,
)
PAID = attrs.evolve(RESERVED, status=OrderStatus.PAID, ticket_code=CODE, delivery=DeliveryStatus.UNDELIVERED)


@pytest.mark.parametrize(
    "admits",
    [
        OrderFilter(),
        OrderFilter(event_id=EventId("event")),
        OrderFilter(customer_email="ann@EXAMPLE.com"),
        OrderFilter(ticket_code=CODE),
        OrderFilter(status=OrderStatus.PAID),
        OrderFilter(undelivered=True),
        OrderFilter(EventId("event"), "ann@example.com", CODE, OrderStatus.PAID, undelivered=True),
    ],
)
def test_a_filter_admits_what_it_names(admits: OrderFilter) -> None:
    """What it does not name may be anything."""
    assert admits.admits(PAID, NOW)


@pytest.mark.parametrize(
    "refuses",
    [
        OrderFilter(event_id=EventId("another")),
        OrderFilter(customer_email="bob@example.com"),
        OrderFilter(ticket_code=TicketCode("00000-00000")),
        OrderFilter(status=OrderStatus.REFUNDED),
        OrderFilter(EventId("event"), "ann@example.com", CODE, OrderStatus.RESERVED),
    ],
)
def test_a_filter_refuses_all_else(refuses: OrderFilter) -> None:
    """One difference is enough."""
    assert not refuses.admits(PAID, NOW)


def test_a_reservation_counts_as_what_it_is_at_the_moment() -> None:
    """It is reserved until the millisecond before its deadline, and expired from then on."""
    reserved, expired = OrderFilter(status=OrderStatus.RESERVED), OrderFilter(status=OrderStatus.EXPIRED)
    before = DEADLINE - MILLISECOND
    assert (reserved.admits(RESERVED, before), expired.admits(RESERVED, before)) == (True, False)
    assert (reserved.admits(RESERVED, DEADLINE), expired.admits(RESERVED, DEADLINE)) == (False, True)


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.PAID}))
def test_only_a_paid_order_lacks_its_mail(status: OrderStatus) -> None:
    """One that was refunded since needs none."""
    assert not OrderFilter(undelivered=True).admits(attrs.evolve(PAID, status=status), NOW)


@pytest.mark.parametrize("delivery", [None, DeliveryStatus.PENDING, DeliveryStatus.DELIVERED])
def test_a_mail_that_may_arrive_is_not_undelivered(delivery: DeliveryStatus | None) -> None:
    """Only one that was given up or refused is."""
    assert not OrderFilter(undelivered=True).admits(attrs.evolve(PAID, delivery=delivery), NOW)


def test_no_filter_finds_a_forgotten_address() -> None:
    """Its orders belong to many, so what stands in its place says nothing."""
    forgotten = attrs.evolve(PAID, customer_email=FORGOTTEN)
    assert not OrderFilter(customer_email=FORGOTTEN).admits(forgotten, NOW)
    assert OrderFilter().admits(forgotten, NOW)


def test_a_cursor_holds_no_secret() -> None:
    """It stands in addresses, which are logged: it has the digest of an order, not its id."""
    page = OrderPage.of([PAID, RESERVED], 1)
    assert page == OrderPage((PAID,), (NOW, ids.digest(PAID.id)))
    assert OrderPage.of([PAID], 1).after is None
    assert place_of(attrs.evolve(PAID, created_at=NOW + timedelta(days=1))) > place_of(RESERVED)


def test_a_page_shows_orders_as_they_are_at_the_moment() -> None:
    """A reservation past its deadline is expired there."""
    page = OrderPage((RESERVED, PAID), None).as_of(DEADLINE)
    assert [order.status for order in page.items] == [OrderStatus.EXPIRED, OrderStatus.PAID]


def test_names_are_read_as_people_type_them() -> None:
    """A ticket code in any case; what is no code and no id becomes empty, which no order has."""
    typed = OrderFilter(EventId("No Id"), ticket_code=TicketCode("7qxk2 m3ptv")).well_formed()
    assert typed == OrderFilter(EventId(""), ticket_code=CODE)
    assert OrderFilter(ticket_code=TicketCode("7")).well_formed() == OrderFilter(ticket_code=TicketCode(""))
    assert OrderFilter().well_formed() == OrderFilter()

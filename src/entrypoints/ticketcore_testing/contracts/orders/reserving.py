"""The contract of ``reserve``."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.events import MAX_PER_ORDER, MAX_PRICE, NO_LIMIT, Event, EventChange, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.order_listing import OrderFilter
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.refusals import EventNotFound, Fault, InvalidRequest, SalesClosed, SalesNotOpen, SoldOut
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.texts import Text
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase, moved_to, places_of
from ticketcore_testing.ledgers import (
    add_show,
    event_of,
    nothing_changes,
    order_in,
    order_of,
    outbox_of,
    record_of,
    reserve,
    start_payment,
)
from ticketcore_testing.samples import (
    CUSTOMER,
    DEADLINE,
    MILLISECOND,
    NOW,
    SHOWTIME,
    TEXTS,
    label,
    new_reservation,
    new_show,
)


class ReservingContract(OrdersBase):
    """Hold ``Orders.reserve`` to its contract."""

    def test_a_reservation_holds_its_places(self, ledger: Ledger, show: Event) -> None:
        """The order is made by the rule, held and version rise, and the availability is that of the row."""
        wanted = new_reservation(show, 3)
        order = moved_to(ledger.orders.reserve(wanted, NOW), OrderStatus.RESERVED, ledger)
        assert order == Order(
            wanted.order_id,
            show.id,
            "ann@example.com",
            3,
            show.price.times(3),
            OrderStatus.RESERVED,
            NOW,
            DEADLINE,
            3,
            customer=CUSTOMER,
        )
        assert places_of(ledger, show) == (7, 3, 0, 1)
        assert list(ledger.orders.journal(order.id)) == [journal.transition(order, NOW)]
        assert record_of(ledger, order.id).attempt is None
        assert outbox_of(ledger, order.id) == []

    def test_an_order_keeps_the_language_of_its_buyer(self, ledger: Ledger, show: Event) -> None:
        """Whatever becomes of it; a repetition in another one changes nothing."""
        wanted = attrs.evolve(new_reservation(show), language="pt-BR")
        ledger.orders.reserve(wanted, NOW)
        ledger.orders.reserve(attrs.evolve(wanted, language="es"), NOW)
        assert (
            order_of(ledger, wanted.order_id).language == record_of(ledger, wanted.order_id).order.language == "pt-BR"
        )
        start_payment(ledger, order_of(ledger, wanted.order_id))
        assert order_of(ledger, wanted.order_id).language == "pt-BR"
        assert [each.language for each in ledger.orders.list(OrderFilter(), NOW, None, 1).items] == ["pt-BR"]

    def test_the_last_place_can_be_reserved_and_no_more(self, ledger: Ledger, show: Event) -> None:
        """A reservation is made completely or refused; the refusal has the number of free places and writes nothing."""
        reserve(ledger, show, 8)
        too_many = new_reservation(show, 3)
        assert ledger.orders.reserve(too_many, NOW) == SoldOut(2)
        reserve(ledger, show, 2)
        full = event_of(ledger, show.id)
        assert ledger.orders.reserve(new_reservation(show, 1), NOW) == SoldOut(0)
        assert event_of(ledger, show.id) == full
        assert ledger.orders.get(too_many.order_id) is None
        assert list(ledger.orders.journal(too_many.order_id)) == []

    def test_a_refused_reservation_can_be_tried_again(self, ledger: Ledger, show: Event) -> None:
        """A refusal stores nothing under the order's id."""
        taken = reserve(ledger, show, 10)
        wanted = new_reservation(show, 1)
        assert ledger.orders.reserve(wanted, NOW) == SoldOut(0)
        changes.cancel(ledger.orders, taken.id, NOW)
        moved_to(ledger.orders.reserve(wanted, LATER), OrderStatus.RESERVED, ledger)

    def test_repeating_a_reservation_returns_the_order(self, ledger: Ledger, show: Event) -> None:
        """It has no availability; time and a sold-out event do not matter."""
        wanted = new_reservation(show, 3)
        first = ledger.orders.reserve(wanted, NOW)
        assert isinstance(first, Change)
        reserve(ledger, show, 7)
        with nothing_changes(ledger, first.order):
            assert ledger.orders.reserve(wanted, LATER) == Change(first.order)
            assert ledger.orders.reserve(wanted, LONG_AFTER) == Change(first.order)

    @pytest.mark.parametrize("status", OrderStatus)
    def test_an_existing_order_is_returned_unchanged(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Its status and the quantity of the repetition do not matter."""
        order = order_in(ledger, show, status, 2)
        other = add_show(ledger, new_show())
        with nothing_changes(ledger, order):
            for event_id, quantity in ((show.id, 2), (show.id, 999), (other.id, 1), (EventId("nowhere"), 1)):
                wanted = ReservationRequest(order.id, event_id, "bob@example.com", quantity, LONG_AFTER, CUSTOMER)
                assert ledger.orders.reserve(wanted, LATER) == Change(order)
        assert event_of(ledger, other.id) == other

    def test_an_unknown_event_has_no_places(self, ledger: Ledger) -> None:
        """The reservation is refused."""
        wanted = new_reservation(new_show())
        assert ledger.orders.reserve(wanted, NOW) == EventNotFound()
        assert ledger.orders.get(wanted.order_id) is None

    @pytest.mark.parametrize("status", sorted(set(EventStatus) - {EventStatus.ON_SALE}))
    def test_an_event_that_is_not_on_sale_is_closed(self, ledger: Ledger, status: EventStatus) -> None:
        """The refusal has the event's status and comes before any about places or quantity."""
        event = add_show(ledger, new_show(1, status=status))
        assert ledger.orders.reserve(new_reservation(event, 999), NOW) == SalesClosed(status.value)
        assert event_of(ledger, event.id) == event

    def test_sales_end_when_the_event_begins(self, ledger: Ledger, show: Event) -> None:
        """At its date an event has begun; a millisecond earlier it has not."""
        assert ledger.orders.reserve(new_reservation(show), SHOWTIME) == SalesClosed("begun")
        assert ledger.orders.reserve(new_reservation(show), LONG_AFTER) == SalesClosed("begun")
        assert isinstance(ledger.orders.reserve(new_reservation(show), SHOWTIME - MILLISECOND), Change)

    def test_a_sale_starts_at_its_time(self, ledger: Ledger) -> None:
        """A millisecond earlier the refusal says when, whatever the quantity is, and nothing changes."""
        event = add_show(ledger, new_show(1, sale_starts_at=LATER))
        for quantity in (1, 999):
            wanted = new_reservation(event, quantity)
            assert ledger.orders.would_refuse(wanted, LATER - MILLISECOND) == SalesNotOpen(LATER, "UTC")
            assert ledger.orders.reserve(wanted, LATER - MILLISECOND) == SalesNotOpen(LATER, "UTC")
        assert event_of(ledger, event.id) == event
        assert isinstance(ledger.orders.reserve(new_reservation(event), LATER), Change)

    def test_a_sale_ends_at_its_time(self, ledger: Ledger) -> None:
        """At its end it has ended, a millisecond earlier it has not, and from the date on the event has begun."""
        event = add_show(ledger, new_show(sale_ends_at=LATER))
        for now, because in ((LATER, "ended"), (SHOWTIME - MILLISECOND, "ended"), (SHOWTIME, "begun")):
            wanted = new_reservation(event)
            assert ledger.orders.would_refuse(wanted, now) == SalesClosed(because)
            assert ledger.orders.reserve(wanted, now) == SalesClosed(because)
        assert event_of(ledger, event.id) == event
        assert isinstance(ledger.orders.reserve(new_reservation(event), LATER - MILLISECOND), Change)

    @pytest.mark.parametrize("status", sorted(set(EventStatus) - {EventStatus.ON_SALE}))
    def test_the_status_comes_before_the_times_of_a_sale(self, ledger: Ledger, status: EventStatus) -> None:
        """A sale that is closed does not open at its time."""
        event = add_show(ledger, new_show(status=status, sale_starts_at=LATER))
        assert ledger.orders.reserve(new_reservation(event), NOW) == SalesClosed(status.value)

    def test_a_sale_that_was_put_off_is_not_open(self, ledger: Ledger) -> None:
        """The times count as they are now, also without an end or a start."""
        event = add_show(ledger, new_show(sale_starts_at=NOW, sale_ends_at=LATER))
        ledger.events.change(event.id, EventChange(sale_starts_at=LATER, sale_ends_at=NO_LIMIT), None, NOW)
        assert ledger.orders.reserve(new_reservation(event), LATER - MILLISECOND) == SalesNotOpen(LATER, "UTC")
        assert isinstance(ledger.orders.reserve(new_reservation(event), SHOWTIME - MILLISECOND), Change)
        ledger.events.change(event.id, EventChange(sale_starts_at=NO_LIMIT), None, NOW)
        assert isinstance(ledger.orders.reserve(new_reservation(event), NOW), Change)

    @pytest.mark.parametrize("quantity", [-1, 0, 4, 11, 2**40])
    def test_a_quantity_the_event_does_not_sell_is_a_fault(self, ledger: Ledger, quantity: int) -> None:
        """A quantity is between 1 and the event's most per order, also when there are fewer places."""
        event = add_show(ledger, new_show(10, max_per_order=3))
        fault = Fault("quantity", Text("must be from 1 to 3 for this event"))
        assert ledger.orders.reserve(new_reservation(event, quantity), NOW) == InvalidRequest((fault,))
        assert event_of(ledger, event.id) == event

    def test_a_due_reservation_holds_its_places_until_it_is_expired(self, ledger: Ledger, show: Event) -> None:
        """Reserving expires nothing."""
        order = reserve(ledger, show, 10)
        with nothing_changes(ledger, order):
            assert ledger.orders.reserve(new_reservation(show), DEADLINE) == SoldOut(0)
        ledger.orders.expire_due(show.id, DEADLINE, 10)
        assert isinstance(ledger.orders.reserve(new_reservation(show), DEADLINE), Change)

    def test_added_places_can_be_reserved(self, ledger: Ledger) -> None:
        """A larger capacity is on sale at once."""
        event = add_show(ledger, new_show(1))
        reserve(ledger, event)
        ledger.events.change(event.id, EventChange(capacity=2), None, NOW)
        reserve(ledger, event)
        assert places_of(ledger, event) == (0, 2, 0, 3)

    @pytest.mark.parametrize("minor", [0, 1, 2**31, MAX_PRICE])
    def test_the_total_is_exact(self, ledger: Ledger, minor: int) -> None:
        """The largest orders of free tickets and of the most expensive ones have the exact total."""
        price = Money(minor, Currency("JPY"))
        event = add_show(ledger, new_show(MAX_PER_ORDER, price=price, max_per_order=MAX_PER_ORDER))
        order = reserve(ledger, event, MAX_PER_ORDER)
        assert order.total == price.times(MAX_PER_ORDER)
        assert order_of(ledger, order.id) == order

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_an_address_is_stored_exactly(self, ledger: Ledger, show: Event, text: str) -> None:
        """The ledger does not normalize it."""
        wanted = attrs.evolve(new_reservation(show), customer_email=text)
        ledger.orders.reserve(wanted, NOW)
        assert order_of(ledger, wanted.order_id).customer_email == text

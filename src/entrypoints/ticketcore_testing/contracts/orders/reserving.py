"""Places are held for an order, or it hears why not."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.events import MAX_PER_ORDER, MAX_PRICE, Event, EventChange, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.refusals import EventNotFound, Fault, InvalidRequest, SalesClosed, SoldOut
from ticketcore.domain.reservations import Reservation
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
)
from ticketcore_testing.samples import DEADLINE, MILLISECOND, NOW, SHOWTIME, TEXTS, label, new_reservation, new_show


class ReservingContract(OrdersBase):
    """Hold ``Orders.reserve`` to its contract."""

    def test_a_reservation_holds_its_places(self, ledger: Ledger, show: Event) -> None:
        """The order is as the rule makes it; held and version of the event rise, and the availability is the row's."""
        wanted = new_reservation(show, 3)
        order = moved_to(ledger.orders.reserve(wanted, NOW), OrderStatus.RESERVED, ledger)
        assert order == Order(
            wanted.order_id, show.id, "ann@example.com", 3, show.price.times(3), OrderStatus.RESERVED, NOW, DEADLINE, 3
        )
        assert places_of(ledger, show) == (7, 3, 0, 1)
        assert list(ledger.orders.journal(order.id)) == [journal.moved(order, NOW)]
        assert record_of(ledger, order.id).attempt is None
        assert outbox_of(ledger, order.id) == []

    def test_the_last_place_can_be_reserved_and_no_more(self, ledger: Ledger, show: Event) -> None:
        """A reservation fits exactly or not at all; the refusal tells how many places are left and writes nothing."""
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
        """A refusal leaves nothing of the order's id behind."""
        taken = reserve(ledger, show, 10)
        wanted = new_reservation(show, 1)
        assert ledger.orders.reserve(wanted, NOW) == SoldOut(0)
        changes.cancel(ledger.orders, taken.id, NOW)
        moved_to(ledger.orders.reserve(wanted, LATER), OrderStatus.RESERVED, ledger)

    def test_repeating_a_reservation_answers_the_order(self, ledger: Ledger, show: Event) -> None:
        """Without availability, later, and even if the event has no place left."""
        wanted = new_reservation(show, 3)
        first = ledger.orders.reserve(wanted, NOW)
        assert isinstance(first, Change)
        reserve(ledger, show, 7)
        with nothing_changes(ledger, first.order):
            assert ledger.orders.reserve(wanted, LATER) == Change(first.order)
            assert ledger.orders.reserve(wanted, LONG_AFTER) == Change(first.order)

    @pytest.mark.parametrize("status", OrderStatus)
    def test_an_order_that_exists_is_answered_as_it_is(self, ledger: Ledger, show: Event, status: OrderStatus) -> None:
        """Whatever became of it, and whatever the repetition asks for."""
        order = order_in(ledger, show, status, 2)
        other = add_show(ledger, new_show())
        with nothing_changes(ledger, order):
            for event_id, quantity in ((show.id, 2), (show.id, 999), (other.id, 1), (EventId("nowhere"), 1)):
                wanted = Reservation(order.id, event_id, "bob@example.com", quantity, LONG_AFTER)
                assert ledger.orders.reserve(wanted, LATER) == Change(order)
        assert event_of(ledger, other.id) == other

    def test_an_unknown_event_has_no_places(self, ledger: Ledger) -> None:
        """There is nothing to reserve."""
        wanted = new_reservation(new_show())
        assert ledger.orders.reserve(wanted, NOW) == EventNotFound()
        assert ledger.orders.get(wanted.order_id) is None

    @pytest.mark.parametrize("status", sorted(set(EventStatus) - {EventStatus.ON_SALE}))
    def test_an_event_that_is_not_on_sale_is_closed(self, ledger: Ledger, status: EventStatus) -> None:
        """The refusal tells the event's status, before anything about places or quantity."""
        event = add_show(ledger, new_show(1, status=status))
        assert ledger.orders.reserve(new_reservation(event, 999), NOW) == SalesClosed(status.value)
        assert event_of(ledger, event.id) == event

    def test_sales_end_when_the_event_begins(self, ledger: Ledger, show: Event) -> None:
        """At its date an event has begun; a millisecond earlier it has not."""
        assert ledger.orders.reserve(new_reservation(show), SHOWTIME) == SalesClosed("begun")
        assert ledger.orders.reserve(new_reservation(show), LONG_AFTER) == SalesClosed("begun")
        assert isinstance(ledger.orders.reserve(new_reservation(show), SHOWTIME - MILLISECOND), Change)

    @pytest.mark.parametrize("quantity", [-1, 0, 4, 11, 2**40])
    def test_a_quantity_the_event_does_not_sell_is_a_fault(self, ledger: Ledger, quantity: int) -> None:
        """From 1 to the event's most per order, also when there are not that many places."""
        event = add_show(ledger, new_show(10, max_per_order=3))
        fault = Fault("quantity", Text("must be from 1 to 3 for this event"))
        assert ledger.orders.reserve(new_reservation(event, quantity), NOW) == InvalidRequest((fault,))
        assert event_of(ledger, event.id) == event

    def test_a_due_reservation_holds_its_places_until_it_is_expired(self, ledger: Ledger, show: Event) -> None:
        """Reserving expires nothing by itself."""
        order = reserve(ledger, show, 10)
        with nothing_changes(ledger, order):
            assert ledger.orders.reserve(new_reservation(show), DEADLINE) == SoldOut(0)
        ledger.orders.expire_due(show.id, DEADLINE, 10)
        assert isinstance(ledger.orders.reserve(new_reservation(show), DEADLINE), Change)

    def test_places_that_came_free_can_be_reserved(self, ledger: Ledger) -> None:
        """A larger capacity is for sale at once."""
        event = add_show(ledger, new_show(1))
        reserve(ledger, event)
        ledger.events.change(event.id, EventChange(capacity=2), None)
        reserve(ledger, event)
        assert places_of(ledger, event) == (0, 2, 0, 3)

    @pytest.mark.parametrize("minor", [0, 1, 2**31, MAX_PRICE])
    def test_the_total_is_exact(self, ledger: Ledger, minor: int) -> None:
        """The largest order of free tickets and of the dearest ones alike comes to its sum."""
        price = Money(minor, Currency("JPY"))
        event = add_show(ledger, new_show(MAX_PER_ORDER, price=price, max_per_order=MAX_PER_ORDER))
        order = reserve(ledger, event, MAX_PER_ORDER)
        assert order.total == price.times(MAX_PER_ORDER)
        assert order_of(ledger, order.id) == order

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_an_address_comes_back_letter_by_letter(self, ledger: Ledger, show: Event, text: str) -> None:
        """The ledger keeps what it was given."""
        wanted = attrs.evolve(new_reservation(show), customer_email=text)
        ledger.orders.reserve(wanted, NOW)
        assert order_of(ledger, wanted.order_id).customer_email == text

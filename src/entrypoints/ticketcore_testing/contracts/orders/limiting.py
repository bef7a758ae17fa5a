"""The contract of a limit of one customer's places, in ``reserve`` and in all that gives places back."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain.events import NO_LIMIT, Event, EventChange
from ticketcore.domain.ids import CustomerDigest
from ticketcore.domain.orders import OCCUPYING, Change, OrderStatus
from ticketcore.domain.refusals import CustomerLimit, EventNotFound, SalesClosed, SoldOut
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.validation import Scan
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import (
    add_show,
    all_about,
    audit_of,
    deliver,
    event_of,
    nothing_changes,
    order_in,
    reserve,
)
from ticketcore_testing.samples import DEADLINE, NOW, SHOWTIME, fresh, new_reservation, new_show

ANOTHER = CustomerDigest("another")


class LimitingContract(OrdersBase):
    """Hold ``Orders`` to its contract for ``max_per_customer``."""

    @pytest.fixture
    def limited(self, ledger: Ledger) -> Event:
        """Return an event of ten places, four for one customer."""
        return add_show(ledger, new_show(10, max_per_customer=4))

    def test_a_customer_may_have_so_many_places_and_no_more(self, ledger: Ledger, limited: Event) -> None:
        """In any number of orders; the refusal has the limit and what the customer has, and writes nothing."""
        first = reserve(ledger, limited, 3)
        before = all_about(ledger, limited.id, first.id)
        assert _refusal(ledger, new_reservation(limited, 2)) == CustomerLimit(4, 3)
        assert all_about(ledger, limited.id, first.id) == before
        reserve(ledger, limited, 1)
        assert _refusal(ledger, new_reservation(limited, 1)) == CustomerLimit(4, 4)
        assert _refusal(ledger, new_reservation(limited, 5)) == CustomerLimit(4, 4)

    def test_the_first_order_may_be_too_large(self, ledger: Ledger, limited: Event) -> None:
        """A customer without an order has nothing, and none of it is stored."""
        wanted = new_reservation(limited, 5)
        assert _refusal(ledger, wanted) == CustomerLimit(4, 0)
        assert ledger.orders.get(wanted.order_id) is None
        assert audit_of(ledger, limited.id).of_customers == 0

    def test_customers_and_events_are_limited_separately(self, ledger: Ledger, limited: Event) -> None:
        """What one customer has at one event limits no other order."""
        reserve(ledger, limited, 4)
        other = add_show(ledger, new_show(10, max_per_customer=4))
        assert isinstance(ledger.orders.reserve(new_reservation(limited, 4, customer=ANOTHER), NOW), Change)
        assert isinstance(ledger.orders.reserve(new_reservation(other, 4), NOW), Change)

    def test_an_event_without_a_limit_has_none(self, ledger: Ledger, show: Event) -> None:
        """One customer may buy all of it."""
        reserve(ledger, show, 6)
        reserve(ledger, show, 4)

    def test_what_is_sold_out_is_refused_as_such(self, ledger: Ledger, limited: Event) -> None:
        """Where no customer could have so many places the limit does not matter, nor does it where the event is closed."""
        reserve(ledger, limited, 4)
        ledger.orders.reserve(new_reservation(limited, 4, customer=ANOTHER), NOW)
        assert _refusal(ledger, new_reservation(limited, 3)) == SoldOut(2)
        assert ledger.orders.reserve(new_reservation(limited, 3), SHOWTIME) == SalesClosed("begun")

    @pytest.mark.parametrize("status", OrderStatus)
    def test_places_count_while_they_are_reserved_processing_or_paid(
        self, ledger: Ledger, limited: Event, status: OrderStatus
    ) -> None:
        """An order that ended gives its customer's places back with the event's."""
        order_in(ledger, limited, status, 3)
        held = 3 if status in OCCUPYING else 0
        assert _refusal(ledger, new_reservation(limited, 5)) == CustomerLimit(4, held)
        assert isinstance(ledger.orders.reserve(new_reservation(limited, 4 - held), NOW), Change)
        assert audit_of(ledger, limited.id).is_conserved

    def test_the_place_of_a_used_ticket_counts_no_more_after_its_refund(self, ledger: Ledger, limited: Event) -> None:
        """It stays sold, but the order is refunded."""
        order = order_in(ledger, limited, OrderStatus.PAID, 3)
        ledger.tickets.admit(ledger.tickets.of_order(order.id)[0].id, Scan("north", "scan"), NOW)
        changes.start_refund(ledger, order.id, NOW, include_used=True)
        assert event_of(ledger, limited.id).sold == 1
        assert _refusal(ledger, new_reservation(limited, 5)) == CustomerLimit(4, 0)
        assert audit_of(ledger, limited.id).is_conserved

    def test_many_expired_orders_give_their_places_back_at_once(self, ledger: Ledger, limited: Event) -> None:
        """Of one customer and of others, of one event and of others."""
        other = add_show(ledger, new_show(10, max_per_customer=4))
        for event in (limited, other):
            for customer in (ANOTHER, CustomerDigest("third")):
                for quantity in (1, 2):
                    wanted = new_reservation(event, quantity, customer=customer)
                    assert isinstance(ledger.orders.reserve(wanted, NOW), Change)
        assert len(ledger.orders.expire_due(None, DEADLINE, 100)) == 8
        for event in (limited, other):
            assert audit_of(ledger, event.id).is_conserved
            for customer in (ANOTHER, CustomerDigest("third")):
                wanted = new_reservation(event, 5, customer=customer)
                assert ledger.orders.would_refuse(wanted, LATER) == CustomerLimit(4, 0)

    def test_a_lower_limit_refuses_new_orders_only(self, ledger: Ledger, limited: Event) -> None:
        """Orders that exist stay as they are and can be paid; below the limit again, the customer may order."""
        order = order_in(ledger, limited, OrderStatus.PROCESSING, 3)
        ledger.events.change(limited.id, EventChange(max_per_customer=2), None, NOW)
        with nothing_changes(ledger, order):
            assert _refusal(ledger, new_reservation(limited, 1)) == CustomerLimit(2, 3)
        changes.decline(ledger.orders, order.id, NOW)
        reserve(ledger, limited, 2)

    def test_a_limit_that_was_ended_and_set_again_has_lost_no_count(self, ledger: Ledger, limited: Event) -> None:
        """What was ordered before, and without a limit, counts."""
        reserve(ledger, limited, 2)
        ledger.events.change(limited.id, EventChange(max_per_customer=NO_LIMIT), None, NOW)
        assert event_of(ledger, limited.id).max_per_customer is None
        reserve(ledger, limited, 5)
        ledger.events.change(limited.id, EventChange(max_per_customer=8), None, NOW)
        assert _refusal(ledger, new_reservation(limited, 2)) == CustomerLimit(8, 7)
        reserve(ledger, limited, 1)

    def test_repeating_a_reservation_at_the_limit_returns_the_order(self, ledger: Ledger, limited: Event) -> None:
        """It counts once."""
        wanted = new_reservation(limited, 4)
        first = ledger.orders.reserve(wanted, NOW)
        assert isinstance(first, Change)
        with nothing_changes(ledger, first.order):
            assert ledger.orders.reserve(wanted, LATER) == Change(first.order)

    def test_a_forgotten_order_counts_no_more(self, ledger: Ledger, limited: Event) -> None:
        """Nothing of its customer is left once all orders are forgotten, and the counts agree in between."""
        order_in(ledger, limited, OrderStatus.CANCELLED, 1)
        paid = [order_in(ledger, limited, OrderStatus.PAID, 2) for _ in range(2)]
        deliver(ledger, NOW)
        for order, left in zip(paid, (2, 0), strict=True):
            changes.forget(ledger.orders, order.id, limited.date, LONG_AFTER)
            audit = audit_of(ledger, limited.id)
            assert audit.is_conserved
            assert audit.of_customers == left

    def test_an_order_is_refused_in_advance_as_it_would_be(self, ledger: Ledger, limited: Event) -> None:
        """By its event, quantity, places and customer; nothing is written."""
        order = reserve(ledger, limited, 4)
        with nothing_changes(ledger, order):
            assert ledger.orders.would_refuse(new_reservation(new_show()), NOW) == EventNotFound()
            assert ledger.orders.would_refuse(new_reservation(limited), SHOWTIME) == SalesClosed("begun")
            assert ledger.orders.would_refuse(new_reservation(limited, 7), NOW) == SoldOut(6)
            assert ledger.orders.would_refuse(new_reservation(limited), NOW) == CustomerLimit(4, 4)
            assert ledger.orders.would_refuse(new_reservation(limited, customer=ANOTHER), NOW) is None

    def test_customers_are_told_apart_exactly(self, ledger: Ledger, limited: Event) -> None:
        """By the whole of what stands for them."""
        several = [CustomerDigest(fresh().hex()) for _ in range(2)]
        several.append(CustomerDigest(several[0][:-1]))
        for customer in several:
            assert isinstance(ledger.orders.reserve(new_reservation(limited, 3, customer=customer), NOW), Change)


def _refusal(ledger: Ledger, wanted: ReservationRequest) -> ReserveRefusal:
    """Return the refusal of an order, after checking that it is the same in advance."""
    outcome = ledger.orders.reserve(wanted, NOW)
    assert not isinstance(outcome, Change)
    assert ledger.orders.would_refuse(attrs.evolve(wanted), NOW) == outcome
    return outcome

"""The contract of an order that comes to another address: the counts of both customers move with it."""

from __future__ import annotations

import attrs
import pytest

from ticketcore.domain import journal
from ticketcore.domain.correcting import CustomerPlaces, correct
from ticketcore.domain.decisions import Decision
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.events import Event
from ticketcore.domain.ids import CustomerDigest, EventId, OrderId
from ticketcore.domain.orders import OCCUPYING, Change, OrderStatus
from ticketcore.domain.refusals import CustomerLimit
from ticketcore.ports import Conflict, Ledger
from ticketcore_testing import changes
from ticketcore_testing.contracts.orders.base import LATER, LONG_AFTER, OrdersBase
from ticketcore_testing.ledgers import (
    add_show,
    audit_of,
    deliver,
    event_of,
    nothing_changes,
    order_in,
    order_of,
    record_of,
    reserve,
)
from ticketcore_testing.samples import NOW, STRANGE_IDS, label, new_reservation, new_show

BOB = "bob@example.com"
BOBS = CustomerDigest("bobs")


def corrected(ledger: Ledger, order_id: OrderId, customer: CustomerDigest = BOBS, email: str = BOB) -> object:
    """Return the outcome of a correction of an order that the ledger has."""
    return changes.correct(ledger.orders, order_id, email, customer, LATER)


class CorrectingContract(OrdersBase):
    """Hold ``Orders`` to its contract for orders that come to another customer."""

    @pytest.fixture
    def limited(self, ledger: Ledger) -> Event:
        """Return an event of ten places, four for one customer."""
        return add_show(ledger, new_show(10, max_per_customer=4))

    @pytest.mark.parametrize("status", sorted(OCCUPYING))
    def test_an_order_comes_to_another_address(self, ledger: Ledger, limited: Event, status: OrderStatus) -> None:
        """With its entry; its places count for the new customer and no more for the one before, and the event's stay."""
        order = order_in(ledger, limited, status, 3)
        assert order.customer is not None
        places, revision = event_of(ledger, limited.id), record_of(ledger, order.id).revision
        change = corrected(ledger, order.id)
        after = order_of(ledger, order.id)
        assert change == Change(after)
        assert after == attrs.evolve(order, customer_email=BOB, customer=BOBS)
        assert journal.corrected(order.id, LATER) in ledger.orders.journal(order.id)
        assert record_of(ledger, order.id).revision == revision + 1
        assert event_of(ledger, limited.id) == places
        assert audit_of(ledger, limited.id).is_conserved
        assert ledger.orders.customer_places(limited.id, order.customer) == CustomerPlaces(0, 4)
        assert ledger.orders.customer_places(limited.id, BOBS) == CustomerPlaces(3, 4)

    def test_the_tickets_of_a_paid_order_are_mailed_to_its_new_address(self, ledger: Ledger, limited: Event) -> None:
        """Whatever became of the mail before; a reservation is not mailed."""
        order, reserved = order_in(ledger, limited, OrderStatus.PAID), reserve(ledger, limited)
        deliver(ledger, NOW)
        for each in (order, reserved):
            corrected(ledger, each.id)
        assert order_of(ledger, order.id).delivery is DeliveryStatus.PENDING
        assert order_of(ledger, reserved.id).delivery is None
        mail = ledger.deliveries.claim(LATER)
        assert mail is not None
        assert (mail.order_id, mail.tries) == (order.id, 1)
        assert ledger.deliveries.claim(LATER) is None

    def test_what_a_customer_has_left_can_be_reserved_again(self, ledger: Ledger, limited: Event) -> None:
        """And what came to another limits that one."""
        order = reserve(ledger, limited, 3)
        corrected(ledger, order.id)
        reserve(ledger, limited, 4)
        refused = ledger.orders.reserve(new_reservation(limited, 2, customer=BOBS), NOW)
        assert refused == CustomerLimit(4, 3)
        assert isinstance(ledger.orders.reserve(new_reservation(limited, 1, customer=BOBS), NOW), Change)
        assert audit_of(ledger, limited.id).is_conserved

    def test_the_other_orders_of_a_customer_count_on(self, ledger: Ledger, limited: Event) -> None:
        """One of them is corrected, and comes back."""
        first, second = reserve(ledger, limited, 1), reserve(ledger, limited, 2)
        assert first.customer is not None
        corrected(ledger, first.id)
        assert ledger.orders.customer_places(limited.id, first.customer) == CustomerPlaces(2, 4)
        corrected(ledger, first.id, first.customer, first.customer_email)
        assert ledger.orders.customer_places(limited.id, first.customer) == CustomerPlaces(3, 4)
        changes.cancel(ledger.orders, second.id, LATER)
        assert ledger.orders.customer_places(limited.id, first.customer) == CustomerPlaces(1, 4)
        assert audit_of(ledger, limited.id).is_conserved

    def test_an_address_that_has_too_much_gets_no_more(self, ledger: Ledger, limited: Event) -> None:
        """The refusal has the limit and what the customer has, and writes nothing."""
        order = reserve(ledger, limited, 3)
        ledger.orders.reserve(new_reservation(limited, 2, customer=BOBS), NOW)
        with nothing_changes(ledger, order):
            assert corrected(ledger, order.id) == CustomerLimit(4, 2)
        assert audit_of(ledger, limited.id).is_conserved

    def test_a_customer_who_reserves_meanwhile_makes_a_correction_a_conflict(
        self, ledger: Ledger, limited: Event
    ) -> None:
        """What he had when the rule was asked does not count; nothing of the decision is written."""
        order = order_in(ledger, limited, OrderStatus.PAID, 3)
        record = record_of(ledger, order.id)
        decision = correct(record, BOB, BOBS, CustomerPlaces(0, 4), LATER)
        assert isinstance(decision, Decision)
        ledger.orders.reserve(new_reservation(limited, 2, customer=BOBS), NOW)
        with nothing_changes(ledger, order):
            assert ledger.orders.write(record, decision) == Conflict()
        assert ledger.orders.customer_places(limited.id, BOBS) == CustomerPlaces(2, 4)
        assert audit_of(ledger, limited.id).is_conserved

    def test_an_event_without_a_limit_counts_and_refuses_none(self, ledger: Ledger, show: Event) -> None:
        """As many as there are may come to one address."""
        orders = [reserve(ledger, show, 3) for _ in range(3)]
        for order in orders:
            corrected(ledger, order.id)
        assert ledger.orders.customer_places(show.id, BOBS) == CustomerPlaces(9, None)

    def test_another_spelling_of_the_same_mailbox_counts_once(self, ledger: Ledger, limited: Event) -> None:
        """The order is still its customer's, also where he has all that he may."""
        order = reserve(ledger, limited, 4)
        assert order.customer is not None
        corrected(ledger, order.id, order.customer, "Ann+tag@example.com")
        assert order_of(ledger, order.id) == attrs.evolve(order, customer_email="Ann+tag@example.com")
        assert ledger.orders.customer_places(limited.id, order.customer) == CustomerPlaces(4, 4)

    def test_a_forgotten_order_counts_for_its_new_address(self, ledger: Ledger, limited: Event) -> None:
        """It counted for no address before."""
        order = order_in(ledger, limited, OrderStatus.PAID, 2)
        deliver(ledger, NOW)
        changes.forget(ledger.orders, order.id, limited.date, LONG_AFTER)
        corrected(ledger, order.id)
        assert ledger.orders.customer_places(limited.id, BOBS) == CustomerPlaces(2, 4)
        assert audit_of(ledger, limited.id).is_conserved

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_strange_customers_have_nothing(self, ledger: Ledger, limited: Event, strange: str) -> None:
        """Nor have those of an event that does not exist."""
        assert ledger.orders.customer_places(limited.id, CustomerDigest(strange)) == CustomerPlaces(0, 4)
        assert ledger.orders.customer_places(EventId(strange), BOBS) == CustomerPlaces(0, None)

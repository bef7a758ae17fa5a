"""Orders have the contract's transitions and no others."""

from __future__ import annotations

from itertools import product

import attrs
import pytest

from tests.core.examples import CODE, DEADLINE, ORDER, ORDERS, statuses_but
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.orders import HOLDING, OCCUPYING, OrderStatus, Problem

#: The contract's table, written out.
CONTRACT = {
    ("reserved", "processing"),
    ("reserved", "expired"),
    ("reserved", "cancelled"),
    ("processing", "paid"),
    ("processing", "declined"),
    ("processing", "refunded"),
    ("paid", "refunded"),
}


def test_the_statuses_are_the_contracts() -> None:
    """No status is missing and none is added."""
    assert {status.value for status in OrderStatus} == {status for pair in CONTRACT for status in pair}


@pytest.mark.parametrize(("here", "there"), list(product(OrderStatus, OrderStatus)))
def test_an_order_has_the_contracts_transitions_only(here: OrderStatus, there: OrderStatus) -> None:
    """Of all pairs of statuses, staying included, seven are transitions and the others are bugs."""
    if (here.value, there.value) in CONTRACT:
        assert ORDERS[here].to(there).status is there
    else:
        with pytest.raises(InvalidTransition, match=f"from {here.value} to {there.value}"):
            ORDERS[here].to(there)


@pytest.mark.parametrize(("here", "there"), sorted(CONTRACT))
def test_a_transition_leaves_the_purchase_as_it_is(here: str, there: str) -> None:
    """The buyer, the event, the quantity, the total and the deadline of an order never change."""
    before = ORDERS[OrderStatus(here)]
    after = before.to(OrderStatus(there))

    for name in ("id", "event_id", "customer_email", "quantity", "total", "created_at", "expires_at"):
        assert getattr(after, name) == getattr(before, name)


def test_paying_begins_the_delivery() -> None:
    """A paid order has a ticket code, and its mail is pending."""
    paid = ORDERS[OrderStatus.PAID]

    assert (paid.ticket_code, paid.delivery) == (CODE, DeliveryStatus.PENDING)


@pytest.mark.parametrize("status", statuses_but(OrderStatus.PAID, OrderStatus.REFUNDED))
def test_an_order_that_was_never_paid_has_nothing_of_a_paid_one(status: OrderStatus) -> None:
    """It has no ticket code and nothing to deliver."""
    assert (ORDERS[status].ticket_code, ORDERS[status].delivery) == (None, None)


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_keeps_its_deadline(status: OrderStatus) -> None:
    """The deadline of its reservation is known whatever became of it."""
    assert ORDERS[status].expires_at == DEADLINE


def test_a_refunded_order_keeps_its_ticket_code() -> None:
    """A buyer who writes about a refunded order can still name it."""
    assert ORDERS[OrderStatus.REFUNDED].ticket_code == CODE


@pytest.mark.parametrize(
    ("status", "held", "sold"),
    [
        (OrderStatus.RESERVED, 2, 0),
        (OrderStatus.PROCESSING, 2, 0),
        (OrderStatus.PAID, 0, 2),
        (OrderStatus.EXPIRED, 0, 0),
        (OrderStatus.CANCELLED, 0, 0),
        (OrderStatus.DECLINED, 0, 0),
        (OrderStatus.REFUNDED, 0, 0),
    ],
)
def test_an_order_occupies_its_places_until_it_has_ended(status: OrderStatus, held: int, sold: int) -> None:
    """They are held until the payment is decided, then sold, and free once the order has ended."""
    order = ORDERS[status]

    assert (order.held, order.sold, order.places) == (held, sold, held + sold)


def test_a_paid_orders_places_may_be_fewer_than_its_quantity() -> None:
    """A place that was given back is no longer sold, and stays given back."""
    order = attrs.evolve(ORDERS[OrderStatus.PAID], places=1)

    assert (order.held, order.sold, order.quantity) == (0, 1, 2)
    assert order.to(OrderStatus.REFUNDED).places == 0


def test_a_paid_order_holds_no_places_and_occupies_them() -> None:
    """The two sets of statuses differ by what was bought."""
    assert {OrderStatus.PAID} == OCCUPYING - HOLDING


def test_a_transition_has_its_own_problem() -> None:
    """An order that ends well has no problem, one that ends badly has the one it was given."""
    assert ORDER.to(OrderStatus.CANCELLED).problem is None
    assert ORDER.to(OrderStatus.EXPIRED, problem=Problem.RESERVATION_EXPIRED).problem is Problem.RESERVATION_EXPIRED


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_a_sentence(problem: Problem) -> None:
    """A buyer is informed about the places or the money."""
    assert problem.detail.endswith("given back.") or problem.detail.endswith("returned.")

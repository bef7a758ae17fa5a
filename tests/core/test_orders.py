"""Orders make the moves of the contract and no others."""

from __future__ import annotations

from itertools import product

import pytest

from tests.core.examples import CODE, DEADLINE, ORDER, ORDERS, statuses_but
from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.orders import NEXT_STEP, Delivery, OrderStatus, Problem

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
    assert {status.value for status in OrderStatus} == {status for move in CONTRACT for status in move}


@pytest.mark.parametrize(("here", "there"), list(product(OrderStatus, OrderStatus)))
def test_an_order_makes_the_contracts_moves_only(here: OrderStatus, there: OrderStatus) -> None:
    """Of all pairs of statuses, staying included, seven are moves and the others are bugs."""
    if (here.value, there.value) in CONTRACT:
        assert ORDERS[here].to(there).status is there
    else:
        with pytest.raises(InvalidTransition, match=f"from {here.value} to {there.value}"):
            ORDERS[here].to(there)


@pytest.mark.parametrize(("here", "there"), sorted(CONTRACT))
def test_a_move_leaves_the_purchase_alone(here: str, there: str) -> None:
    """Whose order it is, of what, how many and for how much never changes."""
    before = ORDERS[OrderStatus(here)]
    after = before.to(OrderStatus(there))

    for name in ("id", "event_id", "customer_email", "quantity", "total", "created_at"):
        assert getattr(after, name) == getattr(before, name)


def test_paying_ends_the_deadline_and_begins_fulfilment() -> None:
    """A paid order has a ticket code, no deadline, and its tickets are issued."""
    paid = ORDERS[OrderStatus.PAID]

    assert (paid.ticket_code, paid.expires_at, paid.delivery) == (CODE, None, Delivery.ISSUED)


@pytest.mark.parametrize("status", statuses_but(OrderStatus.PAID, OrderStatus.REFUNDED))
def test_an_order_that_was_never_paid_has_nothing_of_a_paid_one(status: OrderStatus) -> None:
    """It keeps its deadline, and has no ticket code and nothing to fulfil."""
    order = ORDERS[status]

    assert (order.ticket_code, order.expires_at, order.delivery) == (None, DEADLINE, Delivery.NONE)


def test_a_refunded_order_keeps_its_ticket_code() -> None:
    """Who writes about a refunded order can still name it."""
    assert ORDERS[OrderStatus.REFUNDED].ticket_code == CODE


def test_a_move_says_its_own_problem() -> None:
    """An order that ends well has no problem, one that ends badly has the one it was given."""
    assert ORDER.to(OrderStatus.CANCELLED).problem is None
    assert ORDER.to(OrderStatus.EXPIRED, problem=Problem.RESERVATION_EXPIRED).problem is Problem.RESERVATION_EXPIRED


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_a_sentence(problem: Problem) -> None:
    """A buyer is told what became of the places or the money."""
    assert problem.detail.endswith("given back.") or problem.detail.endswith("returned.")


def test_the_cursor_moves_forward_to_its_end() -> None:
    """Issued, stored, delivered: one step at a time, and nothing follows."""
    assert NEXT_STEP == {Delivery.ISSUED: Delivery.STORED, Delivery.STORED: Delivery.DELIVERED}

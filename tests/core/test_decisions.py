"""A decision is one value, and what it does to an event's places follows from the order before and after."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import ATTEMPT, NOW, ORDER, ORDERS, RECORDS, TICKET
from ticketcore.domain import journal
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.decisions import Decision, OrderRecord, PlaceShift, place_shift
from ticketcore.domain.events import EventStatus
from ticketcore.domain.orders import TRANSITIONS, Order, OrderStatus
from ticketcore_testing.strategies import orders

#: How a transition of an order of two places moves them; the rows are those of ``TRANSITIONS``.
SHIFTS = {
    ("reserved", "processing"): PlaceShift(held=0, sold=0),
    ("reserved", "expired"): PlaceShift(held=-2, sold=0, counted=-2),
    ("reserved", "cancelled"): PlaceShift(held=-2, sold=0, counted=-2),
    ("processing", "paid"): PlaceShift(held=-2, sold=2),
    ("processing", "declined"): PlaceShift(held=-2, sold=0, counted=-2),
    ("processing", "refunded"): PlaceShift(held=-2, sold=0, counted=-2),
    ("paid", "refunded"): PlaceShift(held=0, sold=-2, counted=-2),
}


def test_every_transition_has_its_shift() -> None:
    """The table below leaves no transition out."""
    assert set(SHIFTS) == {(before.value, after.value) for before, targets in TRANSITIONS.items() for after in targets}


@pytest.mark.parametrize(("before", "after"), SHIFTS)
def test_a_transition_moves_the_orders_places(before: str, after: str) -> None:
    """Held places become sold ones or free ones, and sold ones become free."""
    order = ORDERS[OrderStatus(before)]

    assert place_shift(order, order.to(OrderStatus(after))) == SHIFTS[before, after]


def test_a_new_order_holds_its_places() -> None:
    """There is no order before a reservation."""
    assert place_shift(None, ORDER) == PlaceShift(held=2, sold=0, counted=2)


@pytest.mark.parametrize(
    ("places", "shift"),
    [(2, PlaceShift(0, 0)), (1, PlaceShift(0, -1, -1)), (0, PlaceShift(0, -2, -2)), (3, PlaceShift(0, 1, 1))],
)
def test_the_places_count_and_not_the_status_alone(places: int, shift: PlaceShift) -> None:
    """An order that stays paid and occupies fewer places gives the others back."""
    paid = ORDERS[OrderStatus.PAID]

    assert place_shift(paid, attrs.evolve(paid, places=places)) == shift


@given(orders, orders, orders)
def test_shifts_add_up(first: Order, second: Order, third: Order) -> None:
    """After any transitions, the sum of an order's shifts is what it occupies now."""
    steps = [place_shift(None, first), place_shift(first, second), place_shift(second, third)]

    assert sum(step.held for step in steps) == third.held
    assert sum(step.sold for step in steps) == third.sold
    assert sum(step.counted + step.joined for step in steps) == third.counted


def test_a_forgotten_customer_counts_nothing() -> None:
    """The event's places stay as they are."""
    paid = ORDERS[OrderStatus.PAID]

    assert place_shift(paid, attrs.evolve(paid, customer=None)) == PlaceShift(0, 0, -2)


@given(orders)
def test_an_unchanged_order_moves_nothing(order: Order) -> None:
    """The event's version must not rise then."""
    assert not place_shift(order, order)


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_a_shift_is_true_if_it_moves_anything(held: int, sold: int) -> None:
    """Places that go from held to sold are a change of the event too."""
    assert bool(PlaceShift(held, sold)) == ((held, sold) != (0, 0))


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_the_decision_to_write_nothing(record: OrderRecord) -> None:
    """It has the order and the attempt as they are, and no ticket, message or journal entry."""
    assert record.unchanged() == Decision(record.order, record.attempt, issued=(), voids=(), enqueues=False, entries=())


@pytest.mark.parametrize(
    "change",
    [
        {"order": ORDERS[OrderStatus.PAID]},
        {"attempt": ATTEMPT.to(AttemptStatus.DECLINED)},
        {"attempt": None},
        {"issued": (TICKET,)},
        {"voids": (1,)},
        {"enqueues": True},
        {"entries": (journal.transition(ORDER, NOW),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_decision_is_a_change(change: dict[str, object]) -> None:
    """A decision with any of its parts differs from the one that writes nothing."""
    unchanged = RECORDS[OrderStatus.PROCESSING].unchanged()

    assert attrs.evolve(unchanged, **change) != unchanged  # type: ignore[arg-type]  # Each value fits its field.


def test_a_written_decision_makes_the_next_record() -> None:
    """It has the decision's order and attempt and the next revision; the event is as it was."""
    record = attrs.evolve(RECORDS[OrderStatus.PROCESSING], event_status=EventStatus.CLOSED)
    decision = Decision(ORDERS[OrderStatus.PAID], ATTEMPT.to(AttemptStatus.CAPTURED), issued=(TICKET,), enqueues=True)

    after = record.after(decision)

    assert after == OrderRecord(decision.order, decision.attempt, EventStatus.CLOSED, record.revision + 1, "UTC")

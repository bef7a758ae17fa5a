"""A reservation holds its places in ``[created_at, expires_at)``."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.examples import (
    DEADLINE,
    DOORS,
    DRAFT,
    EVENT,
    EVENT_ID,
    MILLISECOND,
    NOW,
    ORDER,
    ORDER_ID,
    ORDERS,
    RECORDS,
    statuses_but,
)
from ticketcore.domain import events, journal, reservations
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.events import EventStatus
from ticketcore.domain.money import MAX_MINOR_UNITS, Currency, Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.refusals import InvalidRequest, OrderNotCancellable, SalesClosed, SalesNotOpen, SoldOut
from ticketcore.domain.reservations import DEFAULT_HOLD, ReservationRequest
from ticketcore_testing.samples import CUSTOMER
from ticketcore_testing.strategies import prices

WANTED = ReservationRequest(ORDER_ID, EVENT_ID, "ann@example.com", 2, DEADLINE, CUSTOMER)


def test_a_reservation_is_an_order_at_todays_price() -> None:
    """The order holds what was asked for, costs the price times the quantity, and begins now."""
    assert reservations.reserve(EVENT, WANTED, NOW) == ORDER
    assert ORDER.total.amount == "90.00"


def test_a_reservation_lasts_fifteen_minutes() -> None:
    """Unless configured otherwise."""
    assert timedelta(minutes=15) == DEFAULT_HOLD


@given(st.integers(0, 10), st.integers(0, 10), st.integers(-2, 12), st.integers(1, 10))
def test_places_are_never_promised_twice(held: int, sold: int, quantity: int, most: int) -> None:
    """An order is made exactly if its quantity is allowed and so many places are free."""
    event = attrs.evolve(EVENT, capacity=20, held=held, sold=sold, max_per_order=most)
    outcome = reservations.reserve(event, attrs.evolve(WANTED, quantity=quantity), NOW)

    if not 1 <= quantity <= most:
        assert isinstance(outcome, InvalidRequest)
        assert [fault.field for fault in outcome.errors] == ["quantity"]
    elif quantity > 20 - held - sold:
        assert outcome == SoldOut(20 - held - sold)
    else:
        assert isinstance(outcome, Order)
        assert (outcome.quantity, outcome.total) == (quantity, event.price.times(quantity))


@given(
    st.sampled_from(EventStatus),
    st.integers(-2, 12),
    st.integers(1, 10),
    st.sampled_from([-1, 0, 1]),
    st.integers(0, 20),
    st.sampled_from([None, NOW]),
    st.sampled_from(["sale_starts_at", "sale_ends_at", "date"]),
)
def test_the_terms_of_sale_admit_what_the_rule_does_not_refuse(
    status: EventStatus, quantity: int, most: int, late: int, held: int, start: datetime | None, near: str
) -> None:
    """Whatever is free: what the terms do not admit is refused otherwise than as sold out, and nothing else is."""
    event = attrs.evolve(EVENT, capacity=20, held=held, status=status, max_per_order=most, sale_starts_at=start)
    event = attrs.evolve(event, sale_ends_at=NOW + 9 * MILLISECOND if near == "sale_ends_at" else None)
    now = (getattr(event, near) or NOW) + late * MILLISECOND
    outcome = reservations.reserve(event, attrs.evolve(WANTED, quantity=quantity), now)

    assert event.terms.admit(quantity, now) == (not isinstance(outcome, InvalidRequest | SalesClosed | SalesNotOpen))


@given(prices, st.integers(1, events.MAX_PER_ORDER))
@example(Money(MAX_MINOR_UNITS, Currency("EUR")), 2)
@example(Money(MAX_MINOR_UNITS // events.MAX_PER_ORDER, Currency("EUR")), events.MAX_PER_ORDER)
def test_an_event_that_can_be_created_can_be_bought(price: Money, quantity: int) -> None:
    """No price is accepted whose total for an allowed order would be too large."""
    draft = attrs.evolve(DRAFT, capacity=quantity, price=price.amount, currency=price.currency, max_per_order=quantity)
    event = events.create(EVENT_ID, draft, NOW)
    if isinstance(event, InvalidRequest):
        assert price.minor * events.MAX_PER_ORDER > MAX_MINOR_UNITS
        return

    outcome = reservations.reserve(event, attrs.evolve(WANTED, quantity=quantity), NOW)

    assert isinstance(outcome, Order)
    assert outcome.total == Money(price.minor * quantity, price.currency)


def test_refusals_come_in_one_order() -> None:
    """A closed event is reported before a wrong quantity, and that before too few places."""
    full = attrs.evolve(EVENT, capacity=1)
    closed = attrs.evolve(full, status=EventStatus.CLOSED)
    too_many = attrs.evolve(WANTED, quantity=5)

    assert reservations.reserve(closed, too_many, NOW) == SalesClosed("closed")
    assert isinstance(reservations.reserve(full, too_many, NOW), InvalidRequest)
    assert reservations.reserve(full, WANTED, NOW) == SoldOut(1)


def test_nothing_is_reserved_once_the_event_has_begun() -> None:
    """The last millisecond before its date is the last that sells."""
    assert isinstance(reservations.reserve(EVENT, WANTED, DOORS - MILLISECOND), Order)
    assert reservations.reserve(EVENT, WANTED, DOORS) == SalesClosed("begun")


def test_the_deadline_itself_is_too_late() -> None:
    """One millisecond before it the order is reserved, at it the order is expired."""
    assert not reservations.is_due(ORDER, DEADLINE - MILLISECOND)
    assert reservations.as_of(ORDER, DEADLINE - MILLISECOND) == ORDER
    for moment in (DEADLINE, DEADLINE + MILLISECOND):
        expired = reservations.as_of(ORDER, moment)
        assert reservations.is_due(ORDER, moment)
        assert (expired.status, expired.problem) == (OrderStatus.EXPIRED, Problem.RESERVATION_EXPIRED)


@pytest.mark.parametrize("status", statuses_but(OrderStatus.RESERVED))
def test_time_ends_nothing_but_a_reservation(status: OrderStatus) -> None:
    """An order in any other status is the same however late it is."""
    assert not reservations.is_due(ORDERS[status], DEADLINE + timedelta(days=1))
    assert reservations.as_of(ORDERS[status], DEADLINE + timedelta(days=1)) == ORDERS[status]


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_that_expires_occupies_no_places(status: OrderStatus) -> None:
    """As of its deadline a reservation has given its places back; every other order is as it was."""
    late = reservations.as_of(ORDERS[status], DEADLINE)

    assert late.places == (0 if status is OrderStatus.RESERVED else ORDERS[status].places)


def reserved_for(event_status: EventStatus) -> OrderRecord:
    return attrs.evolve(RECORDS[OrderStatus.RESERVED], event_status=event_status)


@pytest.mark.parametrize("event_status", EventStatus)
def test_a_reservation_can_be_cancelled_until_its_deadline(event_status: EventStatus) -> None:
    """One millisecond before it is early enough, whatever became of the event."""
    early = DEADLINE - MILLISECOND
    cancelled = ORDERS[OrderStatus.CANCELLED]

    assert reservations.cancel(reserved_for(event_status), early) == Decision(
        cancelled, None, entries=(journal.transition(cancelled, early),)
    )


@pytest.mark.parametrize("late", [DEADLINE, DEADLINE + MILLISECOND])
@pytest.mark.parametrize("event_status", EventStatus)
def test_an_expired_reservation_cannot_be_cancelled(event_status: EventStatus, late: datetime) -> None:
    """At its deadline a reservation has expired, whether or not a sweep has recorded it."""
    assert reservations.cancel(reserved_for(event_status), late) == OrderNotCancellable("expired")


@pytest.mark.parametrize("now", [NOW, DEADLINE + MILLISECOND])
def test_a_cancellation_is_idempotent(now: datetime) -> None:
    """The second time, even after the deadline, changes nothing."""
    record = RECORDS[OrderStatus.CANCELLED]

    assert reservations.cancel(record, now) == record.unchanged()


@pytest.mark.parametrize("status", statuses_but(OrderStatus.RESERVED, OrderStatus.CANCELLED))
def test_only_a_reserved_order_can_be_cancelled(status: OrderStatus) -> None:
    """Every other order refuses and says in which status it is."""
    assert reservations.cancel(RECORDS[status], NOW) == OrderNotCancellable(status.value)

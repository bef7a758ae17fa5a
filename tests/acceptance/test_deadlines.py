"""A reservation ends at its deadline by itself: not at the next sweep, and never after it was confirmed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest

from tests.acceptance import ledger_state
from tests.acceptance.crowd import at_once, audited, repeating
from tests.acceptance.installation import Installation
from ticketcore import BoxOffice, LiveEvent, Order, OrderStatus, Problem
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import ReservationExpired, SoldOut
from ticketcore_bootstrap import Assembly

#: How long before or after its deadline an order is paid: two clearly late, the others in its very instant.
_OFFSETS = [timedelta(milliseconds=offset) for offset in (*range(-28, 28), 300, 200)]
_EARLY = 2
_ORDERS = len(_OFFSETS) + _EARLY
#: All pay for one event at the same time, and a lock is waited for only so long.
_TRIES = 10


@pytest.fixture
def short(installation: Installation) -> Installation:
    """Return an installation whose reservations last two seconds and on which nothing runs."""
    return installation.having(HOLD_SECONDS="2")


@pytest.fixture
def assembly(short: Installation) -> Iterator[Assembly]:
    """Yield the library on it."""
    with short.opened() as opened:
        yield opened


def wait_until(box_office: BoxOffice, moment: datetime) -> None:
    """Sleep until the box office's clock shows this moment."""
    while (left := (moment - box_office.ports.clock.now()).total_seconds()) > 0:
        time.sleep(left)


def deadline_of(order: Order) -> datetime:
    """Return when a reservation ends."""
    assert order.expires_at is not None
    return order.expires_at


def available(box_office: BoxOffice, event_id: EventId) -> int:
    """Return the places that are shown as free."""
    live = box_office.event(event_id)
    assert isinstance(live, LiveEvent)
    return live.available


def reserved(outcome: object) -> Order:
    """Return the order, which must not be a refusal."""
    assert isinstance(outcome, Order), outcome
    return outcome


def test_a_reservation_ends_without_anyone_sweeping(short: Installation, assembly: Assembly) -> None:
    """Past the deadline the place is shown and sold to the next buyer, and the first can no longer pay."""
    box_office = assembly.box_office
    event_id = short.create_event(capacity=1)
    first = reserved(box_office.reserve(event_id, 1, "ann@example.com"))
    assert available(box_office, event_id) == 0
    assert box_office.reserve(event_id, 1, "bob@example.com") == SoldOut(0)

    wait_until(box_office, deadline_of(first))
    assert available(box_office, event_id) == 1
    assert ledger_state.orders_by_status(short, event_id) == {"reserved": 1}, "somebody has swept"

    second = reserved(box_office.reserve(event_id, 1, "bob@example.com"))
    assert second.status is OrderStatus.RESERVED
    assert available(box_office, event_id) == 0
    assert box_office.pay(first.id, "tok_approved") == ReservationExpired(deadline_of(first))
    ended = reserved(box_office.order(first.id))
    assert (ended.status, ended.problem) == (OrderStatus.EXPIRED, Problem.RESERVATION_EXPIRED)
    assert ledger_state.orders_by_status(short, event_id) == {"expired": 1, "reserved": 1}
    assert short.audit(event_id).held == 1


def _paid(box_office: BoxOffice, order: Order) -> object:
    for _ in range(_TRIES):
        with suppress(Unavailable):
            return box_office.pay(order.id, "tok_approved")
    raise AssertionError("the ledger stays busy")


def pay_at(box_office: BoxOffice, order: Order, moment: datetime) -> OrderStatus:
    """Pay an order at a moment, again while the ledger is busy, and return what the buyer is told of it."""
    wait_until(box_office, moment)
    match _paid(box_office, order):
        case Order(status=status):
            return status
        case ReservationExpired():
            return OrderStatus.EXPIRED
        case refusal:
            raise AssertionError(f"nobody may hear {refusal}")


def test_paying_in_the_instant_of_the_deadline_is_paying_or_being_late(short: Installation, assembly: Assembly) -> None:
    """While others reserve and sweep, each payment at the deadline is confirmed or late, and stays what it was called."""
    box_office = assembly.box_office
    event_id = short.create_event(capacity=_ORDERS)
    early = [reserved(box_office.reserve(event_id, 1, "ann@example.com")).id for _ in range(_EARLY)]
    paid_early = {order_id: reserved(box_office.pay(order_id, "tok_approved")).status for order_id in early}
    orders = [reserved(box_office.reserve(event_id, 1, "ann@example.com")) for _ in _OFFSETS]
    moments = [deadline_of(order) + offset for order, offset in zip(orders, _OFFSETS, strict=True)]
    pays = [partial(pay_at, box_office, *each) for each in zip(orders, moments, strict=True)]

    with (
        short.opened() as other,
        audited(short, event_id),
        repeating(
            partial(box_office.reserve, event_id, 1, "bob@example.com"), box_office.sweep, other.box_office.sweep
        ),
    ):
        told = paid_early | dict(zip([order.id for order in orders], at_once(pays), strict=True))

    assert set(told.values()) == {OrderStatus.PROCESSING, OrderStatus.EXPIRED}
    wait_until(box_office, box_office.ports.clock.now() + box_office.hold)
    short.run("sweep")
    short.run("worker", "--once")
    became = {order_id: reserved(box_office.order(order_id)).status for order_id in told}
    after = {OrderStatus.PROCESSING: OrderStatus.PAID, OrderStatus.EXPIRED: OrderStatus.EXPIRED}
    assert became == {order_id: after[status] for order_id, status in told.items()}
    paid = Counter(became.values())[OrderStatus.PAID]
    assert ledger_state.orders_by_status(short, event_id).keys() == {"paid", "expired"}
    assert Counter(charge.order_id for charge in ledger_state.charges(short)) == Counter(
        order_id for order_id, status in became.items() if status is OrderStatus.PAID
    )
    audit = short.audit(event_id)
    assert (audit.sold, audit.held) == (paid, 0)

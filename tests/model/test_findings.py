"""Regression tests of what the models found: each replays a counterexample with the real adapters, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from tests.adapters.counters import counting, raw
from tests.use_cases.harness import BUYER, HOLD, MILLISECOND, Office, office
from ticketcore import Order
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.refusals import InvalidRequest, SoldOut
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.ports import Inventory
from ticketcore.ports.inventory import FLIGHT
from ticketcore_memory import MemoryInventory, MemoryOrders
from ticketcore_redis.key_names import Keys
from ticketcore_testing.samples import OPEN


@pytest.fixture(params=["memory", "redis"])
def inventory(request: pytest.FixtureRequest) -> Inventory:
    """Return an empty inventory."""
    return MemoryInventory() if request.param == "memory" else empty(request.getfixturevalue("redis_url"))


def empty(redis_url: str) -> Inventory:
    """Return an inventory on an empty server, because every office here begins with the same ids."""
    with raw(redis_url) as client:
        client.flushall()
    return counting(redis_url)


@attrs.define(eq=False)
class Between(MemoryOrders):
    """Orders that run actions of other processes, each once, just before or after a statement."""

    before_reserve: list[Callable[[], object]] = attrs.field(factory=list)
    after_reserve: list[Callable[[], object]] = attrs.field(factory=list)
    after_expire: list[Callable[[], object]] = attrs.field(factory=list)

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        _run(self.before_reserve)
        outcome = super().reserve(wanted, now)
        _run(self.after_reserve)
        return outcome

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        changes = super().expire_due(event_id, now, limit)
        _run(self.after_expire)
        return changes


def _run(actions: list[Callable[[], object]]) -> None:
    if actions:
        actions.pop(0)()


def opened(capacity: int, inventory: Inventory) -> tuple[Office, Between]:
    """Return an office, and its orders, which let other processes act between its steps."""
    there = office(capacity, inventory=inventory)
    orders = there.box_office.ports.orders
    assert isinstance(orders, MemoryOrders)
    between = Between(orders._ledger)
    there.box_office.ports = there.box_office.ports.replacing(orders=between)
    return there, between


def test_a_request_for_more_than_is_allowed_turns_no_buyer_away(inventory: Inventory) -> None:
    """A request that will be refused takes no places, so another buyer at the same moment gets one of a thousand."""
    there, between = opened(1000, inventory)
    asked: list[int] = []
    between.before_reserve.append(lambda: asked.append(there.available))

    assert isinstance(there.box_office.reserve(there.event_id, 1000, BUYER), InvalidRequest)

    assert not asked, "the places were taken, and then the ledger was asked"
    there.reserve()
    assert asked == [999]


def test_a_refused_call_does_not_make_the_counter_forget_the_order(inventory: Inventory) -> None:
    """Of two calls with one key the second wins; when that reservation is due, the next buyer has its place at once."""
    there, between = opened(1, inventory)
    first: list[Order] = []

    def slow_caller() -> None:
        """The first order is reserved, its caller sleeps, its take lapses; another buyer comes twice with one key."""
        there.clock.move(FLIGHT)
        first.extend(there.box_office.ports.orders._ledger.orders.values())  # type: ignore[attr-defined]  # The memory adapter's own rows.
        between.after_reserve.append(second_call)
        assert isinstance(there.box_office.reserve(there.event_id, 1, BUYER, "a key of a buyer"), SoldOut)

    def second_call() -> None:
        there.box_office.cancel(first[0].id)
        there.reserve(key="a key of a buyer")

    between.after_reserve.append(slow_caller)
    there.reserve()
    there.clock.move(HOLD)

    assert there.available == 1
    there.reserve()


def test_a_reservation_made_after_due_twice_is_known_to_the_counter(inventory: Inventory) -> None:
    """Reservations become due one after the other; the counter knows of the one that got their places, and of its deadline."""
    there, between = opened(2, inventory)
    there.reserve()
    there.clock.move(MILLISECOND)
    there.reserve()
    there.clock.move(HOLD - MILLISECOND)

    between.after_expire.append(lambda: there.clock.move(MILLISECOND))
    there.reserve(2)
    there.clock.move(HOLD)

    assert there.available == 2
    there.reserve()


def test_a_sweep_repairs_the_counter_of_an_event_that_has_begun(inventory: Inventory) -> None:
    """A refund after the beginning may still change the places, and its sync may be lost."""
    there, _ = opened(10, inventory)
    there.clock.move(timedelta(days=31))
    inventory.reset(Availability(there.event_id, 0, 3), OPEN, there.clock.now())

    there.box_office.sweep()

    assert there.available == 10


def test_an_order_whose_message_was_lost_is_not_processing_for_ever() -> None:
    """A queue may be emptied, and dead letters expire; the ledger still has the orders that need work."""
    there, _ = opened(1, MemoryInventory())
    order = there.reserve()
    there.box_office.pay(order.id, "tok_approved")
    [lost] = there.box_office.ports.payment_queue.receive(1, there.clock.now())
    there.box_office.ports.payment_queue.done([lost])

    there.clock.move(timedelta(days=14))
    there.box_office.pay(order.id, "tok_approved")
    there.box_office.sweep()
    there.box_office.work()

    assert there.order(order).status is OrderStatus.PAID


def test_a_counter_whose_flights_were_evicted_is_unknown(redis_url: str) -> None:
    """A counter that lost any of its keys never shows too few places, not even until the next sweep."""
    there, between = opened(10, empty(redis_url))
    flights = Keys(clustered=False).event(there.event_id)[2]

    with raw(redis_url) as client:
        between.before_reserve.append(lambda: client.delete(flights))
        there.reserve(4)

    assert there.available == 6

"""Counters on a real Redis, and the values of its keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import attrs
from redis import Redis, RedisCluster

from ticketcore.domain.availability import Availability
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Due, Repeated, Taken, TooFew, Unknown
from ticketcore.ports.inventory import FLIGHT
from ticketcore_redis import RedisInventory, RedisServer
from ticketcore_redis.key_names import Keys
from ticketcore_testing.samples import OPEN, free_places, new_reservation, new_show

HOLD = timedelta(minutes=15)
WEEK = timedelta(days=7)


def now() -> datetime:
    """Return the time by which a server expires keys, in whole milliseconds as it does."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def counting(url: str) -> RedisInventory:
    """Return an inventory with connections of its own."""
    return RedisInventory(RedisServer(url))


def raw(url: str) -> Redis:
    """Return a client of a server."""
    return Redis.from_url(url, decode_responses=True, socket_timeout=60)


def raw_cluster(url: str) -> RedisCluster:
    """Return a client of a cluster."""
    return RedisCluster.from_url(url.replace("+cluster", ""), decode_responses=True)


@attrs.frozen
class Counted:
    """An event with a counter for its ten places, which is created unless it is ``there``."""

    inventory: RedisInventory
    event: Event = attrs.field(factory=lambda: new_show(10))
    there: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.there:
            self.inventory.reset(self.event.availability, OPEN, now())

    def by(self, url: str) -> Counted:
        """Return the same counter over another inventory, as in another process."""
        return Counted(counting(url), self.event, there=True)

    def availability(self, version: int, available: int) -> Availability:
        return Availability(self.event.id, version, available)

    def wanted(self, quantity: int = 1) -> ReservationRequest:
        return new_reservation(self.event, quantity, now() + HOLD)

    def take(self, quantity: int = 1) -> ReservationRequest:
        wanted = self.wanted(quantity)
        assert self.inventory.take(wanted, now()) == Taken()
        return wanted

    def sync(self, order_id: OrderId, availability: Availability | None, *, keep: bool = True) -> None:
        self.inventory.sync(self.event.id, order_id, availability, keep=keep)

    def free(self) -> int | None:
        return free_places(self.inventory, [self.event.id], now()).get(self.event.id)

    def keys(self, order: ReservationRequest, *, clustered: bool = False) -> list[str]:
        """Return all keys of the event and of one reservation."""
        return Keys(clustered).reservation(self.event.id, order.order_id)

    def every_call(self) -> Sequence[Callable[[], object]]:
        """Return a call of every method; each sends a command to the server."""
        return (
            lambda: self.inventory.take(self.wanted(), now()),
            lambda: self.sync(self.wanted().order_id, self.availability(9, 5), keep=False),
            lambda: self.inventory.reset(self.availability(9, 5), OPEN, now()),
            lambda: free_places(self.inventory, [self.event.id], now()),
            lambda: free_places(self.inventory, [self.event.id, new_show().id], now()),
            lambda: self.inventory.drop(self.event.id),
            self.inventory.check,
        )


def assert_it_counts(inventory: RedisInventory) -> None:
    """Run every script and check its result: take, repeat, refuse, sync, due, reset, lapse, read, drop."""
    inventory.check()
    counted = Counted(inventory)
    wanted = counted.take(7)
    assert inventory.take(wanted, now()) == Repeated()
    assert inventory.take(counted.wanted(4), now()) == TooFew(3, in_flight=7)
    counted.sync(wanted.order_id, counted.availability(2, 3))
    assert inventory.take(counted.wanted(4), now() + HOLD) == Due()
    assert inventory.take(counted.wanted(4), now() + HOLD) == TooFew(3)
    counted.take(2)
    assert counted.free() == 1
    assert inventory.reset(counted.availability(1, 10), OPEN, now()) == -7
    assert free_places(inventory, [counted.event.id, new_show().id], now() + 2 * FLIGHT) == {counted.event.id: 10}
    inventory.drop(counted.event.id)
    assert inventory.take(wanted, now()) == Unknown()


def why(call: Callable[[], object]) -> str | None:
    """Make a call and return the reason of its ``Unavailable``."""
    try:
        call()
    except Unavailable as failure:
        return failure.reason
    return None


def eventually(check: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + 30
    while not check():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)

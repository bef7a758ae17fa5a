"""The live counter on Redis: the counter protocol of the port as Lua scripts, each one round trip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache

import attrs

from ticketcore.domain import timestamps
from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.events import MAX_PER_ORDER
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Counter, Due, Inventory, Limited, NotAdmitted, Repeated, Take, Taken, TooFew, Unknown
from ticketcore.ports.inventory import BEGINNING, FLIGHT
from ticketcore_redis.breaker import Breaker
from ticketcore_redis.connection import RedisServer
from ticketcore_redis.key_names import Keys

#: A flight's score holds its quantity below the millisecond (take.lua), so quantities must be less than this.
_STEPS = 1024
assert MAX_PER_ORDER < _STEPS, "a flight could not hold its quantity"

_TAKES: dict[str, Take] = {
    "taken": Taken(),
    "repeated": Repeated(),
    "due": Due(),
    "unknown": Unknown(),
    "not_admitted": NotAdmitted(),
    "limited": Limited(),
}


@attrs.frozen(eq=False)
class RedisInventory(Inventory):
    """Counts on a server or a cluster; one that does not respond is not called for a while (``Breaker``)."""

    _server: RedisServer
    _breaker: Breaker = attrs.field(factory=lambda: Breaker("inventory"))

    @property
    def counts(self) -> bool:
        return True

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        arguments = (
            wanted.event_id,
            wanted.order_id,
            wanted.quantity,
            timestamps.milliseconds(wanted.expires_at),
            timestamps.milliseconds(now),
            timestamps.milliseconds(now + FLIGHT) * _STEPS + wanted.quantity,
            _lapsed(now),
            int(wanted.is_vetted),
        )
        keys = self._keys.reservation(wanted.event_id, wanted.order_id)
        with self._breaker.guard():
            status, *places = self._server.run("take", keys, arguments)
        return _TAKES.get(status) or TooFew(*places)

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        version, free = (availability.version, availability.available) if availability else ("", "")
        keys = self._keys.reservation(event_id, order_id)
        with self._breaker.guard():
            self._server.run("sync", keys, (order_id, int(keep), version, free))

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        arguments = (
            availability.version,
            availability.available,
            _lapsed(now),
            timestamps.milliseconds(now),
            terms.revision,
            terms.max_quantity,
            "" if terms.starts_at is None else timestamps.milliseconds(terms.starts_at),
            timestamps.milliseconds(terms.ends_at),
            int(terms.limits_customers),
            timestamps.milliseconds(now if availability.version else BEGINNING),
        )
        keys = self._keys.event(availability.event_id)
        with self._breaker.guard():
            drift: int | None = self._server.run("reset", keys, arguments)
        return drift

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        if not event_ids:
            return {}
        keys = self._keys
        groups = [keys.event(event_id) for event_id in event_ids]
        arguments = (_lapsed(now), timestamps.milliseconds(now), timestamps.milliseconds(now - FLIGHT))
        with self._breaker.guard():
            found = self._server.read_each("counter", groups, arguments)
        return {event_id: _counter(line) for event_id, line in zip(event_ids, found, strict=True) if line}

    def drop(self, event_id: EventId) -> None:
        keys = self._keys.event(event_id)
        with self._breaker.guard():
            self._server.delete(keys)

    def check(self) -> None:
        # Write instead of PING: a read-only replica would keep serving stale counters.
        keys = self._keys.reservation(EventId("none"), OrderId("none"))
        self._server.run("sync", keys, ("none", 0, "", ""))

    @property
    def _keys(self) -> Keys:
        return Keys(self._server.is_cluster)


# Most lines of a page are those of the request before.
@lru_cache(maxsize=1024)
def _counter(line: str) -> Counter:
    available, may_be_due, revision, since = map(int, line.split(" "))
    return Counter(available, bool(may_be_due), revision, timestamps.from_milliseconds(since))


def _lapsed(now: datetime) -> int:
    """Return the score below which flights have lapsed; those of this very millisecond have."""
    return (timestamps.milliseconds(now) + 1) * _STEPS

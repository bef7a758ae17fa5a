"""The names of the keys: public, see the reference of Redis keys."""

from __future__ import annotations

from functools import lru_cache

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.limits import LimitedAct


@attrs.frozen
class Keys:
    """Names keys; on a cluster the event's id is a hash tag, so that all keys of one event share a slot.

    Every method raises ``Unavailable`` for an id that cannot be part of a key.  No event has such an id.
    """

    clustered: bool

    def event(self, event_id: EventId) -> tuple[str, ...]:
        """Return the keys of one event: the free places, their version, the takes in flight, the deadlines."""
        return _of_event(self._tag(event_id))

    def reservation(self, event_id: EventId, order_id: OrderId) -> list[str]:
        """Return all keys of one reservation: its event's and its own."""
        own = f"reservation:{self._tag(event_id)}:{order_id}" if self.clustered else f"reservation:{order_id}"
        return [*self.event(event_id), own]

    def _tag(self, event_id: EventId) -> str:
        # A hash tag ends at the first brace, and an empty tag is ignored: the keys would lie in different slots.
        if not event_id.isascii() or (self.clustered and event_id[:1] in ("", "}")):
            raise Unavailable("inventory", "no key can be made of such an id")
        return f"{{{event_id}}}" if self.clustered else event_id


# A page of events names those of all, at each request.
@lru_cache(maxsize=1024)
def _of_event(tag: str) -> tuple[str, ...]:
    return tuple(f"event:{tag}:{part}" for part in ("available", "counter", "flights", "deadlines"))


def limit(act: LimitedAct, client: str) -> list[str]:
    """Return the key of one client's count of an act; raise ``Unavailable`` for a name that cannot be part of a key."""
    if not client.isascii():
        raise Unavailable("limits", "no key can be made of such a name")
    return [f"event:limits:{act}:{client}"]

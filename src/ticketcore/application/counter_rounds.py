"""Which counters a service compares with the ledger: at once those of events that buyers have asked for, the rest in turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from ticketcore.application import reconciling
from ticketcore.application.reconciling import Repair
from ticketcore.domain.events import Event, EventFilter
from ticketcore.domain.ids import EventId
from ticketcore.ports import Ports

#: How long after its beginning an event's places may still change, by refunds.
_AFTERWARDS = timedelta(days=7)
_CHUNK = 100
_MOST_ASKED_FOR = 10_000


@attrs.define(eq=False)
class CounterRounds:
    """Goes round the counters of all events, some at each call, so that quiet events cost next to nothing.

    A counter that is wrong although buyers ask for its event is repaired at the next call.
    """

    _ports: Ports
    _most: int = _CHUNK
    _asked_for: set[EventId] = attrs.field(init=False, factory=set)
    _after: tuple[datetime, EventId] | None = attrs.field(init=False, default=None)

    def ask_for(self, event_id: EventId) -> None:
        """Have the counter of an event compared at the next call."""
        if len(self._asked_for) < _MOST_ASKED_FOR:
            self._asked_for.add(event_id)

    def repair(self) -> tuple[Repair, ...]:
        """Repair at most ``most`` counters of events that were asked for, and as many of the next ones in turn.

        Raises ``Unavailable`` if the ledger or the counters cannot be reached.
        """
        if not self._ports.inventory.counts:
            return ()
        page = self._ports.events.list(_coming(self._ports), self._after, self._most)
        self._after = page.after
        return tuple(reconciling.repair(self._ports, [*self._next_asked_for(), *page.items]))

    def repair_asked_for(self) -> tuple[Repair, ...]:
        """Repair at most ``most`` counters of events that were asked for, as ``repair`` does."""
        if not self._ports.inventory.counts:
            return ()
        found = self._next_asked_for()
        return tuple(reconciling.repair(self._ports, found)) if found else ()

    def _next_asked_for(self) -> list[Event]:
        asked_for = [self._asked_for.pop() for _ in range(min(self._most, len(self._asked_for)))]
        return [event for event_id in asked_for if (event := self._ports.events.get(event_id))]


def repair_all(ports: Ports) -> tuple[Repair, ...]:
    """Repair every counter; raise ``Unavailable`` if the ledger or the counters cannot be reached."""
    if not ports.inventory.counts:
        return ()
    repaired: list[Repair] = []
    after = None
    while True:
        page = ports.events.list(_coming(ports), after, _CHUNK)
        repaired += reconciling.repair(ports, page.items)
        after = page.after
        if after is None:
            return tuple(repaired)


def _coming(ports: Ports) -> EventFilter:
    return EventFilter(starts_after=ports.clock.now() - _AFTERWARDS)

"""Events with the places that are free at this moment: the counter's, or the ledger's where there is no counter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from ticketcore.application.recently_read import RecentlyRead
from ticketcore.domain import checks
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import MAX_PAGE, Event, EventFilter, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import EventNotFound, InvalidRequest
from ticketcore.ports import Counter, Ports

_STATUS = checks.optional(checks.instance_of(EventStatus))
_STARTS_AFTER = checks.optional(checks.date)
_AFTER = checks.optional(checks.cursor)
_LIMIT = checks.whole(MAX_PAGE)


@attrs.frozen
class LiveEvent:
    """An event with the places that are free at this moment; what ``event`` counts may be a second older."""

    event: Event
    available: int


@attrs.frozen
class LivePage:
    """One page of events; ``after`` is where the next begins, or ``None``."""

    items: tuple[LiveEvent, ...]
    after: tuple[datetime, EventId] | None


@attrs.define(eq=False)
class LiveEvents:
    """Shows events one by one.

    An event that was read is shown again for a second, as long as the counter says that it has not been changed.
    """

    _ports: Ports
    _known: RecentlyRead[EventId, Event] = attrs.field(init=False, factory=RecentlyRead)

    def get(self, event_id: EventId) -> LiveEvent | EventNotFound:
        """Return an event with its free places; raise ``Unavailable`` if the ledger is needed and cannot be reached."""
        now = self._ports.clock.now()
        counter = _counters(self._ports, [event_id], now).get(event_id)
        event = self._described(event_id, counter, now)
        if event is None:
            return EventNotFound()
        if counter is None:
            return LiveEvent(event, event.available + self._ports.events.due([event_id], now).get(event_id, 0))
        return LiveEvent(event, counter.available + counter.due)

    def _described(self, event_id: EventId, counter: Counter | None, now: datetime) -> Event | None:
        known = self._known.get(event_id, now)
        if known and counter and known.revision == counter.revision:
            return known
        found = self._ports.events.get(event_id)
        if found is not None:
            self._known.put(event_id, found, now)
        return found


def live(ports: Ports, found: Sequence[Event]) -> tuple[LiveEvent, ...]:
    """Return events with their free places.

    Reservations that are due count as free, whether or not a sweep has expired them.
    """
    now = ports.clock.now()
    counters = _counters(ports, [event.id for event in found], now)
    due = ports.events.due([event.id for event in found if event.id not in counters], now)
    free = {event_id: counter.available + counter.due for event_id, counter in counters.items()}
    return tuple(LiveEvent(event, free.get(event.id, event.available + due.get(event.id, 0))) for event in found)


def live_page(
    ports: Ports, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int
) -> LivePage | InvalidRequest:
    """Return one page of events with their free places, soonest first."""
    refusal = checks.invalid(
        status=_STATUS(wanted.status),
        starts_after=_STARTS_AFTER(wanted.starts_after),
        after=_AFTER(after),
        limit=_LIMIT(limit),
    )
    if refusal:
        return refusal
    page = ports.events.list(wanted, after, limit)
    return LivePage(live(ports, page.items), page.after)


def _counters(ports: Ports, event_ids: Sequence[EventId], now: datetime) -> Mapping[EventId, Counter]:
    try:
        return ports.inventory.counters(event_ids, now)
    except Unavailable:
        return {}

"""Events with the places that are free at this moment: the counter's, or the ledger's where there is no counter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from ticketcore.application.recently_read import RecentlyRead
from ticketcore.domain import checks, event_search, ids
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import MAX_PAGE, Event, EventFilter, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import EventNotFound, InvalidRequest
from ticketcore.ports import Counter, EventPage, Ports

_STATUS = checks.optional(checks.instance_of(EventStatus))
_STARTS_AFTER = checks.optional(checks.date)
_AFTER = checks.optional(checks.cursor(ids.event_id))
_LIMIT = checks.whole(MAX_PAGE)
#: A search looks at so many pages of the ledger at most, and goes on from there when the next page is asked for.
_PAGES_SEARCHED = 10


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
    """Shows events with their free places; reservations that are due count as free, whether or not a sweep has expired them.

    The ledger is asked for these if the counter says that there may be some, or is younger than ``hold``, for which
    reservations last: it may not know of all; and always without a ``hold``.  An event that was read is shown again for a second, as long as the counter says that it has not been
    changed.  Every method raises ``Unavailable`` if the ledger is needed and cannot be reached.
    """

    _ports: Ports
    _hold: timedelta | None
    _known: RecentlyRead[EventId, Event] = attrs.field(init=False, factory=RecentlyRead)

    def get(self, event_id: EventId) -> LiveEvent | EventNotFound:
        """Return an event with its free places."""
        now = self._ports.clock.now()
        counters = self._counters([event_id], now)
        event = self._described(event_id, counters.get(event_id), now)
        return EventNotFound() if event is None else self._live([event], counters, now)[0]

    def of(self, found: Sequence[Event]) -> tuple[LiveEvent, ...]:
        """Return events that were just read with their free places."""
        now = self._ports.clock.now()
        return self._live(found, self._counters([event.id for event in found], now), now)

    def page(
        self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int, search: str = ""
    ) -> LivePage | InvalidRequest:
        """Return one page of events with their free places, soonest first; of a ``search``, those that have all its words.

        A page of a search may have fewer than ``limit`` events, or none, and another page after it.
        """
        refusal = checks.invalid(
            status=_STATUS(wanted.status),
            starts_after=_STARTS_AFTER(wanted.starts_after),
            after=_AFTER(after),
            limit=_LIMIT(limit),
            search=event_search.check(search),
        )
        if refusal:
            return refusal
        words = event_search.words_of(search)
        page = self._searched(wanted, words, after, limit) if words else self._ports.events.list(wanted, after, limit)
        return LivePage(self.of(page.items), page.after)

    def _searched(
        self, wanted: EventFilter, words: Sequence[str], after: tuple[datetime, EventId] | None, limit: int
    ) -> EventPage:
        found: list[Event] = []
        for _ in range(_PAGES_SEARCHED):
            page = self._ports.events.list(wanted, after, MAX_PAGE)
            found += [event for event in page.items if event_search.matches(event, words)]
            after = page.after
            if len(found) > limit:
                last = found[limit - 1]
                return EventPage(tuple(found[:limit]), (last.date, last.id))
            if after is None:
                break
        return EventPage(tuple(found), after)

    def _described(self, event_id: EventId, counter: Counter | None, now: datetime) -> Event | None:
        known = self._known.get(event_id, now)
        if known and counter and known.revision == counter.revision:
            return known
        found = self._ports.events.get(event_id)
        if found is not None:
            self._known.put(event_id, found, now)
        return found

    def _live(
        self, found: Sequence[Event], counters: Mapping[EventId, Counter], now: datetime
    ) -> tuple[LiveEvent, ...]:
        unsure = [event.id for event in found if not self._has_none_due(counters.get(event.id), now)]
        due = self._ports.events.due(unsure, now) if unsure else {}

        def free(event: Event) -> int:
            counter = counters.get(event.id)
            return (counter.available if counter else event.available) + due.get(event.id, 0)

        return tuple(LiveEvent(event, free(event)) for event in found)

    def _has_none_due(self, counter: Counter | None, now: datetime) -> bool:
        if counter is None or self._hold is None or counter.may_be_due:
            return False
        return now - counter.since >= self._hold

    def _counters(self, event_ids: Sequence[EventId], now: datetime) -> Mapping[EventId, Counter]:
        try:
            return self._ports.inventory.counters(event_ids, now)
        except Unavailable:
            return {}

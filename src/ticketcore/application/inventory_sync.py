"""The live counter beside the ledger: kept in sync, repaired and read.

A counter that cannot be reached costs speed only, so nothing here fails because of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain import checks
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import MAX_PAGE, Event, EventFilter, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import Change, OrderStatus
from ticketcore.domain.refusals import InvalidRequest
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Ports

_STATUS = checks.optional(checks.instance_of(EventStatus))
_STARTS_AFTER = checks.optional(checks.date)
_AFTER = checks.optional(checks.cursor)
_LIMIT = checks.whole(MAX_PAGE)


@attrs.frozen
class Repair:
    """A counter that was wrong: ``drift`` is what it had too much, ``None`` if there was no counter."""

    event_id: EventId
    drift: int | None

    def __str__(self) -> str:
        return (
            "the counter was created again"
            if self.drift is None
            else f"the counter was repaired, drift {self.drift:+d}"
        )


@attrs.frozen
class LiveEvent:
    """An event with the places that are free at this moment."""

    event: Event
    available: int


@attrs.frozen
class LivePage:
    """One page of events; ``after`` is where the next begins, or ``None``."""

    items: tuple[LiveEvent, ...]
    after: tuple[datetime, EventId] | None


def sync(ports: Ports, change: Change) -> None:
    """Bring the counter to the ledger's version.  Losing this costs nothing."""
    order = change.order
    try:
        ports.inventory.sync(order.event_id, order.id, change.availability, keep=order.status is OrderStatus.RESERVED)
    except Unavailable:
        return


def give_back(ports: Ports, wanted: ReservationRequest, *, keep: bool) -> None:
    """End a take that the ledger did not follow; ``keep`` tells whether there is a reservation all the same."""
    event = ports.events.get(wanted.event_id)
    try:
        ports.inventory.sync(wanted.event_id, wanted.order_id, event.availability if event else None, keep=keep)
    except Unavailable:
        return


def end_take(ports: Ports, wanted: ReservationRequest) -> None:
    """Give the places of a take back at once after the ledger could not be reached, best effort: otherwise it lapses.

    The reservation stays known, for the ledger may have it.
    """
    try:
        ports.inventory.sync(wanted.event_id, wanted.order_id, None, keep=True)
    except Unavailable:
        return


def forget(ports: Ports, event_id: EventId) -> None:
    """Drop a counter that no longer knows which reservations are due, best effort: the next buyer has it created again."""
    try:
        ports.inventory.drop(event_id)
    except Unavailable:
        return


def reconcile(ports: Ports, event_id: EventId) -> Repair | None:
    """Set the event's counter and terms of sale to the ledger's, under the lock of its row; return what was wrong.

    Raises ``Unavailable`` if either cannot be reached.
    """
    if not ports.inventory.counts:
        return None
    with ports.events.locked(event_id) as event:
        if event is None:
            return None
        drift = ports.inventory.reset(event.availability, event.terms, ports.clock.now())
    return Repair(event_id, drift) if drift != 0 else None


def repair(ports: Ports, found: Sequence[Event]) -> list[Repair]:
    """Reconcile the events whose counters differ from the ledger; those that agree need no lock on their row."""
    event_ids = [event.id for event in found]
    counted, known = ports.inventory.available(event_ids, ports.clock.now()), ports.inventory.revisions(event_ids)
    differing = [
        event.id for event in found if (counted.get(event.id), known.get(event.id)) != (event.available, event.revision)
    ]
    return [repair for event_id in differing if (repair := try_to_reconcile(ports, event_id))]


def try_to_reconcile(ports: Ports, event_id: EventId) -> Repair | None:
    """Reconcile if the counter can be reached; raise ``Unavailable`` only if the ledger cannot."""
    try:
        return reconcile(ports, event_id)
    except Unavailable:
        ports.events.check()
        return None


def live(ports: Ports, found: Sequence[Event]) -> tuple[LiveEvent, ...]:
    """Return events with their free places: the counter's, or the ledger's if there is no counter.

    Reservations that are due count as free, whether or not a sweep has expired them.
    """
    event_ids = [event.id for event in found]
    counted = _counted(ports, event_ids)
    due = ports.events.due(event_ids, ports.clock.now())
    return tuple(LiveEvent(event, counted.get(event.id, event.available) + due.get(event.id, 0)) for event in found)


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


def _counted(ports: Ports, event_ids: Sequence[EventId]) -> dict[EventId, int]:
    try:
        return dict(ports.inventory.available(event_ids, ports.clock.now()))
    except Unavailable:
        return {}

"""The live counter in process, and the absence of one."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import (
    Counter,
    Due,
    Inventory,
    Limited,
    NotAdmitted,
    Repeated,
    Take,
    Taken,
    TooFew,
    Uncounted,
    Unknown,
)
from ticketcore.ports.inventory import BEGINNING, FLIGHT


@attrs.define(eq=False)
class NoInventory(Inventory):
    """No counter: the ledger alone decides, and returns availability."""

    @property
    def counts(self) -> bool:
        return False

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        return Uncounted()

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        """Do nothing: there is no counter."""

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        return 0

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        return {}

    def drop(self, event_id: EventId) -> None:
        """Do nothing: there is no counter."""

    def check(self) -> None:
        """Do nothing: the ledger is checked by itself."""


@attrs.define(eq=False)
class _Flight:
    """A take that the ledger has not decided yet."""

    quantity: int
    lapses_at: datetime


@attrs.define(eq=False)
class _Event:
    """One event's counter: ``available`` has what is in flight subtracted already."""

    available: int
    version: int
    terms: SaleTerms
    since: datetime
    found_due_at: datetime = BEGINNING
    flights: dict[OrderId, _Flight] = attrs.field(factory=dict)

    @property
    def in_flight(self) -> int:
        """The places of all takes in flight."""
        return sum(flight.quantity for flight in self.flights.values())

    def end(self, order_id: OrderId) -> None:
        """End a take and give its places back: whatever the ledger made of it, its version counts it."""
        flight = self.flights.pop(order_id, None)
        self.available += flight.quantity if flight else 0

    def lapse(self, now: datetime) -> None:
        for order_id in [each for each, flight in self.flights.items() if flight.lapses_at <= now]:
            self.end(order_id)

    def follow(self, availability: Availability) -> None:
        self.available = availability.available - self.in_flight
        self.version = availability.version


@attrs.define(eq=False)
class MemoryInventory(Inventory):
    """The counter protocol of the design in its plainest form."""

    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    _events: dict[EventId, _Event] = attrs.field(factory=dict)
    _deadlines: dict[EventId, dict[OrderId, datetime]] = attrs.field(factory=dict)

    @property
    def counts(self) -> bool:
        return True

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        with self._lock:
            event = self._events.get(wanted.event_id)
            if event is None:
                return Unknown()
            event.lapse(now)
            deadlines = self._deadlines.setdefault(wanted.event_id, {})
            if wanted.order_id in deadlines or wanted.order_id in event.flights:
                return Repeated()
            if not event.terms.admit(wanted.quantity, now):
                return NotAdmitted()
            if event.available >= wanted.quantity and event.terms.limits_customers and not wanted.is_vetted:
                return Limited()
            if event.available >= wanted.quantity:
                event.available -= wanted.quantity
                event.flights[wanted.order_id] = _Flight(wanted.quantity, now + FLIGHT)
                deadlines[wanted.order_id] = wanted.expires_at
                return Taken()
            return self._too_few(event, wanted.event_id, now)

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        with self._lock:
            if not keep:
                self._deadlines.get(event_id, {}).pop(order_id, None)
            event = self._events.get(event_id)
            if event is None:
                return
            event.end(order_id)
            if availability is not None and availability.version >= event.version:
                event.follow(availability)

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        with self._lock:
            self._forget_due(availability.event_id, now)
            event = self._events.get(availability.event_id)
            if event is None:
                since = now if availability.version else BEGINNING
                self._events[availability.event_id] = _Event(availability.available, availability.version, terms, since)
                return None
            event.lapse(now)
            before = event.available
            event.follow(availability)
            event.terms, event.found_due_at = terms, BEGINNING
            return before - event.available

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        with self._lock:
            return {event_id: self._counter(event_id, now) for event_id in event_ids if event_id in self._events}

    def drop(self, event_id: EventId) -> None:
        with self._lock:
            self._events.pop(event_id, None)
            self._deadlines.pop(event_id, None)

    def check(self) -> None:
        """Memory is always there."""

    def _too_few(self, event: _Event, event_id: EventId, now: datetime) -> Due | TooFew:
        if not self._forget_due(event_id, now):
            return TooFew(max(0, event.available), event.in_flight)
        event.found_due_at = now
        return Due()

    def _forget_due(self, event_id: EventId, now: datetime) -> bool:
        """Forget the reservations that have passed their deadline; return whether there were any."""
        deadlines = self._deadlines.get(event_id, {})
        due = [order_id for order_id, deadline in deadlines.items() if deadline <= now]
        for order_id in due:
            del deadlines[order_id]
        return bool(due)

    def _counter(self, event_id: EventId, now: datetime) -> Counter:
        event = self._events[event_id]
        event.lapse(now)
        is_due = any(deadline <= now for deadline in self._deadlines.get(event_id, {}).values())
        may_be_due = is_due or event.found_due_at > now - FLIGHT
        return Counter(max(0, event.available), may_be_due, event.terms.revision, event.since)

"""The live counter in process, and the absence of one."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Due, Inventory, Limited, NotAdmitted, Repeated, Take, Taken, TooFew, Uncounted, Unknown
from ticketcore.ports.inventory import FLIGHT


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

    def revisions(self, event_ids: Collection[EventId]) -> Mapping[EventId, int]:
        return {}

    def available(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
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
class _Counter:
    """One event's counter: ``available`` has what is in flight subtracted already."""

    available: int
    version: int
    terms: SaleTerms
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
    _counters: dict[EventId, _Counter] = attrs.field(factory=dict)
    _deadlines: dict[EventId, dict[OrderId, datetime]] = attrs.field(factory=dict)

    @property
    def counts(self) -> bool:
        return True

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        with self._lock:
            counter = self._counters.get(wanted.event_id)
            if counter is None:
                return Unknown()
            counter.lapse(now)
            deadlines = self._deadlines.setdefault(wanted.event_id, {})
            if wanted.order_id in deadlines or wanted.order_id in counter.flights:
                return Repeated()
            if not counter.terms.admit(wanted.quantity, now):
                return NotAdmitted()
            if counter.available >= wanted.quantity and counter.terms.limits_customers and not wanted.is_vetted:
                return Limited()
            if counter.available >= wanted.quantity:
                counter.available -= wanted.quantity
                counter.flights[wanted.order_id] = _Flight(wanted.quantity, now + FLIGHT)
                deadlines[wanted.order_id] = wanted.expires_at
                return Taken()
            due = [order_id for order_id, deadline in deadlines.items() if deadline <= now]
            for order_id in due:
                del deadlines[order_id]
            return Due() if due else TooFew(max(0, counter.available), counter.in_flight)

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        with self._lock:
            if not keep:
                self._deadlines.get(event_id, {}).pop(order_id, None)
            counter = self._counters.get(event_id)
            if counter is None:
                return
            counter.end(order_id)
            if availability is not None and availability.version >= counter.version:
                counter.follow(availability)

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        with self._lock:
            counter = self._counters.get(availability.event_id)
            if counter is None:
                self._counters[availability.event_id] = _Counter(availability.available, availability.version, terms)
                return None
            counter.lapse(now)
            before = counter.available
            counter.follow(availability)
            counter.terms = terms
            return before - counter.available

    def revisions(self, event_ids: Collection[EventId]) -> Mapping[EventId, int]:
        with self._lock:
            return {each: self._counters[each].terms.revision for each in event_ids if each in self._counters}

    def available(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        with self._lock:
            counted = {event_id: self._counters[event_id] for event_id in event_ids if event_id in self._counters}
            for counter in counted.values():
                counter.lapse(now)
            return {event_id: max(0, counter.available) for event_id, counter in counted.items()}

    def drop(self, event_id: EventId) -> None:
        with self._lock:
            self._counters.pop(event_id, None)
            self._deadlines.pop(event_id, None)

    def check(self) -> None:
        """Memory is always there."""

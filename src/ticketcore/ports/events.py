"""The port of events: the ledger's rows that know how many places are left."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import attrs

from ticketcore.domain.availability import Audit
from ticketcore.domain.events import Event, EventChange, EventFilter
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion


@attrs.frozen
class EventPage:
    """One page of a listing; ``after`` is the last event's place in the order of the next page, or ``None``."""

    items: tuple[Event, ...]
    after: tuple[datetime, EventId] | None


class Events(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached; nothing was changed then."""

    __slots__ = ()

    @abstractmethod
    def add(self, event: Event) -> None:
        """Record a new event.  Adding the same id again changes nothing."""

    @abstractmethod
    def get(self, event_id: EventId) -> Event | None:
        """Answer the event, or ``None``."""

    @abstractmethod
    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        """Answer at most ``limit`` events by date, then id, those behind ``after`` only."""

    @abstractmethod
    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        """Change the event by the rule ``events.change``, at once with its check.

        Repeating a change with the same ``revision`` is refused as stale; without one it changes nothing more.
        """

    @abstractmethod
    def locked(self, event_id: EventId) -> AbstractContextManager[Event | None]:
        """Answer the event and keep its places from changing until the context ends."""

    @abstractmethod
    def due(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        """Answer the places still held by reservations whose deadline has passed, for events that have any."""

    @abstractmethod
    def audit(self, event_id: EventId) -> Audit | None:
        """Answer the event's places beside the sums over its orders and tickets, all of one moment."""

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if the ledger cannot be reached."""

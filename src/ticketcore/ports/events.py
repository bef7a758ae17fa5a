"""The port of events: the ledger's rows of events and of their places."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import attrs

from ticketcore.domain.availability import Audit
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.events import Event, EventChange, EventFilter
from ticketcore.domain.ids import EventId
from ticketcore.domain.order_listing import Cursor
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion
from ticketcore.domain.summary import EventSummary


@attrs.frozen
class EventPage:
    """One page of a listing; ``after`` is the cursor of the next page, or ``None`` on the last one."""

    items: tuple[Event, ...]
    after: tuple[datetime, EventId] | None


class Events(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached; nothing was changed then."""

    __slots__ = ()

    @abstractmethod
    def add(self, event: Event, by: str | None = None) -> None:
        """Record a new event and its act (``acts.event_created``), atomically.

        Idempotent: an id that exists already changes nothing.
        """

    @abstractmethod
    def get(self, event_id: EventId) -> Event | None:
        """Return the event, or ``None`` if there is none."""

    @abstractmethod
    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        """Return at most ``limit`` events that come after the cursor ``after``, by date, then id."""

    @abstractmethod
    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        """Check and change the event by the rule ``events.change``, atomically.

        Its act (``acts.event_changed``) and its announcement (``announcements.of_change``) are recorded together with it.

        Repeating a change with the same ``revision`` is refused as stale; without a revision it is idempotent.
        """

    @abstractmethod
    def request_refund(self, request: EventRefund) -> int | None:
        """Record that all paid orders of an event are to be refunded; return how many, or ``None`` if there is no such event.

        Its act (``acts.event_refunded``) is recorded together with it, and it replaces the one that the event has.  Without
        paid orders nothing is recorded.
        """

    @abstractmethod
    def refund_request(self) -> EventRefund | None:
        """Return the request that is not done of the event with the lowest id, or ``None`` if there is none."""

    @abstractmethod
    def advance_refund(self, request: EventRefund, after: Cursor | None) -> bool:
        """Record that orders up to ``after`` are done with, or all of them; return whether the request was as given."""

    @abstractmethod
    def locked(self, event_id: EventId) -> AbstractContextManager[Event | None]:
        """Return a context manager that locks the event, so that its places do not change, and yields it."""

    @abstractmethod
    def due(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        """Return the places held by reservations whose deadline has passed, for events that have any."""

    @abstractmethod
    def audit(self, event_id: EventId) -> Audit | None:
        """Return the event's places beside the sums over its orders and tickets, in one snapshot."""

    @abstractmethod
    def summary(self, event_id: EventId, now: datetime) -> EventSummary | None:
        """Return what the event has sold, taken and admitted, in one snapshot, or ``None`` if there is none."""

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if the ledger cannot be reached."""

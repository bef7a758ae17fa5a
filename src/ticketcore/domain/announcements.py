"""Announcements: changes of an event that the holders of its paid orders have to hear of."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.order_listing import Cursor

#: Where the orders of an event begin, oldest first.
BEGINNING: Cursor = (datetime(1970, 1, 1, tzinfo=UTC), "")
#: The fields of an event that decide where its buyers go, and when.
_WHERE_AND_WHEN = ("date", "timezone", "location")


@attrs.frozen
class Announcement:
    """A mail of one kind that is to be asked for, for each paid order of an event; an event has one at most.

    ``number`` is the revision of the event that it is about.  ``after`` is the cursor of the last order that is done with; orders
    are done with from the oldest one on.
    """

    event_id: EventId
    kind: DeliveryKind
    number: int
    after: Cursor = BEGINNING


def of_change(before: Event, after: Event, wanted: EventChange) -> Announcement | None:
    """Return what a change of an event announces, ``None`` for nothing; it replaces what is still to be announced of it."""
    kind = _kind(before, after) if wanted.notify_buyers else None
    return Announcement(after.id, kind, after.revision) if kind else None


def _kind(before: Event, after: Event) -> DeliveryKind | None:
    if after.status is EventStatus.CANCELLED:
        return None if before.status is EventStatus.CANCELLED else DeliveryKind.CANCELLED
    if before.status is EventStatus.CANCELLED:
        return DeliveryKind.REOPENED
    is_moved = any(getattr(before, name) != getattr(after, name) for name in _WHERE_AND_WHEN)
    return DeliveryKind.CHANGED if is_moved else None

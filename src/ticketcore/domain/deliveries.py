"""Deliveries: the mails to an order's buyer, each with a schedule of its own.

A decision that a buyer has to hear of writes one; a delivery lane sends it, and tries again at growing intervals.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import attrs

from ticketcore.domain import ids
from ticketcore.domain.ids import OrderId
from ticketcore.domain.texts import Text

#: How long a mail is tried (RFC 5321, section 4.5.4.1).
MAX_AGE = timedelta(days=3)
#: A claimed delivery of which no outcome is recorded is due again after this time: more than one try takes.
LEASE = timedelta(minutes=2)

_INTERVALS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240))


def next_try(tries: int, asked_at: datetime, now: datetime) -> datetime | None:
    """Return when to try again after so many tries, or ``None`` once ``MAX_AGE`` has passed since ``asked_at``."""
    end = asked_at + MAX_AGE
    return None if now >= end else min(now + _INTERVALS[min(tries, len(_INTERVALS)) - 1], end)


class DeliveryKind(enum.StrEnum):
    """What a mail is about."""

    TICKETS = "tickets"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    REFUND = "refund"

    @property
    def word(self) -> Text:
        """The kind as a sentence names it."""
        return _WORDS[self]


_WORDS = {
    DeliveryKind.TICKETS: Text("the tickets"),
    DeliveryKind.CHANGED: Text("the event's change of date or place"),
    DeliveryKind.CANCELLED: Text("the event's cancellation"),
    DeliveryKind.REOPENED: Text("that the event takes place after all"),
    DeliveryKind.REFUND: Text("the refund"),
}


class DeliveryStatus(enum.StrEnum):
    """The state of a delivery: to be tried, accepted by a mail server, or refused or given up."""

    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"

    @property
    def word(self) -> Text:
        """The status as a sentence names it."""
        return _STATUS_WORDS[self]


_STATUS_WORDS = {
    DeliveryStatus.PENDING: Text("pending"),
    DeliveryStatus.DELIVERED: Text("delivered"),
    DeliveryStatus.UNDELIVERED: Text("undelivered"),
}


@attrs.frozen
class Delivery:
    """One mail of an order: there is one of each kind, and asking for it again begins it again.

    ``number`` is the revision of the order, or of its event, of which the mail was asked for, so that a repetition is another
    mail.  ``tries`` counts the tries that began.  ``due_at`` is when the next one begins, or ``None`` if there is none.
    """

    order_id: OrderId = attrs.field(repr=False)
    kind: DeliveryKind
    number: int
    asked_at: datetime
    due_at: datetime | None
    tries: int = 0
    status: DeliveryStatus = DeliveryStatus.PENDING

    @property
    def key(self) -> str:
        """The name of its mail, the same at every try; it begins with the order's digest."""
        return f"{ids.digest(self.order_id)}-{self.kind.value}-{self.number}"

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now

    def claimed(self, now: datetime) -> Delivery:
        """Return this delivery while it is being tried."""
        return attrs.evolve(self, tries=self.tries + 1, due_at=now + LEASE)

    def delivered(self) -> Delivery:
        return attrs.evolve(self, status=DeliveryStatus.DELIVERED, due_at=None)

    def given_up(self) -> Delivery:
        return attrs.evolve(self, status=DeliveryStatus.UNDELIVERED, due_at=None)

    def postponed(self, now: datetime) -> Delivery:
        """Return this delivery after a try that failed for now: due again later, or given up after ``MAX_AGE``."""
        due_at = next_try(self.tries, self.asked_at, now)
        return self.given_up() if due_at is None else attrs.evolve(self, due_at=due_at)


def asked(order_id: OrderId, kind: DeliveryKind, revision: int, now: datetime) -> Delivery:
    """Return a new delivery, due at once, that a decision about an order or an event of this revision asks for."""
    return Delivery(order_id, kind, revision, now, now)


@attrs.frozen
class DeliveryBacklog:
    """The mails that are pending and those that were given up; ``oldest`` is when the oldest pending one was asked for."""

    pending: int
    undelivered: int
    oldest: datetime | None

"""The port of the inventory: the live counter of free places in front of the ledger.

It may be lost, emptied or rolled back at any moment: that costs speed, never correctness.  Only a take in flight is relative;
everything else is absolute and ordered by the version of the event's row.

Beside the counter are the event's terms of sale: an order that the ledger is bound to refuse subtracts nothing, so that it
changes nothing that other buyers see.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import attrs

from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import ReservationRequest

#: A take whose caller dies gives its places back after this time.
FLIGHT = timedelta(seconds=5)
#: Before every reservation.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen
class Taken:
    """The places were subtracted; the ledger decides next."""


@attrs.frozen
class Repeated:
    """This order's take or reservation is known already; the ledger decides next."""


@attrs.frozen
class Due:
    """Too few places, but reservations have passed their deadline: expire them and take again."""


@attrs.frozen
class Unknown:
    """There is no counter: reconcile it; the ledger decides."""


@attrs.frozen
class Uncounted:
    """No counter stands in front of the ledger, which decides alone."""


@attrs.frozen
class NotAdmitted:
    """The terms of sale that stand beside the counter do not admit such an order; they may be out of date: look at the event."""


@attrs.frozen
class Limited:
    """The event limits what one customer may have: look whether this one may, then take again for the vetted request."""


@attrs.frozen
class TooFew:
    """Too few places, ``available`` of them, never below 0; ``in_flight`` more may come back from takes in flight."""

    available: int
    in_flight: int = 0


Take = Taken | Repeated | Due | Unknown | Uncounted | NotAdmitted | Limited | TooFew


@attrs.frozen
class Counter:
    """An event's counter.

    ``available`` are the free places, never below 0; ``may_be_due`` says whether reservations of the ledger may have passed
    their deadline; ``revision`` is that of the terms of sale.  Reservations that were made before ``since`` may be unknown to it.
    """

    available: int
    may_be_due: bool
    revision: int
    since: datetime


class Inventory(Protocol):
    """Every method raises ``Unavailable`` if the counter cannot be reached; the ledger alone decides then."""

    __slots__ = ()

    @property
    @abstractmethod
    def counts(self) -> bool:
        """Whether there are counters at all: without them nothing needs to be reconciled."""

    @abstractmethod
    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        """Take places out of the counter for a reservation in flight, and remember the reservation until it ends.

        A reservation ends by ``sync``; until then it is known, also after its take has lapsed, and taking it again takes
        nothing.  An order that the terms of sale do not admit (``SaleTerms.admit``), and that is not known, takes nothing and is
        not remembered, whatever is free; nor does a request that is not vetted, if the terms limit customers and there are
        enough places.  ``Due`` is returned once for each reservation that it stands for, which is then forgotten.  Its take is
        not: while in flight it is still known, and it lapses in its time.
        """

    @abstractmethod
    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        """Bring the counter to the ledger's version after a change.

        End this order's take if it is in flight and give its places back; then, if ``availability`` is not older than the counter,
        set the counter to its ``available`` minus what is still in flight.  ``keep`` says whether the reservation is still
        one.  Late, repeated, reordered and lost calls are harmless.  No counter is created.
        """

    @abstractmethod
    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        """Set the counter to ``availability`` minus what is in flight, and the event's terms of sale.

        Forget the reservations whose deadline had passed ``now``: to be called after they have been expired, and while the event
        is locked, so that nothing can be older than what stands there.  A new counter is one since ``now``, or since
        ``BEGINNING`` if nothing has changed the event's places before.  Return the counter's drift: what it had too much,
        ``None`` if there was no counter.
        """

    @abstractmethod
    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        """Return the counters of those events that have one.

        Reservations may be due if one that is known has passed its deadline, or if a take has returned ``Due`` within
        ``FLIGHT``.
        """

    @abstractmethod
    def drop(self, event_id: EventId) -> None:
        """Forget the event.  Idempotent."""

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if the counter cannot be reached."""

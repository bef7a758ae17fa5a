"""Decisions: all that a rule wants written of an order, at once or not at all.

A rule is a pure function of an ``OrderRecord``: it returns a ``Decision``, or a refusal, which writes nothing.
"""

from __future__ import annotations

import attrs

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.deliveries import Delivery
from ticketcore.domain.events import EventStatus
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import Order
from ticketcore.domain.tickets import Ticket


@attrs.frozen
class Decision:
    """The order and its payment attempt as they are to be, and what goes with that.

    ``issued`` are new tickets; ``voids`` are the numbers of valid tickets that are refunded and become void, ``refunds_used``
    those of used tickets that are refunded; ``enqueues`` puts the order into
    the outbox; ``deliveries`` are mails to its buyer, each of which replaces the one of its kind; ``entries`` go into its
    journal.  Where the order comes to another customer, he may have at most ``most_places`` with it; ``None`` is no limit.
    """

    order: Order
    attempt: Attempt | None
    issued: tuple[Ticket, ...] = ()
    voids: tuple[int, ...] = ()
    refunds_used: tuple[int, ...] = ()
    enqueues: bool = False
    deliveries: tuple[Delivery, ...] = ()
    entries: tuple[Entry, ...] = ()
    most_places: int | None = None


@attrs.frozen
class OrderRecord:
    """All that rules need to know of an order, as the ledger had it at one ``revision``.

    The revision is the number of changes of the order and of its attempt.  A decision is written only if the ledger still
    has this revision and this status of the event: optimistic locking.  ``timezone`` is the event's, for what people read.
    """

    order: Order
    attempt: Attempt | None
    event_status: EventStatus
    revision: int
    timezone: str

    def unchanged(self) -> Decision:
        """Return the decision to write nothing."""
        return Decision(self.order, self.attempt)

    def after(self, decision: Decision) -> OrderRecord:
        """Return the record as it is once ``decision`` is written."""
        return attrs.evolve(self, order=decision.order, attempt=decision.attempt, revision=self.revision + 1)


@attrs.frozen
class PlaceShift:
    """How many places an event's ``held`` and ``sold`` gain, negative for a loss, and the count of the order's customer.

    Where the order comes to another customer, ``counted`` is what the one before loses, and ``joined`` what the other gains.
    """

    held: int
    sold: int
    counted: int = 0
    joined: int = 0

    def __bool__(self) -> bool:
        """Return whether the event's places change."""
        return bool(self.held or self.sold)


def place_shift(before: Order | None, after: Order) -> PlaceShift:
    """Return what a change of an order does to its event's places; ``before`` is ``None`` for a new order."""
    if before is None:
        return PlaceShift(after.held, after.sold, after.counted)
    held, sold = after.held - before.held, after.sold - before.sold
    if before.customer == after.customer:
        return PlaceShift(held, sold, after.counted - before.counted)
    return PlaceShift(held, sold, -before.counted, after.counted)

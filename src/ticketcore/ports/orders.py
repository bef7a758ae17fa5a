"""The port of orders: the ledger's decisions, each a check and a change in one call."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from ticketcore.domain.ids import AttemptId, EventId, OrderId, TicketCode
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import Change, Delivery, Order
from ticketcore.domain.payments import Attempt, PayRefusal, RefundRefusal
from ticketcore.domain.reservations import CancelRefusal, Reservation, ReserveRefusal
from ticketcore.domain.tickets import Ticket


@attrs.frozen
class TicketCodeTaken:
    """Another order has this ticket code; nothing was changed."""

    code: TicketCode


class Orders(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached; repeating it is safe then.

    A ``Change`` carries the event's availability only if this call changed the event's places.  Every change of an order writes
    its journal entry in the same transaction.  An attempt that a verb is given by its id exists: another is the caller's bug.
    """

    __slots__ = ()

    @abstractmethod
    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        """Hold places for a new order by the rule ``reservation.reserve``.

        An order that exists already is answered as it is, without availability, and changes nothing.
        """

    @abstractmethod
    def get(self, order_id: OrderId) -> Order | None:
        """Answer the order, or ``None``."""

    @abstractmethod
    def find(self, digest: str) -> Order | None:
        """Answer the order whose id has this digest (``ids.digest``), or ``None``."""

    @abstractmethod
    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        """Move the attempt's order to processing by the rule ``payment.start``; record the attempt and an outbox row.

        An order that is processing or paid already is answered as it is; the new attempt is not recorded then.
        """

    @abstractmethod
    def attempt(self, order_id: OrderId) -> Attempt | None:
        """Answer the order's payment attempt, or ``None``."""

    @abstractmethod
    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        """Record an approved charge by the rule ``payment.capture``: the sale with its tickets, or the money's way back.

        Repeating it answers the order as it is; the tickets of the first call stay.
        """

    @abstractmethod
    def decline(self, attempt_id: AttemptId, now: datetime) -> Change:
        """Record a refused charge by the rule ``payment.decline``.  Repeating it changes nothing."""

    @abstractmethod
    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        """Begin a refund by the rule ``payment.refund``: void unused tickets, give places back, record an outbox row.

        Repeating it changes nothing.
        """

    @abstractmethod
    def finish_refund(self, attempt_id: AttemptId, now: datetime) -> None:
        """Record that the money went back.  Repeating it changes nothing."""

    @abstractmethod
    def cancel(self, order_id: OrderId, now: datetime) -> Change | CancelRefusal:
        """Cancel by the rule ``reservation.cancel``.  Repeating it answers the cancelled order."""

    @abstractmethod
    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        """Expire at most ``limit`` reservations that are due, of one event or of all, and answer them.

        The soonest deadline goes first.  Each change has a version of its own, as if it had come alone.  Orders that another process is working on are passed over.
        """

    @abstractmethod
    def advance(self, order_id: OrderId, done: Delivery, now: datetime) -> Order | None:
        """Move a paid order's cursor to ``done``; answer the order, or ``None`` if it is no longer paid.

        It moves one step at a time: a cursor that is there already, further, or more than a step away stays.
        """

    @abstractmethod
    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        """Put outbox rows for at most ``limit`` orders that need work and have no entry after ``before``; answer how many.

        An order needs work if it is processing, paid and not delivered, or its money is on the way back.  One that has an
        outbox row, or that another process is working on, is passed over.
        """

    @abstractmethod
    def note(self, entry: Entry) -> None:
        """Write a journal entry that goes with no change of the order."""

    @abstractmethod
    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        """Answer the order's entries, oldest first."""

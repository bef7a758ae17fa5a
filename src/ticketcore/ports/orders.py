"""The port of orders: one reservation, one decision or many expiries at a time, each atomic."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from ticketcore.domain.correcting import CustomerPlaces
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.ids import AttemptId, CustomerDigest, EventId, OrderId
from ticketcore.domain.journal import Entry
from ticketcore.domain.ledger_faults import StoredOrder
from ticketcore.domain.order_listing import Cursor, OrderFilter, OrderPage
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.retention import AddressedOrder


@attrs.frozen
class Conflict:
    """Nothing was written: load the order and decide again."""


class Orders(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached; retrying is safe then.

    A ``Change`` carries the event's availability only if this call changed the event's places.
    """

    __slots__ = ()

    @abstractmethod
    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        """Hold places for a new order by the rule ``reservations.reserve``, and write its journal entry, atomically.

        An order that exists already is returned as it is, without availability, and nothing changes.  The places of the
        customer's orders, of which ``write`` and ``expire_due`` keep count by ``decisions.place_shift``, are checked and
        changed with it, whether the event limits them or not.
        """

    @abstractmethod
    def would_refuse(self, wanted: ReservationRequest, now: datetime) -> ReserveRefusal | None:
        """Return why ``reserve`` would refuse a new order at this moment, or ``None`` if it would not; change nothing."""

    @abstractmethod
    def customer_places(self, event_id: EventId, customer: CustomerDigest) -> CustomerPlaces:
        """Return how many places a customer's orders have of an event, and how many they may; no event has no limit."""

    @abstractmethod
    def get(self, order_id: OrderId) -> Order | None:
        """Return the order, or ``None`` if there is none."""

    @abstractmethod
    def find(self, digest: str) -> Order | None:
        """Return the order whose id has this digest (``ids.digest``), or ``None`` if there is none."""

    @abstractmethod
    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        """Return at most ``limit`` orders that pass the filter at ``now``, as they are recorded, newest first.

        They come after the cursor ``after``, by their creation and their digests (``order_listing.place_of``): orders that
        arrive between two pages are on neither.
        """

    @abstractmethod
    def load(self, order_id: OrderId) -> OrderRecord | None:
        """Return all that a decision about the order needs, of one moment, or ``None`` if there is no such order."""

    @abstractmethod
    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        """Write all of a decision that a rule made of ``record``, atomically, and raise the order's revision by one.

        Its deliveries replace those of their kinds.  The event's places, and its customer's, follow
        ``decisions.place_shift``; the event's version rises by one if its own change.

        Return a ``Conflict``, having written nothing, if the order no longer has the record's revision, its event no longer
        has the record's status, another order has the decision's ticket code, or the order comes to a customer who then has
        more than ``most_places``.
        """

    @abstractmethod
    def load_all(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderRecord]:
        """Return the records of those of these orders that exist, each as ``load`` returns it."""

    @abstractmethod
    def write_all(self, decided: Sequence[tuple[OrderRecord, Decision]]) -> Sequence[Change | Conflict]:
        """Write decisions about different orders of one event at once, and return the outcome of each, in the same order.

        The outcomes are those of ``write`` for one after the other: a conflict affects no other decision, and each change of
        the event's places has a version of its own.  If it raises, some may be written.
        """

    @abstractmethod
    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        """Expire at most ``limit`` reservations that are due, of one event or of all, and return their changes.

        The soonest deadline goes first.  Each change raises the order's revision, has a journal entry, and has a version
        of its own, as if it had been the only one.  Orders that another process is changing are skipped.
        """

    @abstractmethod
    def stranded(self, limit: int) -> Sequence[OrderId]:
        """Return at most ``limit`` orders that are processing although their event was cancelled."""

    @abstractmethod
    def page(self, after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
        """Return at most ``limit`` orders with all that belongs to them, by id, those behind ``after`` only.

        Each is of one moment.
        """

    @abstractmethod
    def addressed(
        self, customer_email: str | None, before: datetime | None, after: OrderId | None, limit: int
    ) -> Sequence[AddressedOrder]:
        """Return at most ``limit`` orders whose buyer's address is not forgotten, by id, those behind ``after`` only.

        With ``customer_email`` only orders of this address, whatever the case of its letters; with ``before`` only those of
        events that began before it.
        """

    @abstractmethod
    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        """Put at most ``limit`` orders that need work and have no entry after ``before`` into the outbox; return how many.

        An order needs work if it is processing, or its money is on the way back.  One that has an outbox row, or that
        another process is changing, is skipped.  Each gets a journal entry.
        """

    @abstractmethod
    def poll(self, now: datetime, again_at: datetime, limit: int) -> int:
        """Put at most ``limit`` orders whose attempts are to be polled at ``now`` into the outbox; return how many.

        The soonest goes first.  Their attempts are to be polled again at ``again_at``, unless a decision says otherwise.
        Orders that another process is polling are skipped.
        """

    @abstractmethod
    def of_attempt(self, attempt_id: AttemptId) -> OrderId | None:
        """Return the order of a payment attempt, or ``None`` if there is no such attempt."""

    @abstractmethod
    def note(self, entry: Entry) -> None:
        """Write a journal entry without a change of the order."""

    @abstractmethod
    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        """Return the order's entries, oldest first."""

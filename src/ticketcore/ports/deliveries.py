"""The port of deliveries: the mails that decisions have asked for, until each was sent or given up."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ticketcore.domain.deliveries import Delivery, DeliveryBacklog
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Entry


class Deliveries(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached; retrying is safe then."""

    __slots__ = ()

    @abstractmethod
    def claim(self, now: datetime) -> Delivery | None:
        """Claim a delivery that is due, the soonest first, and return it as ``Delivery.claimed``, or ``None``.

        No other caller gets it until its lease has ended.  One that another process is claiming is skipped.
        """

    @abstractmethod
    def settle(self, claimed: Delivery, after: Delivery, entry: Entry) -> bool:
        """Write what became of a claimed delivery, with its journal entry, and return whether it was written.

        Nothing is written if the mail was asked for again or claimed again meanwhile, nor for a repetition.
        """

    @abstractmethod
    def withdraw(self, claimed: Delivery) -> bool:
        """Remove a claimed delivery whose mail has become pointless, as ``settle`` writes one."""

    @abstractmethod
    def of_order(self, order_id: OrderId) -> Sequence[Delivery]:
        """Return the order's deliveries, by kind; none if there is no such order."""

    @abstractmethod
    def announce(self, now: datetime, limit: int) -> int | None:
        """Ask for the mails of the next ``limit`` orders of one announcement, at most, and return how many, or ``None``.

        ``None``: nothing is to be announced.  The orders are those that are paid, from the oldest one on, each once for each
        announcement; a mail of the same kind that an order has is replaced.  Written together with how far the announcement
        has come: it is gone after its last piece.  One that another process is at may be skipped.
        """

    @abstractmethod
    def due(self, now: datetime, limit: int) -> Sequence[OrderId]:
        """Return the orders of at most ``limit`` deliveries that are due, the soonest first, and claim nothing."""

    @abstractmethod
    def backlog(self) -> DeliveryBacklog:
        """Return how many deliveries are pending and undelivered, and the age of the oldest."""

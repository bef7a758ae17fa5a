"""The port of tickets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ticketcore.domain.ids import OrderId, TicketId
from ticketcore.domain.refusals import TicketNotFound
from ticketcore.domain.tickets import Ticket
from ticketcore.domain.validation import DecisionRefusal, Scan


class Tickets(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached; repeating it is safe then.

    Tickets are issued and made void by ``Orders.write``, together with their order.
    """

    __slots__ = ()

    @abstractmethod
    def get(self, ticket_id: TicketId) -> Ticket | None:
        """Return the ticket, or ``None`` if there is none."""

    @abstractmethod
    def of_order(self, order_id: OrderId) -> Sequence[Ticket]:
        """Return the order's tickets by number."""

    @abstractmethod
    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> Ticket | DecisionRefusal | TicketNotFound:
        """Use the ticket up by the rule ``validation.admit``, at once with its check.

        Of any number of scans one is admitted; repeating that scan returns the same ticket.
        """

"""The port of tickets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ticketcore.domain.attendees import AttendeePage, Cursor
from ticketcore.domain.gate_lists import GateList, GatePlace
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.merging import Merged
from ticketcore.domain.refusals import TicketNotFound
from ticketcore.domain.tickets import Ticket, TicketNumber, TicketRecord
from ticketcore.domain.validation import Admitted, DecisionRefusal, Scan, Undo, UndoDecisionRefusal


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
    def list(self, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
        """Return at most ``limit`` tickets of the event's paid orders, void ones included, by order and number.

        Orders stand by their creation and their digests, oldest first.  The tickets come after the cursor ``after``: pages
        neither skip nor repeat a ticket whose order stays paid, whatever arrives between them.
        """

    @abstractmethod
    def newest_qr_code(self) -> str | None:
        """Return the QR text of a ticket of the sale that was recorded last, void tickets left out, or ``None``."""

    @abstractmethod
    def qr_codes_by_signer(self) -> Sequence[str]:
        """Return one QR text for each beginning of ``qr_text.SIGNER_LENGTH`` characters, void tickets left out."""

    @abstractmethod
    def admit(
        self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime
    ) -> Admitted | DecisionRefusal | TicketNotFound:
        """Use the ticket up by the rule ``validation.admit``, at once with its check and its journal entry.

        Of any number of scans one is admitted; repeating that scan within ten minutes returns the same ticket.
        """

    @abstractmethod
    def undo(
        self, ticket: TicketId | TicketNumber, wanted: Undo, now: datetime
    ) -> TicketRecord | UndoDecisionRefusal | TicketNotFound:
        """Take the ticket's admission back by the rule ``validation.undo``, at once with its check and its journal entry.

        The order's revision rises by one, so that no decision is written that was made before.  Repeating it finds nothing
        to undo.
        """

    @abstractmethod
    def merge(self, ticket_id: TicketId, scan: Scan, scanned_at: datetime, now: datetime) -> Merged | TicketNotFound:
        """Merge a scan that a gate made by itself by the rule ``merging.merge``, at once with its check and its journal entry.

        A scan that changes nothing has no entry.
        """

    @abstractmethod
    def gate_list(self, event_id: EventId, after: GatePlace | None, limit: int) -> GateList:
        """Return the tickets of at most ``limit`` of an event's orders, those behind ``after``.

        At first these are all orders that have tickets, oldest first; then those that changed since the list was begun, each with
        all its tickets.  A list without tickets is the last one for now.  Going on from each ``after`` misses no change, and may bring one twice.
        """

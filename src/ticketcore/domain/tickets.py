"""Tickets: one admission each."""

from __future__ import annotations

import enum
import hashlib
from datetime import datetime

import attrs

from ticketcore.domain.ids import EventId, OrderId, TicketId


class TicketStatus(enum.StrEnum):
    VALID = "valid"
    USED = "used"
    VOID = "void"


@attrs.frozen
class Ticket:
    """One admission; ``number`` counts an order's tickets from 1.

    ``validation_date``, ``gate`` and ``scan_id`` tell of the scan that used it up.
    """

    id: TicketId
    order_id: OrderId
    event_id: EventId
    number: int
    qr_code: str
    status: TicketStatus = TicketStatus.VALID
    validation_date: datetime | None = None
    gate: str | None = None
    scan_id: str | None = None

    @property
    def image_name(self) -> str:
        """The name of the QR image's file: a hash, for whoever lists files must not learn the ticket's id."""
        return f"qr/{hashlib.sha256(self.id.encode()).hexdigest()[:40]}.png"

    def voided(self) -> Ticket:
        """Answer this ticket after a refund: void, unless it was used."""
        return attrs.evolve(self, status=TicketStatus.VOID) if self.status is TicketStatus.VALID else self

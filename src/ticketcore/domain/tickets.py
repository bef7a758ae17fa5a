"""Tickets: one admission each."""

from __future__ import annotations

import enum
import hashlib
from datetime import datetime

import attrs

from ticketcore.domain.ids import EventId, OrderId, TicketId


class TicketStatus(enum.StrEnum):
    """What a gate makes of a ticket: only a valid one is admitted."""

    VALID = "valid"
    USED = "used"
    VOID = "void"


@attrs.frozen
class Admission:
    """The scan that used a ticket: when and where it was, and the id that its gate gave it."""

    date: datetime
    gate: str
    scan_id: str


@attrs.frozen
class Ticket:
    """One admission; ``number`` counts an order's tickets from 1."""

    id: TicketId
    order_id: OrderId
    event_id: EventId
    number: int
    qr_code: str
    is_void: bool = False
    admission: Admission | None = None

    @property
    def status(self) -> TicketStatus:
        """``void`` after a refund, ``used`` after an admission, otherwise ``valid``."""
        if self.is_void:
            return TicketStatus.VOID
        return TicketStatus.USED if self.admission else TicketStatus.VALID

    @property
    def image_name(self) -> str:
        """The name of the QR image's file: a hash, because a listing of files must not reveal ticket ids."""
        return f"qr/{hashlib.sha256(self.id.encode()).hexdigest()[:40]}.png"

    def voided(self) -> Ticket:
        """Return this ticket after a refund: void, unless it was used."""
        return self if self.admission else attrs.evolve(self, is_void=True)

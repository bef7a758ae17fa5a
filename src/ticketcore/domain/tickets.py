"""Tickets: one admission each."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Self

import attrs

from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.ids import EventId, OrderId, TicketCode, TicketId
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.texts import Text


class TicketStatus(enum.StrEnum):
    """What a gate makes of a ticket: only a valid one is admitted."""

    VALID = "valid"
    USED = "used"
    VOID = "void"

    @property
    def word(self) -> Text:
        """The status as a sentence names it."""
        return _WORDS[self]


_WORDS = {
    TicketStatus.VALID: Text("valid"),
    TicketStatus.USED: Text("used"),
    TicketStatus.VOID: Text("void"),
}


@attrs.frozen
class Admission:
    """The scan that used a ticket: when and where it was, the id that its gate gave it, and the id of the gate's key."""

    date: datetime
    gate: str
    scan_id: str
    key_id: str = ""


@attrs.frozen
class TakenBack:
    """That what admitted a ticket until ``at`` was taken back: what one key had admitted, or without ``key_id`` all of it."""

    at: datetime
    key_id: str | None = None


@attrs.frozen
class Ticket:
    """One admission; ``number`` counts an order's tickets from 1.  ``is_refunded`` is whether its money goes or went back.

    ``admission`` is the earliest scan that admitted it; ``others`` are scans of gates without network that did so, too.
    ``taken_back`` has the latest time of each key that took its admissions back, and of all of them.
    """

    id: TicketId
    order_id: OrderId
    event_id: EventId
    number: int
    qr_code: str
    is_refunded: bool = False
    admission: Admission | None = None
    others: tuple[Admission, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()

    @property
    def status(self) -> TicketStatus:
        """``used`` after an admission, refunded or not, otherwise ``void`` after a refund, otherwise ``valid``."""
        if self.admission:
            return TicketStatus.USED
        return TicketStatus.VOID if self.is_refunded else TicketStatus.VALID

    @property
    def admissions(self) -> tuple[Admission, ...]:
        """All scans that admitted the ticket, the earliest first."""
        return () if self.admission is None else (self.admission, *self.others)

    @property
    def image_name(self) -> str:
        """The name of the QR image's file: a hash, because a listing of files must not reveal ticket ids."""
        return f"qr/{hashlib.sha256(self.id.encode()).hexdigest()[:40]}.png"

    def admitted_by(self, admissions: Sequence[Admission]) -> Ticket:
        """Return this ticket with these scans, the earliest first, and no others."""
        first, others = (admissions[0], tuple(admissions[1:])) if admissions else (None, ())
        return attrs.evolve(self, admission=first, others=others)

    def undone(self, taken_back: TakenBack) -> Ticket:
        """Return this ticket after what admitted it was taken back, of one key or of all."""
        key_id = taken_back.key_id
        left = [] if key_id is None else [each for each in self.admissions if each.key_id != key_id]
        before = [] if key_id is None else [each for each in self.taken_back if each.key_id != key_id]
        known = sorted([*before, taken_back], key=lambda each: each.key_id or "")
        return attrs.evolve(self.admitted_by(left), taken_back=tuple(known))

    def is_taken_back(self, key_id: str, scanned_at: datetime) -> bool:
        """Return whether a scan of a key's is from before its admissions were taken back."""
        return any(each.key_id in {None, key_id} and scanned_at <= each.at for each in self.taken_back)

    def refunded(self) -> Ticket:
        """Return this ticket after a refund: void, unless it was used."""
        return attrs.evolve(self, is_refunded=True)


@attrs.frozen
class TicketNumber:
    """A ticket as a person can spell it: the code of its order, and its number there."""

    code: TicketCode
    number: int


@attrs.frozen
class TicketRecord:
    """A ticket with what gates need to know of its order, of which it is one of ``of`` tickets, and of its event."""

    ticket: Ticket
    of: int
    ticket_code: TicketCode
    order_status: OrderStatus
    event_name: str
    event_status: EventStatus
    doors_at: datetime | None
    timezone: str

    @classmethod
    def of_ticket(cls, order: Order, event: Event, ticket: Ticket) -> Self:
        """Return the record of a ticket of this order for this event."""
        assert order.ticket_code is not None, "an order with tickets has a ticket code"
        return cls(
            ticket=ticket,
            of=order.quantity,
            ticket_code=order.ticket_code,
            order_status=order.status,
            event_name=event.name,
            event_status=event.status,
            doors_at=event.doors_at,
            timezone=event.timezone,
        )

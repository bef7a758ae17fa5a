"""The decision at the gate: one pure function, used online and offline, and the one that takes an admission back."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from ticketcore.domain.api_keys import LIBRARY, Holder, Role
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import (
    EventCancelled,
    NothingToUndo,
    TicketAlreadyUsed,
    TicketNotAuthentic,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketRecord, TicketStatus

#: Of a gate.
MAX_NAME = 100
#: A shorter scan id is a counter that could begin again, rather than a random text.
MIN_SCAN_ID = 16
MAX_SCAN_ID = 64
#: How long a scan may be repeated, and a gate may take an admission back.
GRACE = timedelta(minutes=10)

DecisionRefusal = WrongEvent | EventCancelled | TicketVoid | TicketAlreadyUsed | TooEarly
AdmitRefusal = TicketNotAuthentic | TicketNotFound | DecisionRefusal
UndoDecisionRefusal = WrongEvent | NothingToUndo
UndoRefusal = TicketNotAuthentic | TicketNotFound | UndoDecisionRefusal


@attrs.frozen
class Scan:
    """One scan of a ticket at a gate.

    Scans are the same if the key of their holder and ``scan_id`` are; ``gate`` is a name for reports.  With ``event_ids``
    the gate refuses tickets of all other events.
    """

    gate: str
    scan_id: str
    event_ids: frozenset[EventId] | None = None
    holder: Holder = LIBRARY


@attrs.frozen
class Undo:
    """A request to take an admission back; with ``event_ids`` only of a ticket of one of these events."""

    event_ids: frozenset[EventId] | None = None
    holder: Holder = LIBRARY


@attrs.frozen
class Admitted:
    """An admitted ticket; ``is_repeated`` says whether the same scan had admitted it before."""

    record: TicketRecord
    is_repeated: bool = False

    @property
    def ticket(self) -> Ticket:
        """The ticket as used."""
        return self.record.ticket


def admit(record: TicketRecord, scan: Scan, now: datetime) -> Admitted | DecisionRefusal:
    """Return the ticket as used by this scan, or why it is refused: for another event, cancelled, void, used, too early.

    Idempotent: for ten minutes the scan that used the ticket gets it again, even if the doors have been put off since.
    """
    refusal = never(record, scan)
    if refusal:
        return refusal
    admission = record.ticket.admission
    if admission is None:
        return _admit_first(record, scan, now)
    is_same = (admission.scan_id, admission.key_id) == (scan.scan_id, scan.holder.id)
    if is_same and now < admission.date + GRACE:
        return Admitted(record, is_repeated=True)
    return TicketAlreadyUsed(admission.date, admission.gate, record.timezone)


def never(record: TicketRecord, scan: Scan) -> WrongEvent | EventCancelled | TicketVoid | None:
    """Return why this gate admits the ticket at no time, used or not."""
    if scan.event_ids is not None and record.ticket.event_id not in scan.event_ids:
        return WrongEvent()
    if record.event_status is EventStatus.CANCELLED:
        return EventCancelled()
    return TicketVoid() if record.ticket.status is TicketStatus.VOID else None


def _admit_first(record: TicketRecord, scan: Scan, now: datetime) -> Admitted | TooEarly:
    if record.doors_at is not None and now < record.doors_at:
        return TooEarly(record.doors_at, record.timezone)
    used = Admission(now, scan.gate, scan.scan_id, scan.holder.id)
    return Admitted(attrs.evolve(record, ticket=attrs.evolve(record.ticket, admission=used)))


def undo(record: TicketRecord, wanted: Undo, now: datetime) -> TicketRecord | UndoDecisionRefusal:
    """Return the ticket without what the holder may take back, or why its admissions stay.

    A gate takes back what its own key has admitted within ten minutes, an admin all that admitted the ticket.  What gates
    without network have let in under other keys stays, so that the ticket stays used.  A ticket whose money went back stays
    used: it would admit again.
    """
    if wanted.event_ids is not None and record.ticket.event_id not in wanted.event_ids:
        return WrongEvent()
    is_admin = wanted.holder.role is Role.ADMIN
    taken = [each for each in record.ticket.admissions if is_admin or each.key_id == wanted.holder.id]
    if not taken or record.ticket.is_refunded or record.order_status is not OrderStatus.PAID:
        return NothingToUndo()
    if not is_admin and now >= taken[0].date + GRACE:
        return NothingToUndo()
    taken_back = TakenBack(now, None if is_admin else wanted.holder.id)
    return attrs.evolve(record, ticket=record.ticket.undone(taken_back))

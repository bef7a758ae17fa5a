"""The decision at the gate: one pure function, used online and offline."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import TicketAlreadyUsed, TicketNotAuthentic, TicketNotFound, TicketVoid, WrongEvent
from ticketcore.domain.tickets import Admission, Ticket

#: Of a gate and of a scan id.
MAX_NAME = 100

DecisionRefusal = WrongEvent | TicketVoid | TicketAlreadyUsed
AdmitRefusal = TicketNotAuthentic | TicketNotFound | DecisionRefusal


@attrs.frozen
class Scan:
    """One scan of a ticket at a gate.

    Scans are the same if gate and ``scan_id`` are.  With an ``event_id`` the gate refuses tickets of other events.
    """

    gate: str
    scan_id: str
    event_id: EventId | None = None


def admit(ticket: Ticket, scan: Scan, now: datetime) -> Ticket | DecisionRefusal:
    """Return the ticket as used by this scan, or why it is refused: for another event, then void, then used.

    Idempotent: the scan that used the ticket gets it again.
    """
    if scan.event_id is not None and scan.event_id != ticket.event_id:
        return WrongEvent()
    if ticket.is_void:
        return TicketVoid()
    match ticket.admission:
        case None:
            return attrs.evolve(ticket, admission=Admission(now, scan.gate, scan.scan_id))
        case Admission(_, scan.gate, scan.scan_id):
            return ticket
        case Admission(date, gate):
            return TicketAlreadyUsed(date, gate)

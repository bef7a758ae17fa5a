"""The decision at the door: one pure function, used online and offline."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

import attrs

from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import TicketAlreadyUsed, TicketNotAuthentic, TicketNotFound, TicketVoid, WrongEvent
from ticketcore.domain.tickets import Ticket, TicketStatus

DecisionRefusal = WrongEvent | TicketVoid | TicketAlreadyUsed
AdmitRefusal = TicketNotAuthentic | TicketNotFound | DecisionRefusal


@attrs.frozen
class Scan:
    """One look of a gate at a ticket.

    Repeating a gate's scan with the same ``scan_id`` gives the same answer; the same id at another gate is another scan.  With an ``event_id`` the gate refuses tickets of
    other events.
    """

    gate: str
    scan_id: str
    event_id: EventId | None = None


def admit(ticket: Ticket, scan: Scan, now: datetime) -> Ticket | DecisionRefusal:
    """Answer the ticket as used by this scan, or why nobody is let in: another event, then void, then used."""
    if scan.event_id is not None and scan.event_id != ticket.event_id:
        return WrongEvent()
    match ticket.status:
        case TicketStatus.VOID:
            return TicketVoid()
        case TicketStatus.USED if (ticket.gate, ticket.scan_id) == (scan.gate, scan.scan_id):
            return ticket
        case TicketStatus.USED:
            return TicketAlreadyUsed(ticket.validation_date or now, ticket.gate or "a gate")
        case TicketStatus.VALID:
            return attrs.evolve(
                ticket, status=TicketStatus.USED, validation_date=now, gate=scan.gate, scan_id=scan.scan_id
            )
        case _:
            assert_never(ticket.status)

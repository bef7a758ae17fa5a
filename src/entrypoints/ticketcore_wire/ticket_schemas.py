"""Tickets on the wire: what a gate sends, and how tickets and admissions are shown."""

from __future__ import annotations

import attrs

from ticketcore import BoxOffice, Ticket, TicketStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import InvalidRequest
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore.domain.validation import AdmitRefusal
from ticketcore_wire.object_schemas import RequestSchema, field, member, object_schema
from ticketcore_wire.schemas import Schema, annotated, choice, constant, line, nullable, text
from ticketcore_wire.values import EVENT_ID, TEXT, TIME, URL

_MAX_NAME = 100
_MAX_QR_CODE = 4096


@attrs.frozen
class LinkedTicket:
    """A ticket as it is shown: its links begin with ``public_url``."""

    ticket: Ticket
    public_url: str

    @property
    def qr_code_url(self) -> str:
        """The address of the ticket's QR image."""
        return f"{self.public_url}/tickets/{self.ticket.id}/qr.png"


TICKET: Schema[LinkedTicket] = object_schema(
    "Ticket",
    member(
        "id",
        annotated(TEXT, description="The holder's credential: it gives access to the QR code."),
        lambda linked: linked.ticket.id,
    ),
    member("order_id", TEXT, lambda linked: linked.ticket.order_id),
    member("event_id", TEXT, lambda linked: linked.ticket.event_id),
    member(
        "qr_code", annotated(TEXT, description="The text inside the QR image."), lambda linked: linked.ticket.qr_code
    ),
    member("qr_code_url", URL, lambda linked: linked.qr_code_url),
    member("status", choice(TicketStatus), lambda linked: linked.ticket.status),
    member(
        "validation_date",
        nullable(TIME),
        lambda linked: linked.ticket.admission.date if linked.ticket.admission else None,
    ),
)

ADMISSION: Schema[LinkedTicket] = object_schema(
    "Admission",
    member("result", constant("admitted"), lambda linked: linked),
    member("ticket", TICKET, lambda linked: linked),
)


@attrs.frozen
class ScanRequest:
    """A gate's request to admit the holder of a QR code."""

    qr_code: str
    gate: str | None = None
    event_id: EventId | None = None
    scan_id: str | None = None

    def admit(self, box_office: BoxOffice, default_gate: str) -> Ticket | AdmitRefusal | InvalidRequest:
        """Admit the ticket at the gate that the request names, or at ``default_gate``."""
        return box_office.validate(self.qr_code, self.gate or default_gate, self.event_id, self.scan_id)


def _qr_code(value: str) -> str:
    if len(value) > _MAX_QR_CODE:
        raise InvalidValue(Text("must be at most %(most)s characters", most=str(_MAX_QR_CODE)))
    return value


SCAN: RequestSchema[ScanRequest] = RequestSchema(
    "Scan",
    ScanRequest,
    (
        field("qr_code", text(_qr_code, maxLength=_MAX_QR_CODE), lambda scan: scan.qr_code),
        field("gate", line(_MAX_NAME), lambda scan: scan.gate),
        field("event_id", EVENT_ID, lambda scan: scan.event_id),
        field("scan_id", line(_MAX_NAME), lambda scan: scan.scan_id),
    ),
)

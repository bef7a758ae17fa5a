"""Tickets on the wire: what a gate sends, and how tickets and admissions are shown."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ticketcore import BoxOffice, Holder, Ticket, TicketStatus
from ticketcore.domain import checks, ids
from ticketcore.domain.events import MAX_PER_ORDER
from ticketcore.domain.ids import EventId, TicketCode
from ticketcore.domain.refusals import Fault, InvalidRequest
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore.domain.tickets import TicketNumber, TicketRecord
from ticketcore.domain.validation import MAX_SCAN_ID, MIN_SCAN_ID, AdmitRefusal, Admitted, UndoRefusal
from ticketcore_wire.object_schemas import Field, RequestSchema, Rule, field, member, object_schema
from ticketcore_wire.schemas import (
    InputSchema,
    Json,
    Schema,
    annotated,
    choice,
    constant,
    line,
    nullable,
    text,
    whole_number,
)
from ticketcore_wire.values import COUNT, EVENT_ID, EXAMPLE_EVENT, FLAG, TEXT, TIME, URL

_MAX_NAME = 100
_MAX_QR_CODE = 4096
_MAX_TICKET_CODE = 64

_any_code = line(_MAX_TICKET_CODE)
_TICKET_CODE: InputSchema[TicketCode] = InputSchema(
    _any_code.json_schema, str, lambda value: ids.read_ticket_code(_any_code.decode(value))
)


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

#: What gates are shown of a ticket: no id of ticket or order, for these are credentials of their holders.
ADMISSION: Schema[TicketRecord] = object_schema(
    "Admission",
    member("event_id", TEXT, lambda record: record.ticket.event_id),
    member("event_name", TEXT, lambda record: record.event_name),
    member("ticket_code", TEXT, lambda record: record.ticket_code),
    member(
        "number", annotated(COUNT, description="Which one of its order's tickets."), lambda record: record.ticket.number
    ),
    member("of", annotated(COUNT, description="How many tickets its order has."), lambda record: record.of),
    member("status", choice(TicketStatus), lambda record: record.ticket.status),
    member(
        "validation_date",
        nullable(TIME),
        lambda record: record.ticket.admission.date if record.ticket.admission else None,
    ),
    member("gate", nullable(TEXT), lambda record: record.ticket.admission.gate if record.ticket.admission else None),
)

ADMITTED: Schema[Admitted] = object_schema(
    "Admitted",
    member("result", constant("admitted"), lambda admitted: admitted),
    member(
        "repeated",
        annotated(FLAG, description="Whether the same scan had admitted the ticket before."),
        lambda admitted: admitted.is_repeated,
    ),
    member("ticket", ADMISSION, lambda admitted: admitted.record),
)

UNDONE: Schema[TicketRecord] = object_schema(
    "Undone",
    member("result", constant("undone"), lambda record: record),
    member("ticket", ADMISSION, lambda record: record),
)


@attrs.frozen
class UndoRequest:
    """A gate's request to take an admission back."""

    qr_code: str | None = None
    ticket_code: TicketCode | None = None
    number: int | None = None
    gate: str | None = None
    event_id: EventId | None = None

    @property
    def presented(self) -> str | TicketNumber:
        """The text of the QR code, or the ticket code and number in place of it."""
        if self.qr_code is not None:
            return self.qr_code
        assert self.ticket_code is not None, "a rule asks for one or the other"
        assert self.number is not None, "a rule asks for both"
        return TicketNumber(self.ticket_code, self.number)

    def undo(self, box_office: BoxOffice, holder: Holder) -> TicketRecord | UndoRefusal | InvalidRequest:
        """Take the admission back for the holder of a key."""
        return box_office.undo(self.presented, self.event_id, holder)


@attrs.frozen
class ScanRequest(UndoRequest):
    """A gate's request to admit the holder of a ticket."""

    scan_id: str | None = None

    def admit(self, box_office: BoxOffice, holder: Holder) -> Admitted | AdmitRefusal | InvalidRequest:
        """Admit the ticket for the holder of a key, at the gate that the request names, or at that of the key's name."""
        return box_office.validate(self.presented, self.gate or holder.name, self.event_id, self.scan_id, holder)


def _qr_code(value: str) -> str:
    if len(value) > _MAX_QR_CODE:
        raise InvalidValue(Text("must be at most %(most)s characters", most=str(_MAX_QR_CODE)))
    return value


def _one_of_both(qr_code: str | None, ticket_code: str | None, number: int | None) -> Iterator[Fault]:
    if qr_code is not None and (ticket_code, number) != (None, None):
        yield Fault("qr_code", Text("must not stand beside ticket_code and number"))
    if qr_code is not None or None not in {ticket_code, number}:
        return
    missing = "number" if ticket_code is not None else "ticket_code" if number is not None else "qr_code"
    yield Fault(missing, Text("is required"))


QR_CODE: InputSchema[str] = text(_qr_code, maxLength=_MAX_QR_CODE)
GATE: InputSchema[str] = annotated(line(_MAX_NAME), description="A name for reports; by default that of the key.")
SCAN_ID: InputSchema[str] = annotated(
    line(MAX_SCAN_ID, MIN_SCAN_ID),
    description="A random text, new for each scan: repeated within ten minutes it gets the same response.",
)
_PRESENTED: tuple[Field[UndoRequest], ...] = (
    field("qr_code", QR_CODE, lambda asked: asked.qr_code),
    field(
        "ticket_code",
        annotated(_TICKET_CODE, description="In place of qr_code, with number; the event must be named then."),
        lambda asked: asked.ticket_code,
    ),
    field("number", whole_number(MAX_PER_ORDER, checks.whole(MAX_PER_ORDER)), lambda asked: asked.number),
    field("gate", GATE, lambda asked: asked.gate),
    field("event_id", EVENT_ID, lambda asked: asked.event_id),
)
# Not "oneOf": generators of clients would take the alternatives for the whole object.
_EITHER: Json = {
    "if": {"required": ["qr_code"]},
    "then": {"not": {"required": ["ticket_code"]}},
    "else": {"required": ["ticket_code"]},
    "dependentRequired": {"ticket_code": ["number"], "number": ["ticket_code"]},
}
_RULES = (Rule(("qr_code", "ticket_code", "number"), _one_of_both, _EITHER),)
_EXAMPLE: Json = {"ticket_code": "9Q4K7ZT2-MX0V3HBC", "number": 1, "event_id": EXAMPLE_EVENT}

SCAN: RequestSchema[ScanRequest] = RequestSchema(
    "Scan",
    ScanRequest,
    (
        *_PRESENTED,
        field("scan_id", SCAN_ID, lambda scan: scan.scan_id),
    ),
    _RULES,
    _EXAMPLE,
)

UNDO: RequestSchema[UndoRequest] = RequestSchema("Undo", UndoRequest, _PRESENTED, _RULES, _EXAMPLE)

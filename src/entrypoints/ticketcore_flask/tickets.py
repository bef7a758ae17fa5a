"""The routes of tickets and gates."""

from __future__ import annotations

from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Request

from ticketcore import Admitted, Refusal, Ticket, TicketRecord, TicketStatus
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import TicketId
from ticketcore.domain.refusals import TicketNotFound, TicketVoid
from ticketcore.domain.validation import AdmitRefusal, UndoRefusal
from ticketcore_flask.api import Api, read_body
from ticketcore_flask.routes import PNG, Routes
from ticketcore_wire.responses import Response
from ticketcore_wire.ticket_schemas import ADMITTED, SCAN, UNDO, UNDONE


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes under ``/tickets``."""
    box_office = api.box_office

    @routes.add(
        "POST",
        "/tickets/validate",
        "Admit a ticket, once",
        {200: ADMITTED},
        who="gate or admin",
        body=SCAN,
        refuses=AdmitRefusal,
    )
    def validate_ticket(request: Request) -> Response:
        holder = api.require(request, Role.GATE, Role.ADMIN)
        outcome = read_body(SCAN, request).admit(box_office, holder)
        return api.respond(ADMITTED, outcome) if isinstance(outcome, Admitted) else api.refuse(outcome, request)

    @routes.add(
        "POST",
        "/tickets/undo",
        "Take an admission back",
        {200: UNDONE},
        who="gate or admin",
        body=UNDO,
        refuses=UndoRefusal,
    )
    def undo_admission(request: Request) -> Response:
        holder = api.require(request, Role.GATE, Role.ADMIN)
        outcome = read_body(UNDO, request).undo(box_office, holder)
        return api.respond(UNDONE, outcome) if isinstance(outcome, TicketRecord) else api.refuse(outcome, request)

    @routes.add(
        "GET",
        "/tickets/<ticket_id>/qr.png",
        "Show a ticket's QR image",
        {200: None, 302: None},
        media_type=PNG,
        refuses=TicketNotFound | TicketVoid,
        is_for_buyers=True,
    )
    def show_qr_image(request: Request, ticket_id: TicketId) -> Response:
        ticket = box_office.ticket(ticket_id)
        if not isinstance(ticket, Ticket):
            return api.refuse(ticket, request)
        if ticket.status is TicketStatus.VOID:
            return api.refuse(TicketVoid(), request)
        image = box_office.image_of(ticket)
        if isinstance(image, Refusal):
            return api.refuse(image, request)
        return Response(200, {"Content-Type": PNG}, image) if isinstance(image, bytes) else _redirect(image)


def _redirect(url: str) -> Response:
    return Response(302, {"Location": iri_to_uri(url), "Content-Type": "text/plain"}, b"")

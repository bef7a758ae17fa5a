"""The routes of tickets and gates."""

from __future__ import annotations

from flask import Blueprint, Response, redirect

from ticketcore import Admitted, Refusal, Ticket, TicketRecord
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import TicketId
from ticketcore.domain.refusals import TicketNotFound, TicketVoid
from ticketcore.domain.validation import AdmitRefusal, UndoRefusal
from ticketcore_flask.api import Api, read_body
from ticketcore_flask.operations import PNG, operation
from ticketcore_wire.ticket_schemas import ADMITTED, SCAN, UNDO, UNDONE


def add_routes(blueprint: Blueprint, api: Api) -> None:
    """Add the routes under ``/tickets``."""
    box_office = api.box_office

    @blueprint.post("/tickets/validate")
    @operation("Admit a ticket, once", {200: ADMITTED}, who="gate or admin", body=SCAN, refuses=AdmitRefusal)
    def validate_ticket() -> Response:
        holder = api.require(Role.GATE, Role.ADMIN)
        outcome = read_body(SCAN).admit(box_office, holder)
        return api.respond(ADMITTED, outcome) if isinstance(outcome, Admitted) else api.refuse(outcome)

    @blueprint.post("/tickets/undo")
    @operation("Take an admission back", {200: UNDONE}, who="gate or admin", body=UNDO, refuses=UndoRefusal)
    def undo_admission() -> Response:
        holder = api.require(Role.GATE, Role.ADMIN)
        outcome = read_body(UNDO).undo(box_office, holder)
        return api.respond(UNDONE, outcome) if isinstance(outcome, TicketRecord) else api.refuse(outcome)

    @blueprint.get("/tickets/<ticket_id>/qr.png")
    @operation("Show a ticket's QR image", {200: None, 302: None}, media_type=PNG, refuses=TicketNotFound | TicketVoid)
    def show_qr_image(ticket_id: TicketId) -> Response:
        ticket = box_office.ticket(ticket_id)
        if not isinstance(ticket, Ticket):
            return api.refuse(ticket)
        if ticket.is_void:
            return api.refuse(TicketVoid())
        image = box_office.image_of(ticket)
        if isinstance(image, Refusal):
            return api.refuse(image)
        return Response(image, mimetype=PNG) if isinstance(image, bytes) else _redirect(image)


def _redirect(url: str) -> Response:
    response = redirect(url)
    assert isinstance(response, Response)
    return response

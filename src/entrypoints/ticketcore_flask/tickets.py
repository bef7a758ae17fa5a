"""The routes of tickets and gates."""

from __future__ import annotations

from flask import Blueprint, Response, redirect

from ticketcore import Refusal, Ticket
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import TicketId
from ticketcore.domain.refusals import TicketNotFound
from ticketcore.domain.validation import AdmitRefusal
from ticketcore_flask.api import Api, read_body
from ticketcore_flask.operations import PNG, operation
from ticketcore_wire.ticket_schemas import ADMISSION, SCAN, LinkedTicket


def add_routes(blueprint: Blueprint, api: Api) -> None:
    """Add the routes under ``/tickets``."""
    box_office = api.box_office

    @blueprint.post("/tickets/validate")
    @operation("Admit a ticket, once", {200: ADMISSION}, who="gate or admin", body=SCAN, refuses=AdmitRefusal)
    def validate_ticket() -> Response:
        holder = api.require(Role.GATE, Role.ADMIN)
        ticket = read_body(SCAN).admit(box_office, holder.name)
        if not isinstance(ticket, Ticket):
            return api.refuse(ticket)
        return api.respond(ADMISSION, LinkedTicket(ticket, api.public_url()))

    @blueprint.get("/tickets/<ticket_id>/qr.png")
    @operation("Show a ticket's QR image", {200: None, 302: None}, media_type=PNG, refuses=TicketNotFound)
    def show_qr_image(ticket_id: TicketId) -> Response:
        ticket = box_office.ticket(ticket_id)
        if not isinstance(ticket, Ticket):
            return api.refuse(ticket)
        image = box_office.image_of(ticket)
        if isinstance(image, Refusal):
            return api.refuse(image)
        return Response(image, mimetype=PNG) if isinstance(image, bytes) else _redirect(image)


def _redirect(url: str) -> Response:
    response = redirect(url)
    assert isinstance(response, Response)
    return response

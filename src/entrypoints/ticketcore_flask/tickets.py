"""The routes of tickets and gates."""

from __future__ import annotations

from flask import Blueprint, Response, redirect

from ticketcore import BoxOffice, Ticket
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import TicketId
from ticketcore.domain.refusals import TicketNotFound
from ticketcore.domain.validation import AdmitRefusal
from ticketcore_flask.credentials import Credentials
from ticketcore_flask.operations import PNG, operation
from ticketcore_flask.requests import read_body
from ticketcore_flask.responses import answer, public_url, refuse
from ticketcore_wire.gate import admit
from ticketcore_wire.representations import admission_json
from ticketcore_wire.request_schemas import SCAN


def tickets_blueprint(box_office: BoxOffice, credentials: Credentials) -> Blueprint:
    """Answer the routes under ``/tickets``."""
    blueprint = Blueprint("tickets", __name__)

    @blueprint.post("/tickets/validate")
    @operation("Let a ticket in, once", {200: "Admission"}, who="gate or admin", body=SCAN, refuses=AdmitRefusal)
    def validate_ticket() -> Response:
        holder = credentials.require(Role.GATE, Role.ADMIN)
        ticket = admit(box_office, read_body(SCAN), holder)
        return answer(admission_json(ticket, public_url())) if isinstance(ticket, Ticket) else refuse(ticket)

    @blueprint.get("/tickets/<ticket_id>/qr.png")
    @operation("Show a ticket's QR image", {200: None, 302: None}, media_type=PNG, refuses=TicketNotFound)
    def show_qr_image(ticket_id: str) -> Response:
        ticket = box_office.ticket(TicketId(ids.opaque(ticket_id)))
        if not isinstance(ticket, Ticket):
            return refuse(ticket)
        image = box_office.image_of(ticket)
        return Response(image, mimetype=PNG) if isinstance(image, bytes) else _moved(image)

    return blueprint


def _moved(url: str) -> Response:
    response = redirect(url)
    assert isinstance(response, Response)
    return response

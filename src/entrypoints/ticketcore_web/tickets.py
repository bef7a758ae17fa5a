"""The page of one ticket, for its holder's hand at the gate, and what it needs to work offline."""

from __future__ import annotations

from flask import Response

from ticketcore import LiveEvent, Order, Ticket
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import ticket_id as read_ticket_id
from ticketcore.domain.refusals import Refusal, TicketVoid
from ticketcore_web.pages import PageRoutes
from ticketcore_web.site import Site
from ticketcore_web.static_files import static_files


def add_pages(routes: PageRoutes, site: Site) -> None:
    """Add a ticket, its QR image, and the service worker that keeps both."""
    box_office = site.box_office

    @routes.page("/t/<ticket_id>")
    def ticket(ticket_id: str) -> Response | Refusal:
        found = box_office.ticket(read_ticket_id(ticket_id))
        if not isinstance(found, Ticket):
            return found
        order = box_office.order(found.order_id)
        live = box_office.event(found.event_id)
        if not isinstance(order, Order):
            return order
        if not isinstance(live, LiveEvent):
            return live
        return site.show(
            "ticket.html",
            ticket=found,
            order=order,
            event=live.event,
            is_event_cancelled=live.event.status is EventStatus.CANCELLED,
        )

    @routes.page("/t/<ticket_id>/qr.png")
    def ticket_image(ticket_id: str) -> Response | Refusal:
        found = box_office.ticket(read_ticket_id(ticket_id))
        if not isinstance(found, Ticket):
            return found
        if found.is_refunded:
            return TicketVoid()
        image = box_office.draw(found)
        return image if isinstance(image, Refusal) else Response(image, content_type="image/png")

    @routes.page("/t/worker.js")
    def ticket_worker() -> Response | Refusal:
        return static_files()["worker.js"].response("no-cache")

"""The organiser's orders: found by address, ticket code or digest, and mended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flask import Response, request

from ticketcore import LiveEvent, Order, OrderFilter, Ticket
from ticketcore.domain import ids, journal
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.order_listing import OrderPage
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import EventNotFound, Fault, InvalidRequest, Refusal
from ticketcore.domain.texts import Text
from ticketcore_web.cursors import read_cursor
from ticketcore_web.desk.routes import DONE, Desk
from ticketcore_web.pages import View
from ticketcore_wire.order_schemas import CURSOR

_ON_A_PAGE = 25
_MAX_TYPED = 300
_NUMBER = re.compile("[0-9]{1,4}")

STATUS_NAMES = {
    OrderStatus.RESERVED: Text("Reserved"),
    OrderStatus.PROCESSING: Text("Payment in progress"),
    OrderStatus.PAID: Text("Paid"),
    OrderStatus.EXPIRED: Text("Expired"),
    OrderStatus.CANCELLED: Text("Cancelled"),
    OrderStatus.DECLINED: Text("Declined"),
    OrderStatus.REFUNDED: Text("Refunded"),
}


def add_pages(desk: Desk) -> None:
    """Add the list of orders with its search, and one order."""
    _add_list(desk)
    desk_order = _add_order(desk)
    _add_tickets(desk)
    _add_corrections(desk, desk_order)
    _add_refunds(desk, desk_order)


def _add_list(desk: Desk) -> None:
    site = desk.site

    @desk.page("/desk/orders")
    def desk_orders(refusal: Refusal | None = None) -> Response | Refusal:
        status = request.args.get("status", "")
        wanted = OrderFilter(
            event_id=read_event_id(request.args["event"]) if request.args.get("event") else None,
            status=OrderStatus(status) if status in list(OrderStatus) else None,
            undelivered=request.args.get("undelivered") == "1",
        )
        return _list(desk, wanted, request.args.get("cursor"), refusal)

    # An address is personal, and the addresses of pages are logged: what is searched for is sent, not asked for in a query.
    @desk.form("/desk/orders", shown_by=desk_orders)
    def desk_find_orders() -> Response | Refusal:
        search = request.form.get("search", "").strip()[:_MAX_TYPED]
        if "@" in search:
            return _list(desk, OrderFilter(customer_email=search), request.form.get("cursor"), None)
        order = site.organiser.find_order(search.lower() if ids.is_digest(search.lower()) else search)
        return order if isinstance(order, Refusal) else site.go("desk_order", digest=ids.digest(order.id))


def _list(desk: Desk, wanted: OrderFilter, cursor: str | None, refusal: Refusal | None) -> Response | Refusal:
    after = read_cursor(CURSOR, cursor)
    if isinstance(after, Refusal):
        return after
    page = desk.site.organiser.list_orders(wanted, after, _ON_A_PAGE)
    if isinstance(page, Refusal):
        return page
    return desk.show(
        "orders.html",
        refusal=refusal,
        orders=[(order, ids.digest(order.id), STATUS_NAMES[order.status]) for order in page.items],
        events=_events_of(desk, page),
        event=_event(desk, wanted.event_id) if wanted.event_id is not None else None,
        wanted=wanted,
        statuses=[(status.value, name) for status, name in STATUS_NAMES.items()],
        search=request.form.get("search", "").strip()[:_MAX_TYPED],
        more=CURSOR.encode(page.after) if page.after else None,
        is_first=after is None,
    )


def _events_of(desk: Desk, page: OrderPage) -> Mapping[EventId, Event | None]:
    return {event_id: _event(desk, event_id) for event_id in {order.event_id for order in page.items}}


def _event(desk: Desk, event_id: EventId) -> Event | None:
    live = desk.site.box_office.event(event_id)
    return live.event if isinstance(live, LiveEvent) else None


def found(desk: Desk, digest: str) -> tuple[Order, Event] | Refusal:
    """Return the order of a digest, with its event."""
    order = desk.site.organiser.find_order(ids.read_digest(digest))
    if isinstance(order, Refusal):
        return order
    event = _event(desk, order.event_id)
    return EventNotFound() if event is None else (order, event)


def _with_tickets(desk: Desk, digest: str) -> tuple[Order, Event, Sequence[Ticket]] | Refusal:
    """Return the order of a digest, with its event and, once it is paid, its tickets."""
    order_and_event = found(desk, digest)
    if isinstance(order_and_event, Refusal):
        return order_and_event
    order, event = order_and_event
    tickets = desk.site.box_office.tickets_of(order) if order.status is OrderStatus.PAID else ()
    return tickets if isinstance(tickets, Refusal) else (order, event, tickets)


def _add_order(desk: Desk) -> View:
    organiser = desk.site.organiser

    @desk.page("/desk/o/<digest>")
    def desk_order(digest: str, refusal: Refusal | None = None) -> Response | Refusal:
        if not ids.is_digest(digest):
            named = organiser.find_order(ids.read_digest(digest) or digest)
            return named if isinstance(named, Refusal) else desk.site.go("desk_order", digest=ids.digest(named.id))
        whole = _with_tickets(desk, digest)
        if isinstance(whole, Refusal):
            return whole
        order, event, tickets = whole
        return desk.show(
            "order.html",
            refusal=refusal,
            order=order,
            event=event,
            digest=digest,
            status=STATUS_NAMES[order.status],
            outlook=journal.outlook(order, is_event_cancelled=event.status is EventStatus.CANCELLED).in_zone(
                event.timezone
            ),
            tickets=tickets,
            entries=[(entry.at, entry.sentence.in_zone(event.timezone)) for entry in organiser.explain(order.id)],
            address=request.form.get("customer_email", order.customer_email)[:_MAX_TYPED],
        )

    return desk_order


def _add_tickets(desk: Desk) -> None:
    organiser = desk.site.organiser

    @desk.page("/desk/o/<digest>/tickets")
    def desk_tickets(digest: str) -> Response | Refusal:
        whole = _with_tickets(desk, digest)
        if isinstance(whole, Refusal):
            return whole
        order, event, tickets = whole
        return desk.show(
            "tickets.html",
            order=order,
            event=event,
            digest=digest,
            status=STATUS_NAMES[order.status],
            tickets=tickets,
        )

    @desk.page("/desk/o/<digest>/live")
    def desk_live_order(digest: str) -> Response | Refusal:
        order = organiser.find_order(ids.read_digest(digest))
        if isinstance(order, Refusal):
            return order
        return Response(f'{{"state": "{order.status.value}"}}', content_type="application/json")


def _add_corrections(desk: Desk, desk_order: View) -> None:
    organiser = desk.site.organiser

    @desk.form("/desk/o/<digest>/mail", shown_by=desk_order)
    def desk_resend(digest: str) -> Response | Refusal:
        return _done(desk, digest, organiser.resend(ids.read_digest(digest), by=desk.by), "mailed")

    @desk.form("/desk/o/<digest>/address", shown_by=desk_order)
    def desk_correct(digest: str) -> Response | Refusal:
        address = request.form.get("customer_email", "").strip()
        return _done(desk, digest, organiser.correct(ids.read_digest(digest), address, by=desk.by), "corrected")


def _add_refunds(desk: Desk, desk_order: View) -> None:
    site, organiser = desk.site, desk.site.organiser

    @desk.form("/desk/o/<digest>/refund", shown_by=desk_order)
    def desk_refund(digest: str) -> Response | Refusal:
        numbers = [int(each) for each in request.form.getlist("ticket") if _NUMBER.fullmatch(each)]
        if not numbers:
            return InvalidRequest((Fault("tickets", Text("must be ticked: at least one of them")),))
        used = "include_used" in request.form
        name = ids.read_digest(digest)
        return _done(desk, digest, organiser.refund(name, tickets=numbers, include_used=used, by=desk.by), "refunded")

    @desk.form("/desk/o/<digest>/whole-refund", shown_by=desk_order)
    def desk_refund_whole(digest: str) -> Response | Refusal:
        used = "include_used" in request.form
        return _done(desk, digest, organiser.refund(ids.read_digest(digest), include_used=used, by=desk.by), "refunded")

    @desk.form("/desk/o/<digest>/given-up-payment", shown_by=desk_order)
    def desk_give_up(digest: str) -> Response | Refusal:
        order = organiser.find_order(ids.read_digest(digest))
        if isinstance(order, Refusal):
            return order
        if order.status is not OrderStatus.PROCESSING:
            # It was decided meanwhile: what is paid is refunded only where that was asked for.
            return site.go("desk_order", digest=digest)
        return _done(desk, digest, organiser.refund(order.id, by=desk.by), "given-up")


def _done(desk: Desk, digest: str, outcome: Order | Refusal, done: str) -> Response | Refusal:
    return outcome if isinstance(outcome, Refusal) else desk.site.go("desk_order", digest=digest, **{DONE: done})

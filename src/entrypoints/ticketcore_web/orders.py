"""The page of an order, which its buyer pays, cancels and keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from flask import Response, jsonify, request
from markupsafe import Markup

from ticketcore import LiveEvent, Order, OrderStatus
from ticketcore.domain.attempts import ActionType, PaymentAction
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.ids import order_id as read_order_id
from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import OrderNotPaid, Refusal
from ticketcore.domain.texts import LocalTime, Text
from ticketcore_bootstrap import qr_code_as_svg
from ticketcore_texts.calendar_files import calendar_file
from ticketcore_web import errors
from ticketcore_web.pages import PageRoutes
from ticketcore_web.site import Site

_WEB = re.compile(r"https?://[^/\[]", re.IGNORECASE)
_UNPAID = frozenset({OrderStatus.RESERVED, OrderStatus.PROCESSING})
_HAS_TICKETS = frozenset({OrderStatus.PAID, OrderStatus.REFUNDED})


def add_pages(routes: PageRoutes, site: Site) -> None:
    """Add an order, its payment, its cancellation and its calendar file."""
    box_office = site.box_office

    @routes.page("/o/<order_id>")
    def order(order_id: str, refusal: Refusal | None = None) -> Response | Refusal:
        found = _found(site, order_id)
        if isinstance(found, Refusal):
            return found
        order, event = found
        tickets = box_office.tickets_of(order) if order.status is OrderStatus.PAID else ()
        if isinstance(tickets, Refusal):
            return tickets
        action = order.payment.action if order.payment else None
        return site.show(
            "order.html",
            refusal=refusal,
            said=refusal and errors.said(refusal),
            next_step=refusal and errors.next_step(refusal),
            order=order,
            event=event,
            title=_title(order, event),
            state=_state(order, event),
            until=Text("Held until %(time)s", time=LocalTime(order.expires_at, event.timezone)),
            pay_until=_pay_until(order, event),
            is_overdue=_is_overdue(order, site.now),
            seconds=max(0, int((order.expires_at - site.now).total_seconds())),
            is_event_cancelled=event.status is EventStatus.CANCELLED,
            choices=site.options.payment_choices,
            link=link_to_pay(action),
            pix=action.value if action and action.type is ActionType.QR_CODE else None,
            pix_svg=_svg(action),
            tickets=tickets,
            has_void=any(ticket.is_refunded for ticket in tickets),
        )

    @routes.page("/o/<order_id>/live")
    def live_order(order_id: str) -> Response | Refusal:
        found = _found(site, order_id)
        return found if isinstance(found, Refusal) else jsonify({"state": _state(*found)})

    @routes.form("/o/<order_id>/payment", shown_by=order, act=LimitedAct.PAYMENT)
    def pay(order_id: str) -> Response | Refusal:
        paid = box_office.pay(read_order_id(order_id), request.form.get("payment_token"))
        return site.go("order", order_id=paid.id) if isinstance(paid, Order) else paid

    @routes.form("/o/<order_id>/cancellation", shown_by=order)
    def cancel(order_id: str) -> Response | Refusal:
        cancelled = box_office.cancel(read_order_id(order_id))
        return site.go("order", order_id=cancelled.id) if isinstance(cancelled, Order) else cancelled

    @routes.page("/o/<order_id>.ics")
    def calendar(order_id: str) -> Response | Refusal:
        found = _found(site, order_id)
        if isinstance(found, Refusal):
            return found
        order, event = found
        if order.status not in _HAS_TICKETS:
            return OrderNotPaid(order.status.value)
        url = site.url("order", order_id=order.id)
        description = site.text(Text("Ticket code: %(code)s", code=order.ticket_code or ""))
        content = calendar_file(event, order, site.now, description, url, None)
        headers = {"Content-Disposition": 'attachment; filename="tickets.ics"'}
        return Response(content, headers=headers, content_type="text/calendar; charset=utf-8")


def _found(site: Site, name: str) -> tuple[Order, Event] | Refusal:
    order = site.box_office.order(read_order_id(name))
    if isinstance(order, Refusal):
        return order
    live = site.box_office.event(order.event_id)
    return (order, live.event) if isinstance(live, LiveEvent) else live


_TITLES = {
    OrderStatus.RESERVED: Text("Reserved for you"),
    OrderStatus.PROCESSING: Text("Your payment is being confirmed"),
    OrderStatus.PAID: Text("Your tickets"),
    OrderStatus.EXPIRED: Text("The reservation has expired"),
    OrderStatus.CANCELLED: Text("The reservation was cancelled"),
    OrderStatus.DECLINED: Text("The payment was declined"),
    OrderStatus.REFUNDED: Text("The order was refunded"),
}


def _title(order: Order, event: Event) -> Text:
    if event.status is EventStatus.CANCELLED and order.status in _UNPAID:
        return Text("There is nothing to pay")
    is_waiting = order.status is OrderStatus.PROCESSING and order.payment is not None and order.payment.action
    return Text("Your payment is waiting for you") if is_waiting else _TITLES[order.status]


def _state(order: Order, event: Event) -> str:
    """Return what decides what the page of an order shows."""
    payment = order.payment
    seen: Sequence[object] = (
        order.status.value,
        payment.status.value if payment else None,
        payment.action is not None if payment else None,
        order.delivery.value if order.delivery else None,
        order.places,
        event.status is EventStatus.CANCELLED,
    )
    return "-".join(map(str, seen))


def _pay_until(order: Order, event: Event) -> Text | None:
    until = order.payment.expires_at if order.payment else None
    return None if until is None else Text("Pay until %(time)s", time=LocalTime(until, event.timezone))


def _is_overdue(order: Order, now: datetime) -> bool:
    """Return whether the time to pay is over, and the gateway is still to be asked whether it was in time."""
    until = order.payment.expires_at if order.payment else None
    return until is not None and until <= now


def link_to_pay(action: PaymentAction | None) -> str | None:
    """Return the address at which the buyer pays, ``None`` if there is none; what a browser would run is none."""
    if action is None or action.type is not ActionType.REDIRECT:
        return None
    return action.value if _WEB.match(action.value) else None


def _svg(action: PaymentAction | None) -> Markup | None:
    if action is None or action.type is not ActionType.QR_CODE:
        return None
    drawn = qr_code_as_svg(action.value)
    return None if drawn is None else Markup(drawn)  # noqa: S704  It is drawn, and quotes nothing.

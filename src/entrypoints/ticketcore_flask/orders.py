"""The routes of orders.  An order's id is its buyer's credential; its digest and ticket code are names for admins alone."""

from __future__ import annotations

from werkzeug.wrappers import Request

from ticketcore import Order, OrderPage, PlacedOrder
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.correcting import CorrectRefusal
from ticketcore.domain.ids import OrderId
from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.payments import PayRefusal, RefundRefusal
from ticketcore.domain.refusals import IdempotencyConflict, InvalidRequest, OrderNotFound, OrderNotPaid, Refusal
from ticketcore.domain.resending import ResendRefusal
from ticketcore.domain.reservations import CancelRefusal, ReserveRefusal
from ticketcore_flask.api import Api, read_body, read_body_and_headers, read_query
from ticketcore_flask.routes import Routes
from ticketcore_texts import accepted_language
from ticketcore_wire.order_schemas import (
    NEW_ORDER,
    NEW_ORDER_HEADERS,
    NOTHING,
    ORDER,
    ORDER_CORRECTION,
    ORDER_PAGE,
    ORDER_QUERY,
    ORDER_TICKETS,
    OrderTickets,
)
from ticketcore_wire.payment_schemas import PAYMENT_REQUEST, REFUND_REQUEST
from ticketcore_wire.problems import Forbidden, Unauthorized
from ticketcore_wire.responses import Response

#: Seconds after which an order is worth looking at again: most payments are charged by then.
_CHARGED_WITHIN = "1"


def _named(api: Api, request: Request, name: str) -> OrderId:
    """Return the id of the order that a request names; an admin may name it by its digest or ticket code, too."""
    if ids.is_id(name, ids.SECRET_BYTES) or not api.has_key(request, Role.ADMIN):
        return ids.order_id(name)
    return api.organiser.order_id(name)


def _shown(api: Api, request: Request, outcome: Order | Refusal, status: int = 200) -> Response:
    if isinstance(outcome, Refusal):
        return api.refuse(outcome, request)
    response = api.respond(ORDER, outcome, status, api.language(request) if outcome.problem else None)
    if status == 201:
        response.headers["Location"] = api.location(request, f"/orders/{outcome.id}")
    return response


def _placed(api: Api, request: Request, placed: PlacedOrder | Refusal) -> Response:
    if isinstance(placed, Refusal):
        return api.refuse(placed, request)
    response = _shown(api, request, placed.order, 201)
    if placed.is_replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _paying(api: Api, request: Request, outcome: Order | Refusal) -> Response:
    response = _shown(api, request, outcome, 202)
    if response.status == 202:
        response.headers["Retry-After"] = _CHARGED_WITHIN
    return response


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes under ``/orders``."""
    _add_routes_of_buyers(routes, api)
    _add_routes_of_admins(routes, api)


def _add_routes_of_buyers(routes: Routes, api: Api) -> None:
    box_office = api.box_office

    @routes.add(
        "POST",
        "/orders",
        "Reserve places",
        {201: ORDER},
        body=NEW_ORDER,
        headers=NEW_ORDER_HEADERS,
        response_headers=("Location",),
        optional_headers=("Idempotent-Replayed",),
        refuses=ReserveRefusal | IdempotencyConflict,
        limited_as=LimitedAct.ORDER,
        is_for_buyers=True,
    )
    def create_order(request: Request) -> Response:
        wanted, headers = read_body_and_headers(NEW_ORDER, NEW_ORDER_HEADERS, request)
        placed = box_office.place_order(
            wanted.event_id,
            wanted.quantity,
            wanted.customer_email,
            headers.idempotency_key,
            language=accepted_language(request.headers.get("Accept-Language")),
        )
        return _placed(api, request, placed)

    @routes.add(
        "GET",
        "/orders/<order_id>",
        "Show an order",
        {200: ORDER},
        refuses=OrderNotFound,
        is_for_buyers=True,
    )
    def show_order(request: Request, order_id: str) -> Response:
        return _shown(api, request, box_office.order(_named(api, request, order_id)))

    @routes.add(
        "POST",
        "/orders/<order_id>/payment",
        "Confirm the payment",
        {202: ORDER},
        body=PAYMENT_REQUEST,
        refuses=PayRefusal | Unauthorized | Forbidden,
        limited_as=LimitedAct.PAYMENT,
        response_headers=("Retry-After",),
        is_for_buyers=True,
    )
    def pay_order(request: Request, order_id: str) -> Response:
        wanted = read_body(PAYMENT_REQUEST, request)
        if wanted.method is None:
            return _paying(api, request, box_office.pay(_named(api, request, order_id), wanted.payment_token))
        holder = api.require(request, Role.ADMIN)
        return _paying(api, request, api.organiser.record_payment(order_id, wanted.method, by=holder.name))

    @routes.add(
        "DELETE",
        "/orders/<order_id>",
        "Cancel a reservation",
        {200: ORDER},
        refuses=CancelRefusal,
        is_for_buyers=True,
    )
    def cancel_order(request: Request, order_id: str) -> Response:
        return _shown(api, request, box_office.cancel(_named(api, request, order_id)))

    @routes.add(
        "GET",
        "/orders/<order_id>/ticket",
        "Show a paid order's tickets",
        {200: ORDER_TICKETS},
        refuses=OrderNotFound | OrderNotPaid,
        is_for_buyers=True,
    )
    def show_tickets(request: Request, order_id: str) -> Response:
        order = box_office.order(_named(api, request, order_id))
        if not isinstance(order, Order):
            return api.refuse(order, request)
        tickets = box_office.tickets_of(order)
        if isinstance(tickets, Refusal):
            return api.refuse(tickets, request)
        return api.respond(ORDER_TICKETS, OrderTickets(order, tickets, api.public_url(request)))


def _add_routes_of_admins(routes: Routes, api: Api) -> None:
    @routes.add(
        "GET",
        "/orders",
        "List orders, newest first",
        {200: ORDER_PAGE},
        who="admin",
        query=ORDER_QUERY,
        refuses=InvalidRequest,
    )
    def list_orders(request: Request) -> Response:
        api.require(request, Role.ADMIN)
        query = read_query(ORDER_QUERY, request)
        page = api.organiser.list_orders(query.order_filter, query.cursor, query.limit)
        return api.respond(ORDER_PAGE, page) if isinstance(page, OrderPage) else api.refuse(page, request)

    @routes.add(
        "PATCH",
        "/orders/<order_id>",
        "Correct the address of an order",
        {200: ORDER},
        who="admin",
        body=ORDER_CORRECTION,
        refuses=CorrectRefusal | InvalidRequest,
    )
    def correct_order(request: Request, order_id: str) -> Response:
        holder = api.require(request, Role.ADMIN)
        wanted = read_body(ORDER_CORRECTION, request)
        return _shown(api, request, api.organiser.correct(order_id, wanted.customer_email, by=holder.name))

    @routes.add(
        "POST",
        "/orders/<order_id>/mail",
        "Mail the tickets again",
        {202: ORDER},
        who="admin",
        body=NOTHING,
        refuses=ResendRefusal,
    )
    def resend_tickets(request: Request, order_id: str) -> Response:
        holder = api.require(request, Role.ADMIN)
        read_body(NOTHING, request)
        return _shown(api, request, api.organiser.resend(order_id, by=holder.name), 202)

    @routes.add(
        "POST",
        "/orders/<order_id>/refund",
        "Refund a paid order, or some of its tickets",
        {200: ORDER},
        who="admin",
        body=REFUND_REQUEST,
        refuses=RefundRefusal,
    )
    def refund_order(request: Request, order_id: str) -> Response:
        holder = api.require(request, Role.ADMIN)
        wanted = read_body(REFUND_REQUEST, request)
        refunded = api.organiser.refund(
            order_id, tickets=wanted.tickets, include_used=wanted.include_used, by=holder.name
        )
        return _shown(api, request, refunded)

"""The routes of orders.  An order's id is its buyer's credential."""

from __future__ import annotations

from flask import Blueprint, Response

from ticketcore import Order, PlacedOrder
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import OrderId
from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.payments import PayRefusal, RefundRefusal
from ticketcore.domain.refusals import IdempotencyConflict, OrderNotFound, OrderNotPaid, Refusal
from ticketcore.domain.resending import ResendRefusal
from ticketcore.domain.reservations import CancelRefusal, ReserveRefusal
from ticketcore_flask.api import Api, read_body, read_body_and_headers
from ticketcore_flask.operations import operation
from ticketcore_wire.order_schemas import (
    NEW_ORDER,
    NEW_ORDER_HEADERS,
    NOTHING,
    ORDER,
    ORDER_TICKETS,
    PAYMENT,
    REFUND,
    OrderTickets,
)


def _shown(api: Api, outcome: Order | Refusal, status: int = 200) -> Response:
    if isinstance(outcome, Refusal):
        return api.refuse(outcome)
    response = api.respond(ORDER, outcome, status)
    if status == 201:
        response.headers["Location"] = api.location(f"/orders/{outcome.id}")
    return response


def _placed(api: Api, placed: PlacedOrder | Refusal) -> Response:
    if isinstance(placed, Refusal):
        return api.refuse(placed)
    response = _shown(api, placed.order, 201)
    if placed.is_replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def add_routes(blueprint: Blueprint, api: Api) -> None:
    """Add the routes under ``/orders``."""
    box_office = api.box_office

    @blueprint.post("/orders")
    @operation(
        "Reserve places",
        {201: ORDER},
        body=NEW_ORDER,
        headers=NEW_ORDER_HEADERS,
        response_headers=("Location",),
        optional_headers=("Idempotent-Replayed",),
        refuses=ReserveRefusal | IdempotencyConflict,
        limited_as=LimitedAct.ORDER,
    )
    def create_order() -> Response:
        wanted, headers = read_body_and_headers(NEW_ORDER, NEW_ORDER_HEADERS)
        placed = box_office.place_order(
            wanted.event_id, wanted.quantity, wanted.customer_email, headers.idempotency_key
        )
        return _placed(api, placed)

    @blueprint.get("/orders/<order_id>")
    @operation("Show an order", {200: ORDER}, refuses=OrderNotFound)
    def show_order(order_id: OrderId) -> Response:
        return _shown(api, box_office.order(order_id))

    @blueprint.post("/orders/<order_id>/payment")
    @operation("Confirm the payment", {202: ORDER}, body=PAYMENT, refuses=PayRefusal, limited_as=LimitedAct.PAYMENT)
    def pay_order(order_id: OrderId) -> Response:
        return _shown(api, box_office.pay(order_id, read_body(PAYMENT).payment_token), 202)

    @blueprint.delete("/orders/<order_id>")
    @operation("Cancel a reservation", {200: ORDER}, refuses=CancelRefusal)
    def cancel_order(order_id: OrderId) -> Response:
        return _shown(api, box_office.cancel(order_id))

    @blueprint.get("/orders/<order_id>/ticket")
    @operation("Show a paid order's tickets", {200: ORDER_TICKETS}, refuses=OrderNotFound | OrderNotPaid)
    def show_tickets(order_id: OrderId) -> Response:
        order = box_office.order(order_id)
        if not isinstance(order, Order):
            return api.refuse(order)
        tickets = box_office.tickets_of(order)
        if isinstance(tickets, Refusal):
            return api.refuse(tickets)
        return api.respond(ORDER_TICKETS, OrderTickets(order, tickets, api.public_url()))

    @blueprint.post("/orders/<order_id>/mail")
    @operation("Mail the tickets again", {202: ORDER}, who="admin", body=NOTHING, refuses=ResendRefusal)
    def resend_tickets(order_id: OrderId) -> Response:
        api.require(Role.ADMIN)
        read_body(NOTHING)
        return _shown(api, api.organiser.resend(order_id), 202)

    @blueprint.post("/orders/<order_id>/refund")
    @operation("Refund a paid order", {200: ORDER}, who="admin", body=REFUND, refuses=RefundRefusal)
    def refund_order(order_id: OrderId) -> Response:
        holder = api.require(Role.ADMIN)
        wanted = read_body(REFUND)
        return _shown(api, api.organiser.refund(order_id, include_used=wanted.include_used, by=holder.name))

"""The routes of orders.  An order's id is its buyer's credential."""

from __future__ import annotations

from flask import Blueprint, Response

from ticketcore import BoxOffice, Order, Organiser
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.payments import PayRefusal, RefundRefusal
from ticketcore.domain.refusals import IdempotencyConflict, OrderNotFound, OrderNotPaid, Refusal
from ticketcore.domain.reservations import CancelRefusal, ReserveRefusal
from ticketcore_flask.credentials import Credentials
from ticketcore_flask.operations import operation
from ticketcore_flask.requests import read_body
from ticketcore_flask.responses import answer, location, public_url, refuse
from ticketcore_wire.representations import order_json, order_tickets_json
from ticketcore_wire.request_schemas import IDEMPOTENCY_KEY, NEW_ORDER, NOTHING, PAYMENT


def _answer(outcome: Order | Refusal, status: int = 200, **headers: str) -> Response:
    return answer(order_json(outcome), status, **headers) if isinstance(outcome, Order) else refuse(outcome)


def orders_blueprint(box_office: BoxOffice, organiser: Organiser, credentials: Credentials) -> Blueprint:
    """Answer the routes under ``/orders``."""
    blueprint = Blueprint("orders", __name__)

    @blueprint.post("/orders")
    @operation(
        "Reserve places",
        {201: "Order"},
        body=NEW_ORDER,
        headers=(IDEMPOTENCY_KEY,),
        answer_headers=("Location",),
        refuses=ReserveRefusal | IdempotencyConflict,
    )
    def create_order() -> Response:
        wanted = read_body(NEW_ORDER, (IDEMPOTENCY_KEY,))
        order = box_office.reserve(
            EventId(ids.opaque(wanted["event_id"])),
            wanted["quantity"],
            wanted["customer_email"],
            wanted.get(IDEMPOTENCY_KEY.name),
        )
        return (
            _answer(order, 201, Location=location(f"/orders/{order.id}")) if isinstance(order, Order) else refuse(order)
        )

    @blueprint.get("/orders/<order_id>")
    @operation("Show an order", {200: "Order"}, refuses=OrderNotFound)
    def show_order(order_id: str) -> Response:
        return _answer(box_office.order(OrderId(ids.opaque(order_id))))

    @blueprint.post("/orders/<order_id>/payment")
    @operation("Confirm the payment", {202: "Order"}, body=PAYMENT, refuses=PayRefusal)
    def pay_order(order_id: str) -> Response:
        token = read_body(PAYMENT)["payment_token"]
        return _answer(box_office.pay(OrderId(ids.opaque(order_id)), token), 202)

    @blueprint.delete("/orders/<order_id>")
    @operation("Cancel a reservation", {200: "Order"}, refuses=CancelRefusal)
    def cancel_order(order_id: str) -> Response:
        return _answer(box_office.cancel(OrderId(ids.opaque(order_id))))

    @blueprint.get("/orders/<order_id>/ticket")
    @operation("Show a paid order's tickets", {200: "OrderTickets"}, refuses=OrderNotFound | OrderNotPaid)
    def show_tickets(order_id: str) -> Response:
        order = box_office.order(OrderId(ids.opaque(order_id)))
        if not isinstance(order, Order):
            return refuse(order)
        tickets = box_office.tickets_of(order)
        if isinstance(tickets, OrderNotPaid):
            return refuse(tickets)
        return answer(order_tickets_json(order, tickets, public_url()))

    @blueprint.post("/orders/<order_id>/refund")
    @operation("Refund a paid order", {200: "Order"}, who="admin", body=NOTHING, refuses=RefundRefusal)
    def refund_order(order_id: str) -> Response:
        credentials.require(Role.ADMIN)
        read_body(NOTHING)
        return _answer(organiser.refund(OrderId(ids.opaque(order_id))))

    return blueprint

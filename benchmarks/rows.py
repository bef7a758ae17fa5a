"""The operations that are measured: what is sent, what has to come back, and which yardstick stands beside it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import attrs

from benchmarks.load import Load, Request
from benchmarks.stock import Stock

#: Makes the load of one round, with at least so many requests if none of them may be repeated.
MakeLoad = Callable[[int], Load]

#: Enough for no row of the database to be waited for: how many orders one event can take is measured apart.
_EVENTS = 16


@attrs.frozen
class Row:
    """An operation; ``prepare`` makes what one server needs, for the one whose turn it is must not find the other's leavings.

    ``name`` is also that of the yardstick's module.  Without ``works`` the service leaves payments to workers elsewhere.
    """

    name: str
    title: str
    status: int
    prepare: Callable[[Stock], MakeLoad]
    works: bool = True


def _event(stock: Stock) -> MakeLoad:
    load = Load([Request("GET", f"/events/{event_id}") for event_id in stock.events(_EVENTS)], may_repeat=True)
    return lambda _: load


def _sold_out(stock: Stock) -> MakeLoad:
    load = Load([_order_of(stock.sold_out_event()) for _ in range(1000)], may_repeat=True)
    return lambda _: load


def _reserve(stock: Stock) -> MakeLoad:
    event_ids = stock.events(_EVENTS)
    return lambda count: Load([_order_of(event_ids[number % _EVENTS]) for number in range(count)])


def _order_of(event_id: str) -> Request:
    email = f"{secrets.token_hex(8)}@example.com"
    return Request("POST", "/orders", {"event_id": event_id, "quantity": 1, "customer_email": email})


def _order(stock: Stock) -> MakeLoad:
    order_ids = stock.reserved_orders(stock.events(_EVENTS), 1000)
    load = Load([Request("GET", f"/orders/{order_id}") for order_id in order_ids], may_repeat=True)
    return lambda _: load


def _payment(stock: Stock) -> MakeLoad:
    event_ids = stock.events(_EVENTS)

    def payments(count: int) -> Load:
        order_ids = stock.reserved_orders(event_ids, count)
        body = {"payment_token": "tok_approved"}
        return Load([Request("POST", f"/orders/{order_id}/payment", body) for order_id in order_ids])

    return payments


def _validate(stock: Stock) -> MakeLoad:
    event_ids = stock.events(_EVENTS)
    headers = {"Authorization": f"Bearer {stock.gate_key()}"}

    def scans(count: int) -> Load:
        qr_codes = stock.tickets(event_ids, count)
        bodies = ({"qr_code": qr_code, "gate": "north"} for qr_code in qr_codes)
        return Load([Request("POST", "/tickets/validate", body) for body in bodies], headers)

    return scans


ROWS = (
    Row("event", "GET /events/{id}", 200, _event),
    Row("sold_out", "POST /orders, sold out", 409, _sold_out),
    Row("reserve", "POST /orders, places free", 201, _reserve),
    Row("order", "GET /orders/{id}", 200, _order),
    Row("payment", "POST /orders/{id}/payment", 202, _payment, works=False),
    Row("validate", "POST /tickets/validate", 200, _validate),
)

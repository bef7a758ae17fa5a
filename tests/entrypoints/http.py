"""The HTTP service over memory ports and a virtual clock, with helpers for its requests."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from ticketcore import BoxOffice, Organiser
from ticketcore.ports import Ports
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_flask import create_app
from ticketcore_memory import VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_wire.problems import MEDIA_TYPE, STATUSES

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

Json = dict[str, Any]

ADMIN_KEY = "an-admin-key-from-outside"
GATE_KEY = "a-gate-key-from-outside"
ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
GATE = {"Authorization": f"Bearer {GATE_KEY}"}
BUYER = "ann@example.com"

EVENT_KEYS = {
    "id",
    "name",
    "description",
    "date",
    "timezone",
    "location",
    "capacity",
    "available",
    "price",
    "currency",
    "status",
    "max_per_order",
    "max_per_customer",
    "sale_starts_at",
    "sale_ends_at",
    "doors_at",
    "created_at",
}
ORDER_KEYS = {
    "id",
    "event_id",
    "customer_email",
    "quantity",
    "total_amount",
    "currency",
    "status",
    "ticket_code",
    "created_at",
    "expires_at",
    "problem",
    "payment",
    "delivery",
}
TICKET_KEYS = {"id", "order_id", "event_id", "qr_code", "qr_code_url", "status", "validation_date"}

CONCERT: Json = {
    "name": "Night of the Proms",
    "date": "2027-05-01T20:00:00Z",
    "location": "Royal Hall",
    "capacity": 10,
    "price": "45.00",
}


@attrs.frozen
class Service:
    """The service, what it runs on, and its clock."""

    assembly: Assembly
    clock: VirtualClock
    app: Flask
    client: FlaskClient

    @property
    def box_office(self) -> BoxOffice:
        """The use cases of buyers and gates."""
        return self.assembly.box_office

    @property
    def organiser(self) -> Organiser:
        """The use cases of admins."""
        return self.assembly.organiser


@cache
def _embedded() -> Assembly:
    data = Path(tempfile.mkdtemp(prefix="ticketcore-http-"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    return assemble(read_settings({}, data))


def assembly_in_memory(ports: Ports, **settings: Any) -> Assembly:
    """Return an assembly over ports in memory; the keys of both roles are those of these tests, and nothing is
    limited."""
    keys = {"admin_key": ADMIN_KEY, "gate_key": GATE_KEY}
    limits: Json = dict.fromkeys(("order_limit", "payment_limit", "rate_limit"))
    base = _embedded()
    return attrs.evolve(base, ports=ports, settings=attrs.evolve(base.settings, **{**limits, **keys, **settings}))


def serve(settings: Mapping[str, Any] | None = None, **ports: Any) -> Service:
    """Return a fresh service; ``ports`` replace those in memory."""
    clock = VirtualClock()
    in_memory = memory_ports(SimulatedPaymentGateway(now=clock.now), clock)
    assembly = assembly_in_memory(in_memory.replacing(**ports), **settings or {})
    app = create_app(assembly)
    return Service(assembly, clock, app, app.test_client())


def observe(app: Flask, see: Callable[[str, str, Response], object]) -> None:
    """Have ``see`` called with the method, the path of the route and the response of each request; ``none`` is no route."""
    inner = app.wsgi_app

    def observed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = Response.from_app(inner, environ, buffered=True)
        see(environ["REQUEST_METHOD"], _path_of_route(app, environ), response)
        return response(environ, start_response)

    app.wsgi_app = observed  # type: ignore[method-assign]  # As Flask advises.


def _path_of_route(app: Flask, environ: WSGIEnvironment) -> str:
    try:
        rule, _ = app.url_map.bind_to_environ(environ).match(return_rule=True)
    except HTTPException:
        return "none"
    return rule.rule


def json_of(response: TestResponse, status: int = 200) -> Json:
    """Return a success's JSON."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/json"
    value: Json = json.loads(response.data)
    return value


def problem(response: TestResponse, code: str) -> Json:
    """Return a refusal's problem, after checking the members of every problem."""
    status = STATUSES[code]
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == MEDIA_TYPE
    found: Json = json.loads(response.data)
    assert (found["status"], found["code"]) == (status, code)
    assert found["type"].endswith(f"/problems/{code}")
    assert found["title"]
    assert found["detail"]
    return found


def faults(response: TestResponse) -> dict[str, str]:
    """Return the message for each field of an invalid request."""
    errors = problem(response, "invalid_request")["errors"]
    assert all(set(error) == {"field", "message"} for error in errors)
    found = {error["field"]: error["message"] for error in errors}
    assert len(found) == len(errors)
    return found


def post_event(service: Service, **fields: Any) -> TestResponse:
    return service.client.post("/events", json=CONCERT | fields, headers=ADMIN)


def create_event(service: Service, **fields: Any) -> Json:
    return json_of(post_event(service, **fields), 201)


def patch_event(service: Service, event: Json, change: Json, **headers: str) -> TestResponse:
    """Send a change; header names are written with ``_`` for ``-``."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.patch(f"/events/{event['id']}", json=change, headers=ADMIN | more)


def available(service: Service, event: Json) -> int:
    found = json_of(service.client.get(f"/events/{event['id']}"))["available"]
    assert isinstance(found, int)
    return found


def post_order(
    service: Service, event: Json, quantity: Any = 1, email: Any = BUYER, key: str | None = None
) -> TestResponse:
    body = {"event_id": event["id"], "quantity": quantity, "customer_email": email}
    return service.client.post("/orders", json=body, headers={} if key is None else {"Idempotency-Key": key})


def reserve(service: Service, event: Json, quantity: int = 1, email: str = BUYER) -> Json:
    return json_of(post_order(service, event, quantity, email), 201)


def get_order(service: Service, order: Json) -> Json:
    return json_of(service.client.get(f"/orders/{order['id']}"))


def post_payment(service: Service, order: Json, token: Any = "tok_approved") -> TestResponse:
    return service.client.post(f"/orders/{order['id']}/payment", json={"payment_token": token})


def work(service: Service) -> None:
    """Process the waiting messages."""
    service.box_office.work()


def buy(service: Service, event: Json, quantity: int = 1, token: str = "tok_approved") -> Json:
    """Return an order that was paid with a token and processed."""
    order = reserve(service, event, quantity)
    json_of(post_payment(service, order, token), 202)
    work(service)
    return get_order(service, order)


def refund(service: Service, order: Json) -> TestResponse:
    return service.client.post(f"/orders/{order['id']}/refund", headers=ADMIN)


def tickets_of(service: Service, order: Json) -> list[Json]:
    found: list[Json] = json_of(service.client.get(f"/orders/{order['id']}/ticket"))["tickets"]
    return found


def buy_ticket(service: Service, event: Json) -> Json:
    [ticket] = tickets_of(service, buy(service, event))
    return ticket


def scan(service: Service, qr_code: Any, headers: dict[str, str] = GATE, **more: Any) -> TestResponse:
    return service.client.post("/tickets/validate", json={"qr_code": qr_code, **more}, headers=headers)


def create_webhook(service: Service, url: str = "https://example.com/", *events: str) -> Json:
    body = {"url": url, "events": [*(events or ("order.paid",))]}
    return json_of(service.client.post("/webhooks", json=body, headers=ADMIN), 201)


def webhook_deliveries(service: Service, webhook_id: str) -> list[Json]:
    found: list[Json] = json_of(service.client.get(f"/webhooks/{webhook_id}/deliveries", headers=ADMIN))["items"]
    return found


def undo(service: Service, qr_code: str, headers: Mapping[str, str] = GATE) -> TestResponse:
    return service.client.post("/tickets/undo", json={"qr_code": qr_code}, headers=headers)


def order_count(service: Service) -> int:
    """Return the number of orders in the ledger, over all its events."""
    ledger = getattr(service.box_office.ports.orders, "_ledger")  # noqa: B009  No port counts orders.
    return len(ledger.orders)

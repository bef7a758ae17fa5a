"""A tour of the whole API: every route, in success and refusal, with all responses recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NoReturn

import attrs
from werkzeug.wrappers import Response

from tests.entrypoints.http import (
    ADMIN,
    BUYER,
    CONCERT,
    GATE,
    Json,
    Service,
    buy,
    buy_ticket,
    create_event,
    create_webhook,
    observe,
    patch_event,
    post_event,
    post_order,
    post_payment,
    refund,
    reserve,
    scan,
    serve,
    tickets_of,
    undo,
)
from tests.entrypoints.routes import ROUTES
from ticketcore import Order, Unavailable
from ticketcore.domain import limits
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore_memory import MemoryEvents, MemoryFiles, MemoryLedger, MemoryOrders
from ticketcore_simulated_payments import SimulatedPaymentGateway

HOLD = timedelta(minutes=15)
TOO_LARGE = 64 * 1024 + 1


@attrs.frozen
class Step:
    """One response: its route (``none`` without one), status, media type, headers and body."""

    method: str
    route: str
    status: int
    media_type: str
    headers: dict[str, str]
    body: bytes


def record(service: Service, steps: list[Step]) -> Service:
    """Return the service, which records its responses from now on."""

    def remember(method: str, route: str, response: Response) -> None:
        headers = {name.lower(): value for name, value in response.headers.items()}
        media_type = response.mimetype or ""
        steps.append(Step(method, route, response.status_code, media_type, headers, response.get_data()))

    observe(service.app, remember)
    return service


def walk() -> list[Step]:
    """Return every step of the tour."""
    steps: list[Step] = []
    service = record(serve(), steps)
    for route in ROUTES:
        route.send(service, route.subject(service), ADMIN)
    _events(service)
    _orders(service)
    _payments(service)
    _gate(service)
    _webhooks(service)
    _bodies(service)
    service.client.get("/problems/nothing")
    _forgotten(record(serve(), steps))
    _failures(steps)
    return steps


def _events(service: Service) -> None:
    client = service.client
    event = create_event(service)
    create_event(service, price="1500", currency="JPY")
    for query in ("", "?limit=1", "?limit=0", "?status=draft"):
        client.get(f"/events{query}")
        client.get(f"/events{query}", headers=ADMIN)
        client.get(f"/events{query}", headers=GATE)
    client.get(f"/events/{event['id']}")
    client.get("/events/nothing")
    client.get(f"/events/{event['id']}/attendees", headers=ADMIN | {"Accept": "text/csv"})
    client.get(f"/events/{event['id']}/attendees?limit=0", headers=ADMIN)
    client.get(f"/events/{event['id']}/attendees.csv?limit=1", headers=ADMIN)
    for ending in ("", ".csv"):
        client.get(f"/events/nothing/attendees{ending}", headers=ADMIN)
    for headers in ({}, GATE):
        client.post("/events", json=CONCERT, headers=headers)
        client.patch(f"/events/{event['id']}", json={}, headers=headers)
    post_event(service, name="")
    patch_event(service, event, {"name": "new"})
    patch_event(service, event, {"name": "new"}, If_Match='"99"')
    patch_event(service, event, {"name": ""})
    patch_event(service, {"id": "nothing"}, {})
    reserve(service, event, 3)
    patch_event(service, event, {"capacity": 1})


def _orders(service: Service) -> None:
    client = service.client
    event = create_event(service, capacity=3)
    post_order(service, event, key="a secret of the buyer")
    post_order(service, event, 2, key="a secret of the buyer")
    post_order(service, event, 0)
    post_order(service, event, 10)
    post_order(service, {"id": "nothing"})
    post_order(service, create_event(service, status="closed"))
    order = reserve(service, event)
    client.get(f"/orders/{order['id']}")
    client.get("/orders/nothing")
    client.get(f"/orders/{order['id']}/ticket")
    client.delete(f"/orders/{order['id']}")
    client.delete("/orders/nothing")
    paid = buy(service, event)
    client.delete(f"/orders/{paid['id']}")
    client.get(f"/orders/{paid['id']}/ticket")
    client.get("/orders/nothing/ticket")
    for headers in ({}, GATE, ADMIN):
        client.patch("/orders/nothing", json={"customer_email": BUYER}, headers=headers)
    client.patch(f"/orders/{order['id']}", json={"customer_email": BUYER}, headers=ADMIN)
    client.patch(f"/orders/{paid['id']}", json={"customer_email": BUYER}, headers=ADMIN)
    full = create_event(service, max_per_customer=1)
    for email in (BUYER, "bob@example.com"):
        last = reserve(service, full, 1, email)
    client.patch(f"/orders/{last['id']}", json={"customer_email": BUYER}, headers=ADMIN)
    client.get("/orders?limit=1", headers=ADMIN)
    client.get("/orders?limit=0", headers=ADMIN)
    client.get("/orders")
    client.get("/orders", headers=GATE)


def _payments(service: Service) -> None:
    event = create_event(service)
    post_payment(service, {"id": "nothing"})
    post_payment(service, reserve(service, event), 7)
    post_payment(service, buy(service, event, 1, "tok_declined"))
    order = buy(service, event)
    for headers in ({}, GATE, ADMIN):
        service.client.post(f"/orders/{order['id']}/refund", headers=headers)
        service.client.post(f"/orders/{order['id']}/mail", headers=headers)
    refund(service, {"id": "nothing"})
    for order_id in ("nothing", reserve(service, event)["id"]):
        service.client.post(f"/orders/{order_id}/mail", headers=ADMIN)
    refund(service, reserve(service, event))
    service.client.post(f"/orders/{order['id']}/refund", json={"a": 1}, headers=ADMIN)
    post_payment(service, order)
    service.client.get(f"/orders/{order['id']}")
    limited = create_event(service, max_per_customer=1)
    post_order(service, limited, 2)
    post_order(service, create_event(service, sale_starts_at="2027-04-01T00:00:00Z"))
    cancelled = create_event(service)
    left = reserve(service, cancelled)
    patch_event(service, cancelled, {"status": "cancelled"})
    post_payment(service, left)
    gateway = service.box_office.ports.payment_gateway
    assert isinstance(gateway, SimulatedPaymentGateway)
    gateway.notice_secret = b"a secret"
    sent, body = gateway.notice_of(AttemptId("an attempt"))
    for signed in ({}, sent):
        service.client.post("/payments/notices", data=body, headers=signed)
    part = {"tickets": [9]}
    service.client.post(f"/orders/{buy(service, event)['id']}/refund", json=part, headers=ADMIN)
    late = reserve(service, event)
    service.clock.move(HOLD)
    post_payment(service, late)
    service.client.get(f"/orders/{late['id']}")
    service.client.patch(f"/orders/{late['id']}", json={"customer_email": BUYER}, headers=ADMIN)


def _gate(service: Service) -> None:
    event = create_event(service)
    order = buy(service, event, 2)
    used, void = tickets_of(service, order)
    scan(service, used["qr_code"], headers={})
    scan(service, used["qr_code"], event_id="other")
    scan(service, used["qr_code"])
    scan(service, used["qr_code"])
    scan(service, "garbage")
    scan(service, 7)
    service.client.get(f"/tickets/{used['id']}/qr.png")
    service.client.get("/tickets/nothing/qr.png")
    undo(service, used["qr_code"])
    undo(service, used["qr_code"])
    refund(service, order)
    service.client.get(f"/tickets/{void['id']}/qr.png")
    early = create_event(service, doors_at="2027-05-01T19:00:00Z")
    scan(service, buy_ticket(service, early)["qr_code"])
    cancelled = create_event(service)
    worthless = buy_ticket(service, cancelled)
    patch_event(service, cancelled, {"status": "cancelled"})
    scan(service, worthless["qr_code"])
    scan(service, void["qr_code"])
    elsewhere = serve(seal=service.box_office.ports.seal)
    scan(service, tickets_of(elsewhere, buy(elsewhere, create_event(elsewhere)))[0]["qr_code"])
    order_key = reserve(service, event)
    service.client.post("/tickets/validate", json={"qr_code": "x"}, headers={"Authorization": f"Bearer {order_key}"})


def _forgotten(service: Service) -> None:
    event = create_event(service)
    order = buy(service, event)
    service.box_office.deliver()
    service.clock.move(datetime.fromisoformat(event["date"]) - service.clock.now() + timedelta(days=1))
    service.organiser.forget_customer(BUYER)
    service.client.post(f"/orders/{order['id']}/mail", headers=ADMIN)


def _webhooks(service: Service) -> None:
    client = service.client
    for headers in ({}, GATE):
        client.get("/webhooks", headers=headers)
    for url in ("ftp://example.com/", 7):
        client.post("/webhooks", json={"url": url, "events": []}, headers=ADMIN)
    client.get("/webhooks/nothing/deliveries", headers=ADMIN)
    client.delete("/webhooks/nothing", headers=ADMIN)
    webhook = create_webhook(service)
    client.get(f"/webhooks/{webhook['id']}/deliveries?limit=0", headers=ADMIN)
    client.post(f"/webhooks/{webhook['id']}/deliveries/nothing/replay", headers=ADMIN)


def _bodies(service: Service) -> None:
    for route in ROUTES:
        if route.body:
            subject = route.subject(service)
            for body in ("{", " " * TOO_LARGE, "[]"):
                route.send(service, subject, ADMIN, body)


@attrs.define(eq=False)
class _LostEvents(MemoryEvents):
    def check(self) -> None:
        raise Unavailable("ledger", "no answer")


@attrs.define(eq=False)
class _BrokenOrders(MemoryOrders):
    def get(self, order_id: OrderId) -> Order | None:
        raise RuntimeError


@attrs.define(eq=False)
class _LostOrders(MemoryOrders):
    def get(self, order_id: OrderId) -> NoReturn:
        raise Unavailable("ledger", "no answer")


@attrs.define(eq=False)
class _FilesElsewhere(MemoryFiles):
    def url(self, name: str) -> str | None:
        return "https://files.example/image.png"


def _failures(steps: list[Step]) -> None:
    for orders in (_BrokenOrders(MemoryLedger()), _LostOrders(MemoryLedger())):
        record(serve(orders=orders), steps).client.get("/orders/x")
    record(serve(events=_LostEvents(MemoryLedger())), steps).client.get("/health/ready")
    elsewhere = record(serve(files=_FilesElsewhere()), steps)
    [ticket] = tickets_of(elsewhere, buy(elsewhere, create_event(elsewhere)))
    elsewhere.client.get(f"/tickets/{ticket['id']}/qr.png")
    limited = record(serve({"order_limit": limits.parse("1/hour")}), steps)
    body: Json = {"event_id": "x", "quantity": 1, "customer_email": BUYER}
    for _ in range(2):
        limited.client.post("/orders", json=body)

"""Who may do what: every route with every credential, and what those hear who may not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest
from werkzeug.test import TestResponse

from tests.entrypoints.http import (
    BUYER,
    CONCERT,
    Json,
    Service,
    buy,
    buy_ticket,
    create_event,
    get_order,
    json_of,
    problem,
    reserve,
    serve,
    tickets_of,
)
from tests.security.credentials import AS_ADMIN, AT_GATE, HOLDERS, STRANGER, Headers, credentials
from ticketcore.domain import ids
from ticketcore.domain.ids import EventId, OrderId

#: What each call answers to a stranger, a gate and an admin: a status, or the code of a refusal.
TABLE = """
    POST   /events                     unauthorized  forbidden     201
    PATCH  /events/<event_id>          unauthorized  forbidden     200
    GET    /events?status=draft        unauthorized  forbidden     200
    GET    /events?status=closed       unauthorized  forbidden     200
    GET    /events?status=cancelled    unauthorized  forbidden     200
    GET    /events?status=on_sale      200           200           200
    GET    /events                     200           200           200
    GET    /events/<event_id>          200           200           200
    POST   /orders                     201           201           201
    GET    /orders/<order_id>          200           200           200
    DELETE /orders/<order_id>          200           200           200
    POST   /orders/<order_id>/payment  202           202           202
    GET    /orders/<order_id>/ticket   200           200           200
    POST   /orders/<order_id>/refund   unauthorized  forbidden     200
    POST   /tickets/validate           unauthorized  200           200
    GET    /tickets/<ticket_id>/qr.png 200           200           200
    GET    /health/live                200           200           200
    GET    /health/ready               200           200           200
    GET    /metrics                    200           200           200
    GET    /openapi.json               200           200           200
    GET    /docs                       200           200           200
    GET    /problems/<code>            200           200           200
"""

#: The headers that an answer may have: no server, no version, no cookie.
HEADERS = {"Content-Type", "Content-Length", "X-Content-Type-Options", "Cache-Control", "Referrer-Policy"}
MORE_HEADERS = {
    ("POST", "/events"): {"ETag", "Location"},
    ("PATCH", "/events/<event_id>"): {"ETag"},
    ("GET", "/events/<event_id>"): {"ETag"},
    ("POST", "/orders"): {"Location"},
    ("GET", "/docs"): {"Content-Security-Policy"},
    ("GET", "/problems/<code>"): {"Content-Security-Policy"},
}


@attrs.frozen
class Row:
    """A call of the table, with what it answers to each kind of holder."""

    method: str
    address: str
    expected: dict[str, str]

    @classmethod
    def read(cls, line: str) -> Row:
        method, address, *expected = line.split()
        return cls(method, address, dict(zip((STRANGER, AT_GATE, AS_ADMIN), expected, strict=True)))

    @property
    def call(self) -> str:
        return f"{self.method} {self.address}"

    @property
    def route(self) -> tuple[str, str]:
        return self.method, self.address.partition("?")[0]


ROWS = [Row.read(line) for line in TABLE.strip().splitlines()]
GUARDED = [row for row in ROWS if row.expected[STRANGER] == "unauthorized"]


def _paid(service: Service) -> dict[str, str]:
    order = buy(service, create_event(service))
    [ticket] = tickets_of(service, order)
    return {"order_id": order["id"], "ticket_id": ticket["id"], "qr_code": ticket["qr_code"]}


def _reserved(service: Service) -> dict[str, str]:
    return {"order_id": reserve(service, create_event(service))["id"]}


def _event(service: Service) -> dict[str, str]:
    return {"event_id": create_event(service)["id"]}


def _nothing(_service: Service) -> dict[str, str]:
    return {}


#: What has to be there before a call, and the body that is sent with it.
SUBJECTS: dict[str, Callable[[Service], dict[str, str]]] = {
    "PATCH /events/<event_id>": _event,
    "GET /events/<event_id>": _event,
    "POST /orders": _event,
    "GET /orders/<order_id>": _reserved,
    "DELETE /orders/<order_id>": _reserved,
    "POST /orders/<order_id>/payment": _reserved,
    "GET /orders/<order_id>/ticket": _paid,
    "POST /orders/<order_id>/refund": _paid,
    "POST /tickets/validate": _paid,
    "GET /tickets/<ticket_id>/qr.png": _paid,
    "GET /problems/<code>": lambda _service: {"code": "sold_out"},
}
BODIES: dict[str, Callable[[dict[str, str]], Json]] = {
    "POST /events": lambda _subject: CONCERT,
    "PATCH /events/<event_id>": lambda _subject: {"name": "Another"},
    "POST /orders": lambda subject: {"event_id": subject["event_id"], "quantity": 1, "customer_email": BUYER},
    "POST /orders/<order_id>/payment": lambda _subject: {"payment_token": "tok_approved"},
    "POST /orders/<order_id>/refund": lambda _subject: {},
    "POST /tickets/validate": lambda subject: {"qr_code": subject["qr_code"]},
}


def send(service: Service, row: Row, subject: dict[str, str], headers: Headers, body: Any = None) -> TestResponse:
    """Answer what a call answers; ``body`` stands in for the right one."""
    address = row.address
    for name, value in subject.items():
        address = address.replace(f"<{name}>", value)
    if body is None and row.call in BODIES:
        body = json.dumps(BODIES[row.call](subject))
    more = {} if body is None else {"data": body, "content_type": "application/json"}
    return service.client.open(address, method=row.method, headers=headers, **more)


def look(response: TestResponse, row: Row, holder: str) -> None:
    """Check the status or code and that no header says more than it has to."""
    expected = row.expected[holder]
    if not expected.isdigit():
        problem(response, expected)
        allowed = {"WWW-Authenticate"} if expected == "unauthorized" else set()
    else:
        assert response.status_code == int(expected), response.text
        allowed = MORE_HEADERS.get(row.route, set())
    assert set(response.headers.keys()) <= HEADERS | allowed


def test_the_table_has_every_route() -> None:
    """A route that is added to the service has to say here who may call it."""
    routes = {
        (method, rule.rule)
        for rule in serve().app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {row.route for row in ROWS} == routes


def test_every_credential_has_a_holder() -> None:
    """No credential is left out of the matrix."""
    assert credentials(serve()).keys() == HOLDERS.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.call)
def test_every_credential_is_answered_as_the_table_says(row: Row) -> None:
    """Whoever may call a route is answered, whoever may not is refused."""
    service = serve()
    for name, headers in credentials(service).items():
        subject = SUBJECTS.get(row.call, _nothing)(service)
        look(send(service, row, subject, headers), row, HOLDERS[name])


def told(response: TestResponse) -> tuple[int, str, bytes]:
    """Answer all that an answer tells."""
    return response.status_code, str(sorted(response.headers.items())), response.data


def whatever_is_asked(service: Service, holder: str, names: Iterable[str]) -> set[tuple[int, str, bytes]]:
    """Answer all that holders of these credentials hear from routes that refuse them, whatever they send."""
    known = credentials(service)
    heard = set()
    for row in GUARDED:
        if row.expected[holder].isdigit():
            continue
        real = SUBJECTS.get(row.call, _nothing)(service)
        missing = dict.fromkeys(real, "aaaaaaaaaaaaaaaaaaaa")
        for name in names:
            for subject, body in ((real, None), (missing, None), (real, "{"), (real, "[1]"), (real, " " * 65_537)):
                heard.add(told(send(service, row, subject, known[name], body)))
    return heard


def test_all_strangers_hear_the_same() -> None:
    """Whatever the credential, route, subject and body: one answer, that tells a key is needed and nothing else."""
    strangers = [name for name, holder in HOLDERS.items() if holder == STRANGER]
    [(status, _, body)] = whatever_is_asked(serve(), STRANGER, strangers)
    assert status == 401
    assert set(json.loads(body)) == {"type", "title", "status", "detail", "code"}


def test_all_gates_hear_the_same() -> None:
    """A gate that asks for what is an admin's learns neither what there is nor what is wrong with its request."""
    gates = [name for name, holder in HOLDERS.items() if holder == AT_GATE]
    [(status, _, body)] = whatever_is_asked(serve(), AT_GATE, gates)
    assert status == 403
    assert set(json.loads(body)) == {"type", "title", "status", "detail", "code"}


def test_who_may_not_changes_nothing() -> None:
    """After all refused calls the event, the paid order and its unused ticket are as they were."""
    service = serve()
    event = create_event(service)
    ticket = buy_ticket(service, event)
    subject = {"event_id": event["id"], "order_id": ticket["order_id"], "qr_code": ticket["qr_code"]}
    before = _state(service, event, ticket)
    for name, headers in credentials(service).items():
        for row in GUARDED:
            if not row.expected[HOLDERS[name]].isdigit():
                send(service, row, subject, headers)
    assert _state(service, event, ticket) == before


def _state(service: Service, event: Json, ticket: Json) -> tuple[Any, ...]:
    ports = service.box_office.ports
    order_id = OrderId(ticket["order_id"])
    events = json_of(service.client.get("/events"))
    audit = ports.events.audit(EventId(event["id"]))
    return events, audit, get_order(service, {"id": order_id}), ports.tickets.of_order(order_id)


def test_a_listing_does_not_tell_of_hidden_events() -> None:
    """Strangers and gates see the same page whether there are drafts, closed and cancelled events or not."""
    pages = set()
    for hidden in ((), ("draft", "closed", "cancelled")):
        service = serve()
        known = credentials(service)
        for status in hidden:
            create_event(service, status=status)
        for headers in (known["none"], known["gate key"]):
            for query in ("", "?limit=1", "?status=on_sale", "?starts_after=2000-01-01T00:00:00Z"):
                pages.add(service.client.get(f"/events{query}", headers=headers).data)
    assert pages == {b'{"items": [], "next_cursor": null}'}


def near_misses(service: Service) -> list[str]:
    """Answer what is nearly an id of an order or ticket: parts, other spellings, what logs and other answers show."""
    event = create_event(service)
    ticket = buy_ticket(service, event)
    order = get_order(service, {"id": ticket["order_id"]})
    secrets = (order["id"], ticket["id"])
    found = [event["id"], order["ticket_code"], ticket["qr_code"], BUYER]
    for secret in secrets:
        found += [secret[:-1], secret + "a", secret.upper(), secret[1:] + secret[0], f"{secret}%20", f"%00{secret}"]
        found += [f"{secret}%0A", f"{secret}.", f"{secret}*", f"{secret[:4]}%25", "%25", "*", "%27%20OR%201=1--"]
        found += [ids.digest(OrderId(secret)), ids.digest(OrderId(secret)).upper()]
    return [*found, "nothing", "aaaaaaaaaaaaaaaaaaaaaaaaaa"]


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("GET", "/orders/{}", "order_not_found"),
        ("DELETE", "/orders/{}", "order_not_found"),
        ("POST", "/orders/{}/payment", "order_not_found"),
        ("GET", "/orders/{}/ticket", "order_not_found"),
        ("POST", "/orders/{}/refund", "order_not_found"),
        ("GET", "/tickets/{}/qr.png", "ticket_not_found"),
    ],
)
def test_an_id_that_is_nearly_right_is_as_good_as_none(method: str, address: str, code: str) -> None:
    """Parts of an id, its digest from a log, the ticket code and other people's ids all hear the same: there is no such thing."""
    service = serve()
    admin = credentials(service)["admin key"]
    body = {"payment_token": "tok_approved"} if "payment" in address else {}
    heard = set()
    for wrong in near_misses(service):
        response = service.client.open(address.format(wrong), method=method, headers=admin, json=body)
        problem(response, code)
        heard.add(told(response))
    assert len(heard) == 1


def test_an_order_is_no_ticket_and_a_ticket_no_order() -> None:
    """Each id opens its own kind only."""
    service = serve()
    ticket = buy_ticket(service, create_event(service))
    problem(service.client.get(f"/tickets/{ticket['order_id']}/qr.png"), "ticket_not_found")
    problem(service.client.get(f"/orders/{ticket['id']}"), "order_not_found")

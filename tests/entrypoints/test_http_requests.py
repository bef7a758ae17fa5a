"""Rules of every request: malformed and large bodies, unknown addresses and methods, and failures of the service."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any, NoReturn

import attrs
import pytest
from werkzeug.test import TestResponse

from tests.entrypoints.http import (
    ADMIN,
    BUYER,
    CONCERT,
    GATE,
    Json,
    Service,
    available,
    buy_ticket,
    create_event,
    faults,
    get_order,
    json_of,
    order_count,
    post_order,
    post_payment,
    problem,
    reserve,
    serve,
)
from tests.entrypoints.routes import ROUTES, Route, misspelt
from ticketcore import Order, Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore_memory import MemoryLedger, MemoryOrders

LIMIT = 64 * 1024
SECRET = "the secret inside"

MALFORMED = {
    "empty": b"",
    "white space": b" ",
    "text": b"hello",
    "cut off": b'{"event_id": ',
    "comma": b'{"quantity": 1,}',
    "two values": b"{}{}",
    "single quotes": b"{'quantity': 1}",
    "comment": b'{"quantity": 1} // one',
    "NaN": b'{"quantity": NaN}',
    "Infinity": b'{"quantity": Infinity}',
    "-Infinity": b'{"quantity": -Infinity}',
    "a name twice": b'{"quantity": 1, "quantity": 1}',
    "a name twice inside": b'{"quantity": {"a": 1, "a": 2}}',
    "deep lists": b"[" * 30_000 + b"]" * 30_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"quantity": 1}'.encode("utf-16"),
    "invalid UTF-8": b'{"quantity": "\xff"}',
    "overlong UTF-8": b'{"quantity": "\xc0\xaf"}',
    "surrogate in UTF-8": b'{"quantity": "\xed\xa0\x80"}',
    "huge number": b'{"quantity": ' + b"9" * 30_000 + b"}",
    "leading zero": b'{"quantity": 01}',
    "control character": b'{"quantity": "\n"}',
    "zero byte": b'{"quantity": 1}\0',
}
OBJECTS_ONLY = {"list": b"[]", "string": b'"text"', "number": b"7", "float": b"1e400", "true": b"true", "null": b"null"}

#: A route of each kind that reads a body.
WITH_BODY: dict[str, tuple[str, str, dict[str, str]]] = {
    "create event": ("POST", "/events", ADMIN),
    "change event": ("PATCH", "/events/{event}", ADMIN),
    "reserve": ("POST", "/orders", {}),
    "pay": ("POST", "/orders/{order}/payment", {}),
    "refund": ("POST", "/orders/{order}/refund", ADMIN),
    "validate": ("POST", "/tickets/validate", GATE),
}

Send = Callable[..., TestResponse]


@pytest.fixture(params=list(WITH_BODY.values()), ids=list(WITH_BODY))
def send(request: pytest.FixtureRequest, service: Service, event: Json) -> Send:
    """Return a function that sends a body to one of the routes that read one."""
    method, path, headers = request.param
    address = path.format(event=event["id"], order=reserve(service, event)["id"])

    def call(data: Any, content_type: str | None = "application/json", **more: Any) -> TestResponse:
        headers_too = headers | more.pop("headers", {})
        return service.client.open(
            address, method=method, data=data, content_type=content_type, headers=headers_too, **more
        )

    return call


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_json_is_malformed(service: Service, body: bytes) -> None:
    """Bodies are RFC 8259 in UTF-8, each name once, without Python's extensions."""
    problem(service.client.post("/orders", data=body, content_type="application/json"), "malformed_request")


def test_every_route_refuses_what_is_not_json(send: Send) -> None:
    """All routes read their bodies in the same way."""
    for body in (b"{", b"NaN", b'{"a": 1, "a": 2}', b"\xff"):
        problem(send(body), "malformed_request")


@pytest.mark.parametrize("body", OBJECTS_ONLY.values(), ids=OBJECTS_ONLY.keys())
def test_json_that_is_no_object_is_invalid(send: Send, body: bytes) -> None:
    """It is JSON without fields."""
    assert set(faults(send(body))) == {""}


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "*/*"],
)
def test_another_media_type_is_malformed(send: Send, content_type: str | None) -> None:
    """The media type of a body must be JSON."""
    problem(send(b"{}", content_type), "malformed_request")


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "application/json; charset=latin-1"}, {"Content-Encoding": "gzip"}],
    ids=["charset", "encoding"],
)
def test_a_body_in_another_coding_is_malformed(service: Service, headers: dict[str, str]) -> None:
    """A body with another charset or encoding is not read."""
    response = service.client.post("/orders", data=b"{}", headers={"Content-Type": "application/json", **headers})
    problem(response, "malformed_request")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_media_type_may_have_parameters_and_capitals(service: Service, event: Json, content_type: str) -> None:
    """Media types are written in many ways (RFC 9110, 8.3.1)."""
    body = json.dumps({"event_id": event["id"], "quantity": 1, "customer_email": BUYER})
    json_of(service.client.post("/orders", data=body, content_type=content_type), 201)


@pytest.mark.parametrize("name", ["\ud800", "é🎭", "\0", "x" * 10_000, "", "__class__"])
def test_an_unknown_field_of_any_name_is_invalid(send: Send, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """A name that JSON can write but UTF-8 cannot is a fault like any other, and is not logged."""
    problem(send(json.dumps({name: 1})), "invalid_request")
    assert not caplog.records


def test_a_body_of_64_kib_is_read(service: Service) -> None:
    """The limit itself is allowed."""
    body = b'{"a": "' + b"x" * (LIMIT - 9) + b'"}'
    assert len(body) == LIMIT
    problem(service.client.post("/orders", data=body, content_type="application/json"), "invalid_request")


def test_a_larger_body_is_refused(send: Send) -> None:
    """One byte more is too much, whatever it is."""
    problem(send(b" " * (LIMIT + 1)), "payload_too_large")
    problem(send(b" " * (LIMIT + 1), "text/plain"), "payload_too_large")


@pytest.mark.parametrize(("size", "code"), [(LIMIT, "malformed_request"), (LIMIT + 1, "payload_too_large")])
def test_a_body_without_a_length_is_limited_too(send: Send, size: int, code: str) -> None:
    """A body sent in chunks is not read beyond the limit."""
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    problem(send(None, input_stream=io.BytesIO(b" " * size), environ_overrides=environ), code)


@pytest.mark.parametrize(
    "path", ["/nothing", "/events/", "/events/a/b", "/orders/x/payment", "/tickets/x", "/problems/", "//"]
)
def test_an_unknown_address_is_not_found(service: Service, path: str) -> None:
    """Other addresses are not found; a known address with another method is refused as such."""
    response = service.client.get(path)
    problem(response, "method_not_allowed" if path == "/orders/x/payment" else "not_found")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.call)
def test_a_misspelt_address_is_unknown_and_leads_nowhere_else(service: Service, route: Route) -> None:
    """A slash too many, or a dot between two slashes, is another address; whatever the method, there is no redirect."""
    for path in misspelt(route.rule):
        for method in (route.method, "GET", "OPTIONS", "BREW"):
            problem(service.client.open(path, method=method), "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/events", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/events/x", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("PUT", "/orders", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/orders/x", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}),
        ("GET", "/orders/x/payment", {"OPTIONS", "POST"}),
        ("GET", "/orders/x/refund", {"OPTIONS", "POST"}),
        ("POST", "/orders/x/ticket", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/tickets/validate", {"OPTIONS", "POST"}),
        ("TRACE", "/metrics", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/docs", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_not_allowed(service: Service, method: str, path: str, allowed: set[str]) -> None:
    """``Allow`` names the methods of the address."""
    response = service.client.open(path, method=method)
    problem(response, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_no_other_origin_is_let_in(service: Service, method: str) -> None:
    """Browsers keep pages of other origins from reading responses, for none says ``Access-Control``."""
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    response = service.client.open("/events", method=method, headers=asked)
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]


def test_head_and_options_work(service: Service, event: Json) -> None:
    """HEAD is GET without a body, OPTIONS names the methods."""
    head = service.client.head(f"/events/{event['id']}")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"]
    options = service.client.options(f"/events/{event['id']}")
    assert (options.status_code, options.data) == (204, b"")
    assert "Content-Type" not in options.headers
    assert "PATCH" in options.headers["Allow"]


def test_responses_stay_out_of_caches_and_referers(service: Service, event: Json) -> None:
    """Ids are credentials, so what holds them is not kept and not passed on."""
    order = reserve(service, event)
    for path in (f"/orders/{order['id']}", "/orders/nothing"):
        headers = service.client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers


def test_behind_tls_browsers_stay_with_tls() -> None:
    """Every response says so where the public address does."""
    client = serve({"public_url": "https://tickets.example.com/shop"}).client
    for path in ("/events", "/orders/nothing", "/docs"):
        assert client.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("host", ["a b", "é", "a<b>", "a/b", "h:abc", "\x01", ":"])
def test_links_are_addresses_whatever_the_host(service: Service, host: str) -> None:
    """A request with an invalid host is refused, or its links lead somewhere."""
    response = service.client.get("/events/nothing", headers={"Host": host})
    assert response.status_code in {400, 404}
    link = str(json.loads(response.data)["type"])
    assert link.startswith(("http://localhost/", "/problems/")) or response.status_code == 400, link


# Failures of the service


@attrs.define(eq=False)
class BrokenOrders(MemoryOrders):
    """Orders with a bug."""

    def get(self, order_id: OrderId) -> Order | None:
        raise RuntimeError(SECRET)


@attrs.define(eq=False)
class LostOrders(MemoryOrders):
    """Orders that cannot be reached."""

    def get(self, order_id: OrderId) -> NoReturn:
        raise Unavailable("ledger", SECRET)


def test_a_bug_shows_no_internals(caplog: pytest.LogCaptureFixture) -> None:
    """The response shows no internals; the log has the exception, but not the order's id."""
    service = serve(orders=BrokenOrders(MemoryLedger()))
    response = service.client.get("/orders/abcdefghijklmnop")
    found = problem(response, "internal_error")
    assert set(found) == {"type", "title", "status", "detail", "code"}
    assert SECRET not in response.text
    assert SECRET in caplog.text
    assert "GET /orders/<order_id>" in caplog.text
    assert "abcdefghijklmnop" not in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_ledger_out_of_reach_says_when_to_try_again(caplog: pytest.LogCaptureFixture) -> None:
    """The client may repeat the request later; the reason is in the log."""
    service = serve(orders=LostOrders(MemoryLedger()))
    response = service.client.get("/orders/abcdefghijklmnop")
    problem(response, "unavailable")
    assert int(response.headers["Retry-After"]) >= 1
    assert SECRET not in response.text
    assert SECRET in caplog.text
    assert "abcdefghijklmnop" not in caplog.text


def test_refusals_leave_no_ids_in_the_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """An order's id, a ticket's id, an e-mail and a key are secrets of their owners."""
    caplog.set_level(logging.DEBUG)
    event = create_event(service, capacity=3)
    ticket = buy_ticket(service, event)
    order = reserve(service, event)
    post_order(service, event, 9)
    post_payment(service, order, "tok_declined")
    service.box_office.work()
    post_payment(service, order)
    service.client.post(f"/orders/{order['id']}/payment", data=b"{", content_type="application/json")
    service.client.put(f"/orders/{order['id']}")
    service.client.get(f"/orders/{order['id']}/nothing")
    service.client.post(f"/orders/{order['id']}/refund", headers={"Authorization": "Bearer a-wrong-key"})
    service.client.get(f"/tickets/{ticket['id']}/qr.png/nothing")
    for secret in (order["id"], ticket["id"], ticket["order_id"], ticket["qr_code"], BUYER, "a-wrong-key"):
        assert secret not in caplog.text


def test_refusals_change_nothing(service: Service, event: Json) -> None:
    """After any number of refused requests nothing has changed."""
    order = reserve(service, event)
    for method, path, headers in WITH_BODY.values():
        address = path.format(event=event["id"], order=order["id"])
        for body in (b"{", b"[]", b'{"color": "red"}', b" " * (LIMIT + 1)):
            response = service.client.open(
                address, method=method, data=body, headers=headers, content_type="application/json"
            )
            assert 400 <= response.status_code < 500
    assert (available(service, event), order_count(service), get_order(service, order)) == (9, 1, order)
    assert [item["name"] for item in json_of(service.client.get("/events"))["items"]] == [CONCERT["name"]]


def test_a_request_full_of_faults_has_a_short_response(service: Service) -> None:
    """Twenty faults are named, those of known fields first, and the last entry says how many more there are."""
    body = {f"field {number}": "x" for number in range(3_000)} | {"x" * 1_000: 1, "quantity": 0}
    response = service.client.post("/orders", json=body)
    errors = problem(response, "invalid_request")["errors"]
    assert len(errors) == 21
    assert {error["field"] for error in errors[:3]} == {"event_id", "quantity", "customer_email"}
    assert errors[3] == {"field": "field 0", "message": "is not a known field"}
    assert errors[20] == {"field": "", "message": "has 2,984 more faults"}
    assert len(response.data) < 6_000


@pytest.mark.parametrize(("unknown", "last"), [(500, "has 480 more faults"), (21, "has 1 more fault")])
def test_a_query_full_of_faults_has_a_short_response(service: Service, unknown: int, last: str) -> None:
    """Its faults are counted in the same way."""
    query = "&".join(f"unknown{number}=1" for number in range(unknown))
    errors = problem(service.client.get(f"/events?{query}"), "invalid_request")["errors"]
    assert (len(errors), errors[20]) == (21, {"field": "", "message": last})


def test_twenty_faults_are_all_named(service: Service) -> None:
    """Nothing is left out."""
    query = "&".join(f"unknown{number}=1" for number in range(20))
    assert set(faults(service.client.get(f"/events?{query}")).values()) == {"is not a known field"}

"""Any request to any route is served or refused as the contract says, and a refusal changes nothing."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.entrypoints.http import (
    ADMIN,
    GATE,
    Json,
    Service,
    buy_ticket,
    create_event,
    order_count,
    problem,
    reserve,
    serve,
)
from ticketcore.domain.ids import EventId
from ticketcore_wire.problems import MEDIA_TYPE, STATUSES

texts = st.text(st.characters(exclude_categories=()), max_size=30)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))

#: Values that are nearly valid, so that generated requests pass the first checks.
likely = st.sampled_from(
    [
        "2027-05-01T20:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "45.00",
        "999999999999999",
        "BRL",
        "JPY",
        "on_sale",
        "cancelled",
        "ann@example.com",
        "tok_approved",
        "tok_declined",
        1,
        2.0,
        10,
        1000,
        1_000_000,
        10**30,
        1e308,
    ]
)
FIELDS = [
    "name",
    "date",
    "location",
    "capacity",
    "price",
    "currency",
    "status",
    "max_per_order",
    "event_id",
    "quantity",
    "customer_email",
    "payment_token",
    "qr_code",
    "gate",
    "scan_id",
]
bodies = st.dictionaries(st.sampled_from(FIELDS) | texts, likely | values, max_size=8) | values

header_texts = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
headers_of_any_kind = st.dictionaries(
    st.sampled_from(["Idempotency-Key", "If-Match", "Host", "Accept", "X-Forwarded-Host", "Content-Encoding", "Range"]),
    header_texts,
    max_size=3,
)
keys = st.sampled_from([{}, ADMIN, GATE]) | header_texts.map(lambda text: {"Authorization": text})
methods = st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "STRANGE"])
queries = st.dictionaries(st.sampled_from(["limit", "cursor", "status", "starts_after"]) | texts, texts, max_size=3)


class World:
    """One service with an event, an order and a ticket, shared by all examples."""

    def __init__(self) -> None:
        self.service: Service = serve()
        self.event: Json = create_event(self.service, capacity=1000)
        self.ticket: Json = buy_ticket(self.service, self.event)
        self.order: Json = reserve(self.service, self.event)

    @property
    def paths(self) -> list[str]:
        order, ticket, event = self.order["id"], self.ticket["id"], self.event["id"]
        return [
            "/events",
            f"/events/{event}",
            "/orders",
            f"/orders/{order}",
            f"/orders/{order}/payment",
            f"/orders/{order}/ticket",
            f"/orders/{order}/refund",
            f"/orders/{self.ticket['order_id']}/payment",
            f"/orders/{self.ticket['order_id']}/refund",
            "/tickets/validate",
            f"/tickets/{ticket}/qr.png",
            "/health/live",
            "/health/ready",
            "/metrics",
            "/openapi.json",
            "/problems/x",
            "/nothing",
        ]

    def state(self) -> tuple[Any, ...]:
        """Return all that a refusal must not change."""
        ports = self.service.box_office.ports
        audit = ports.events.audit(EventId(self.event["id"]))
        event = ports.events.get(EventId(self.event["id"]))
        return (
            audit,
            event,
            order_count(self.service),
            self.service.box_office.ports.payment_queue.depth(self.service.clock.now()),
        )


WORLD = World()


def look(response: TestResponse, before: tuple[Any, ...]) -> None:
    """Check the rules of every response."""
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert WORLD.state() == before
        if response.request.method != "HEAD":
            assert response.mimetype == MEDIA_TYPE
            problem(response, json.loads(response.data)["code"])
            assert json.loads(response.data)["code"] in STATUSES


@pytest.fixture(autouse=True)
def no_errors(caplog: pytest.LogCaptureFixture) -> None:
    """Capture errors only, which are checked."""
    caplog.set_level(logging.ERROR)


anything_goes = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@anything_goes
@given(st.integers(0, len(WORLD.paths) - 1), methods, bodies, keys, headers_of_any_kind)
@example(4, "POST", {"\ud800": 1}, {}, {})
def test_any_json_is_served_or_refused(
    caplog: pytest.LogCaptureFixture, number: int, method: str, body: Any, key: dict[str, str], more: dict[str, str]
) -> None:
    """No JSON, key or header causes a failure, and a refused request changes nothing."""
    caplog.clear()
    before = WORLD.state()
    data = json.dumps(body)
    response = WORLD.service.client.open(
        WORLD.paths[number], method=method, data=data, content_type="application/json", headers={**more, **key}
    )
    look(response, before)
    assert not caplog.records


@anything_goes
@given(st.integers(0, len(WORLD.paths) - 1), methods, st.binary(max_size=200), keys, st.none() | header_texts)
def test_any_bytes_are_served_or_refused(
    number: int, method: str, body: bytes, key: dict[str, str], content_type: str | None
) -> None:
    """A body that is not JSON, of any media type, is refused."""
    before = WORLD.state()
    more = {} if content_type is None else {"Content-Type": content_type}
    response = WORLD.service.client.open(
        WORLD.paths[number], method=method, data=body, headers={"Content-Type": "application/json", **more, **key}
    )
    look(response, before)


@anything_goes
@given(queries, keys)
def test_any_query_is_served_or_refused(query: dict[str, str], key: dict[str, str]) -> None:
    """No query string causes a failure."""
    encodable = {name.encode("utf-8", "replace"): value.encode("utf-8", "replace") for name, value in query.items()}
    before = WORLD.state()
    look(WORLD.service.client.get("/events", query_string=encodable, headers=key), before)


#: The first segments of addresses that are pages.
_PAGES = {"", "e", "o", "t", "desk", "static"}


@anything_goes
@given(st.lists(texts, max_size=4), methods, keys)
def test_any_address_is_served_or_refused(parts: list[str], method: str, key: dict[str, str]) -> None:
    """No address causes a failure."""
    path = "/" + "/".join(part.encode("utf-8", "replace").decode("latin-1") for part in parts)
    before = WORLD.state()
    response = WORLD.service.client.open(method=method, headers=key, environ_overrides={"PATH_INFO": path})
    if response.mimetype == "text/html" and path.split("/")[1] in _PAGES:
        assert response.status_code < 500
        assert WORLD.state() == before
    else:
        look(response, before)


@anything_goes
@given(header_texts)
def test_any_idempotency_key_is_served_or_refused(key: str) -> None:
    """A key is read as it is sent, and the same key is the same order."""
    before = WORLD.state()
    body = {"event_id": WORLD.event["id"], "quantity": 1, "customer_email": "bob@example.com"}
    answers = [WORLD.service.client.post("/orders", json=body, headers={"Idempotency-Key": key}) for _ in range(2)]
    look(answers[0], before)
    assert answers[0].data == answers[1].data
    if answers[0].status_code == 201:
        WORLD.service.client.delete(f"/orders/{json.loads(answers[0].data)['id']}")

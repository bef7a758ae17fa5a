"""Hostile events for the Lambda handlers: what a client can put into a request or message, and events of other kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.entrypoints.http import ADMIN_KEY, GATE_KEY
from tests.entrypoints.lambdas import ticket_of
from tests.limits import NO_LIMITS
from tests.security.attempts import attempt
from ticketcore.domain.ids import EventId, OrderId
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_lambda import admission, expiry, http_api, payments
from ticketcore_lambda.invocation import Handler
from ticketcore_memory import memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_testing.aws import Invocation, Json, http_event, sqs_event, sqs_record

HANDLERS = {
    "api": http_api.handler,
    "validate_ticket": admission.handler,
    "process_payments": payments.handler,
    "expire_reservations": expiry.handler,
}
WITH_HTTP = ["api", "validate_ticket"]

texts = st.text(st.characters(exclude_categories=()), max_size=40)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
#: Headers as Lambda passes them, and paths and queries raw or decoded.
header_texts = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
header_names = st.sampled_from(
    [
        "host",
        "authorization",
        "content-type",
        "content-encoding",
        "content-length",
        "if-match",
        "idempotency-key",
        "cookie",
        "transfer-encoding",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-for",
        "x-forwarded-port",
    ]
)
authorizations = st.sampled_from([f"Bearer {ADMIN_KEY}", f"Bearer {GATE_KEY}", "Bearer", "Basic x"])
paths = st.sampled_from(
    ["/events", "/orders", "/tickets/validate", "/orders/x/payment", "//", "/..", "/%", "/%ff", "/prod"]
)
bodies = st.dictionaries(
    st.sampled_from(["qr_code", "gate", "event_id", "scan_id", "quantity", "customer_email", "name"]) | texts, values
)

many = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def assembly(tmp_path: Path) -> Iterator[Assembly]:
    """Yield a box office in memory, under the settings of an embedded one that is never opened."""
    given_settings = {"DATA": str(tmp_path), "ADMIN_KEY": ADMIN_KEY, "GATE_KEY": GATE_KEY} | NO_LIMITS
    found = assemble(read_settings({f"TICKETCORE_{name}": value for name, value in given_settings.items()}))
    yield attrs.evolve(found, ports=memory_ports(SimulatedPaymentGateway()))
    found.close()


def handler(name: str, assembly: Assembly) -> Handler:
    return HANDLERS[name](assembly)


@st.composite
def requests(draw: st.DrawFn) -> Json:
    """Return a request with everything that a client chooses, in the event that AWS makes of it."""
    method = draw(st.sampled_from(["GET", "POST", "PATCH", "DELETE", "HEAD", "STRANGE", "post"]))
    raw = draw(st.none() | st.binary(max_size=100) | texts | bodies.map(json.dumps))
    event = http_event(method, draw(paths | texts.map("/{}".format)), None)
    event["headers"] |= draw(st.dictionaries(header_names, header_texts | authorizations, max_size=4))
    event["rawQueryString"] = draw(texts | st.sampled_from(["limit=1", "cursor=x", "limit=1&limit=2", "%ff=%", "&&=&"]))
    if isinstance(raw, bytes):
        return event | {"body": http_event(method, "/", raw)["body"], "isBase64Encoded": True}
    return event if raw is None else event | {"body": raw}


@pytest.mark.parametrize("name", WITH_HTTP)
@many
@given(event=requests())
@example(
    event=http_event("POST", "/tickets/validate", "x", authorization=f"Bearer {GATE_KEY}") | {"body": '{"\ud800": 1}'}
)
def test_any_request_gets_a_response(assembly: Assembly, name: str, event: Json) -> None:
    """Any request of a client is served or refused; nothing fails and nothing is raised."""
    answer = handler(name, assembly)(event, Invocation())
    assert 200 <= answer["statusCode"] < 500, answer
    json.dumps(answer)


@st.composite
def damaged(draw: st.DrawFn, event: Json) -> Json:
    """Return an event in which one member, at any depth, is missing or has another type."""
    copy: Json = json.loads(json.dumps(event))
    place: Any = copy
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            place = inner
            continue
        if isinstance(place, dict) and draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(values)
        return copy


@pytest.mark.parametrize("name", WITH_HTTP)
@many
@given(
    event=values
    | damaged(http_event("POST", "/tickets/validate", {"qr_code": "x"}, authorization=f"Bearer {GATE_KEY}"))
)
def test_what_is_no_request_is_refused_in_words(assembly: Assembly, name: str, event: Any) -> None:
    """An event that AWS would not send is served, or refused with the kind that is expected."""
    answer, refusal = attempt(handler(name, assembly), event, Invocation())
    if refusal or not answer:
        assert str(refusal).startswith("expected an event of an API Gateway HTTP API")
    else:
        assert 200 <= answer["statusCode"] < 500, answer


@many
@given(bodies=st.lists(texts | values.map(json.dumps), min_size=1, max_size=4))
def test_any_message_comes_again(assembly: Assembly, bodies: list[str]) -> None:
    """A message that names no order is reported as failed and becomes a dead letter; the others are processed."""
    records = [sqs_record(body) for body in bodies]
    answer = handler("process_payments", assembly)(sqs_event(*records), Invocation())
    failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
    assert failed <= {record["messageId"] for record in records}
    json.dumps(answer)


@many
@given(event=values | damaged(sqs_event(sqs_record("{}"))))
def test_what_is_no_batch_is_refused_in_words(assembly: Assembly, event: Any) -> None:
    """An event that SQS would not send is processed, or refused with the kind that is expected."""
    answer, refusal = attempt(handler("process_payments", assembly), event, Invocation())
    if refusal or not answer:
        assert str(refusal).startswith("expected an event of SQS")
    else:
        assert set(answer) == {"batchItemFailures"}


@many
@given(event=values)
def test_a_schedule_may_say_anything(assembly: Assembly, event: Any) -> None:
    """The sweep ignores the event that started it."""
    assert handler("expire_reservations", assembly)(event, Invocation()) == {
        "expired": 0,
        "published": 0,
        "woken": 0,
        "repaired": [],
        "forgotten": 0,
        "announced": 0,
        "refunds": 0,
    }


def test_forged_requests_change_nothing(assembly: Assembly) -> None:
    """A ticket is still valid after its text was sent in any request without a gate's key."""
    ticket = ticket_of(assembly)
    before = _state(assembly, ticket.order_id, ticket.event_id)
    for name in WITH_HTTP:
        for authorization in ("", "Bearer", f"Basic {GATE_KEY}", f"Bearer {GATE_KEY}x", f"Bearer {ticket.order_id}"):
            event = http_event("POST", "/tickets/validate", {"qr_code": ticket.qr_code}, authorization=authorization)
            assert handler(name, assembly)(event, Invocation())["statusCode"] == 401
    assert _state(assembly, ticket.order_id, ticket.event_id) == before


def _state(assembly: Assembly, order_id: OrderId, event_id: EventId) -> tuple[Any, ...]:
    ports = assembly.ports
    return ports.tickets.of_order(order_id), ports.orders.get(order_id), ports.events.audit(event_id)

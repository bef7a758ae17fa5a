"""``ticketcore_lambda.validate_ticket`` and ``api``: requests of API Gateway get the responses of the service."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import attrs
import pytest
from flask.testing import FlaskClient

from tests.entrypoints.http import ADMIN_KEY, CONCERT, GATE_KEY
from tests.entrypoints.lambdas import event_on_sale, ticket_of
from ticketcore import NO_LIMIT, EventChange, Order, TicketNumber
from ticketcore.domain import api_keys, timestamps
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import TicketId
from ticketcore.domain.validation import Scan
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_bootstrap.telemetry import logging_to_host
from ticketcore_flask import create_app
from ticketcore_lambda import admission, http_api
from ticketcore_memory import MemoryFiles, MemoryLedger, MemoryTickets, SystemClock
from ticketcore_testing.aws import DOMAIN, SCHEDULE, Invocation, Json, http_event, sqs_event, sqs_record

SECRET = "the secret inside"
ADMIN = f"Bearer {ADMIN_KEY}"
GATE = f"Bearer {GATE_KEY}"
EVENT_DATE = "2099-05-01T20:00:00Z"


def open_assembly(data: Path, **variables: str) -> Assembly:
    given = {"DATA": str(data), "ADMIN_KEY": ADMIN_KEY, "GATE_KEY": GATE_KEY} | variables
    return assemble(read_settings({f"TICKETCORE_{name}": value for name, value in given.items()}))


@pytest.fixture
def assembly(data: Path) -> Iterator[Assembly]:
    """Yield a box office over an empty ledger, with a key of each role."""
    found = open_assembly(data)
    yield found
    found.close()


def client_of(assembly: Assembly) -> FlaskClient:
    """Return a client of the Flask service over the same box office."""
    return create_app(assembly).test_client()


def validate(assembly: Assembly, event: Json) -> Json:
    return admission.handler(assembly)(event, Invocation())


def scan(assembly: Assembly, body: Any, authorization: str = GATE, **more: Any) -> Json:
    return validate(assembly, http_event("POST", "/tickets/validate", body, authorization=authorization, **more))


def serve(assembly: Assembly, event: Json) -> Json:
    return http_api.handler(assembly)(event, Invocation())


def ask(assembly: Assembly, method: str, path: str, body: Any = None, **more: Any) -> Json:
    """Return the service's response through API Gateway."""
    return serve(assembly, http_event(method, path, body, **more))


def json_of(response: Json, status: int = 200) -> Json:
    assert response["statusCode"] == status, response
    assert response["isBase64Encoded"] is False
    value: Json = json.loads(response["body"])
    return value


def problem(response: Json, code: str) -> Json:
    found = json_of(response, response["statusCode"])
    assert (found["code"], found["status"]) == (code, response["statusCode"])
    assert response["headers"]["content-type"] == "application/problem+json"
    return found


# validate_ticket


def test_a_ticket_is_admitted_once(assembly: Assembly) -> None:
    """The first scan and every other get the responses of the service."""
    ticket = ticket_of(assembly)
    admission = json_of(scan(assembly, {"qr_code": ticket.qr_code}))
    assert admission["result"] == "admitted"
    assert admission["ticket"]["status"] == "used"
    assert ticket.id not in json.dumps(admission)
    assert ticket.order_id not in json.dumps(admission)
    found = problem(scan(assembly, {"qr_code": ticket.qr_code}), "ticket_already_used")
    assert found["gate"] == "gate"
    assert found["type"] == f"https://{DOMAIN}/problems/ticket_already_used"


def test_a_repeated_scan_gets_the_same_response(assembly: Assembly) -> None:
    """A scan can be repeated with its id when the response was lost."""
    body = {"qr_code": ticket_of(assembly).qr_code, "gate": "north", "scan_id": "one-scan-of-this-ticket"}
    first, again = (json_of(scan(assembly, body)) for _ in range(2))
    assert again == first | {"repeated": True}


def test_no_ticket_is_admitted_before_the_doors_open(assembly: Assembly) -> None:
    """The gate is told until when, by QR code and by code and number."""
    ticket = ticket_of(assembly)
    order = assembly.box_office.order(ticket.order_id)
    assert isinstance(order, Order)
    event = assembly.ports.events.get(ticket.event_id)
    assert event is not None
    assembly.organiser.change_event(event.id, EventChange(doors_at=event.date))
    by_number = {"ticket_code": order.ticket_code, "number": 1, "event_id": event.id}
    for body in ({"qr_code": ticket.qr_code}, by_number):
        assert problem(scan(assembly, body), "too_early")["doors_at"] == timestamps.text_of(event.date)
    assembly.organiser.change_event(event.id, EventChange(doors_at=NO_LIMIT))
    assert json_of(scan(assembly, by_number))["result"] == "admitted"


REQUESTS: dict[str, Json] = {
    "no key": {"body": {"qr_code": "x"}, "authorization": ""},
    "a wrong key": {"body": {"qr_code": "x"}, "authorization": "Bearer wrong"},
    "another scheme": {"body": {"qr_code": "x"}, "authorization": f"Basic {GATE_KEY}"},
    "two keys": {"body": {"qr_code": "x"}, "authorization": f"{GATE},{GATE}"},
    "a key in other letters": {"body": {"qr_code": "x"}, "authorization": "Bearer ključ-🎭"},
    "an admin": {"body": {"qr_code": "x"}, "authorization": ADMIN},
    "garbage": {"body": {"qr_code": "garbage"}},
    "surrogate": {"body": '{"qr_code": "\\ud800"}'},
    "no body": {"body": None},
    "an empty body": {"body": ""},
    "not JSON": {"body": "{"},
    "not UTF-8": {"body": b'{"qr_code": "\xff"}'},
    "bytes": {"body": b'{"qr_code": "garbage"}'},
    "a list": {"body": []},
    "every fault": {"body": {"gate": "", "event_id": 1, "scan_id": None, "color": "red"}},
    "another media type": {"body": "{}", "content_type": "text/plain"},
    "no media type": {"body": "{}", "content_type": ""},
    "another charset": {"body": "{}", "content_type": "application/json; charset=latin-1"},
    "a charset": {"body": {"qr_code": "x"}, "content_type": 'application/json; charset="UTF-8"'},
    "compressed": {"body": "{}", "content_encoding": "gzip"},
    "64 KiB": {"body": " " * (64 * 1024)},
    "too large": {"body": " " * (64 * 1024 + 1)},
    "too large in base64": {"body": b" " * (64 * 1024 + 1)},
}


@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS.keys())
def test_both_functions_respond_as_the_service_does(assembly: Assembly, request_of: Json) -> None:
    """The function for gates, the whole service behind API Gateway and the service itself respond alike."""
    event = http_event("POST", "/tickets/validate", **({"authorization": GATE} | request_of))
    body = event.get("body") or ""
    answered = client_of(assembly).post(
        "/tickets/validate",
        base_url=f"https://{DOMAIN}",
        data=base64.b64decode(body) if event["isBase64Encoded"] else body.encode(),
        headers={name: event["headers"][name] for name in event["headers"].keys() - {"host"}},
    )
    headers = {name.lower(): value for name, value in answered.headers.items()}
    for response in (validate(assembly, event), serve(assembly, event)):
        assert (response["statusCode"], response["body"]) == (answered.status_code, answered.text)
        assert {"content-length": headers["content-length"], **response["headers"]} == headers


def test_a_stored_key_opens_the_gate(assembly: Assembly) -> None:
    """Stored keys are valid here as well, and the gate is the key's name by default."""
    key, text = api_keys.make("north door", Role.GATE, bytes(range(api_keys.RANDOM_BYTES)), SystemClock().now())
    assembly.ports.keys.add(key)
    body = {"qr_code": ticket_of(assembly).qr_code}
    json_of(scan(assembly, body, f"Bearer {text}"))
    assert problem(scan(assembly, body), "ticket_already_used")["gate"] == "north door"


def test_headers_may_be_missing(assembly: Assembly) -> None:
    """A request without headers has no key."""
    event = http_event("POST", "/tickets/validate", {"qr_code": "x"})
    for without in ({**event, "headers": None}, {name: event[name] for name in event.keys() - {"headers"}}):
        problem(validate(assembly, without), "unauthorized")
        problem(serve(assembly, without), "unauthorized")


@pytest.mark.parametrize("path", ["/", "/validate", "/prod/tickets/validate"])
def test_the_gate_is_wherever_it_is_routed_to(assembly: Assembly, path: str) -> None:
    """The path does not matter: a function URL has none."""
    event = http_event("POST", path, {"qr_code": "garbage"}, authorization=GATE)
    problem(validate(assembly, event), "ticket_not_authentic")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_the_gate_takes_posts_only(assembly: Assembly, method: str) -> None:
    """Another method is refused with the one that is allowed."""
    response = validate(assembly, http_event(method, "/", authorization=GATE))
    problem(response, "method_not_allowed")
    assert response["headers"]["allow"] == "POST"


@attrs.define(eq=False)
class BrokenTickets(MemoryTickets):
    """Tickets with a bug."""

    def admit(self, ticket: TicketId | TicketNumber, scan: Scan, now: Any) -> NoReturn:
        raise RuntimeError(SECRET)


def test_a_bug_shows_no_internals(assembly: Assembly, caplog: pytest.LogCaptureFixture) -> None:
    """The response shows no internals; the log has the place of the bug, but not its message."""
    logging_to_host()
    ticket = ticket_of(assembly)
    ports = assembly.ports.replacing(tickets=BrokenTickets(MemoryLedger()))
    response = scan(attrs.evolve(assembly, ports=ports), {"qr_code": ticket.qr_code})
    problem(response, "internal_error")
    assert SECRET not in response["body"]
    assert "POST /tickets/validate failed\nRuntimeError" in caplog.text
    for secret in (SECRET, ticket.id, ticket.qr_code, GATE_KEY):
        assert secret not in caplog.text


def test_a_ledger_out_of_reach_says_when_to_try_again(assembly: Assembly, tmp_path: Path) -> None:
    """The gate may repeat the scan later, and the ticket is still valid then."""
    ticket = ticket_of(assembly)
    url = f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}"
    lost = assemble(attrs.evolve(assembly.settings, database_url=url))
    response = scan(lost, {"qr_code": ticket.qr_code})
    lost.close()
    problem(response, "unavailable")
    assert int(response["headers"]["retry-after"]) >= 1
    json_of(scan(assembly, {"qr_code": ticket.qr_code}))


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        "text",
        SCHEDULE,
        sqs_event(sqs_record("")),
        {"version": "2.0"},
        {"version": "1.0", "path": "/", "httpMethod": "GET", "requestContext": {}},
        http_event("GET", "/") | {"version": "1.0"},
    ],
)
def test_another_event_is_a_mistake(assembly: Assembly, event: Any) -> None:
    """An event of another kind is refused with the kind that is expected."""
    for handler in (admission.handler(assembly), http_api.handler(assembly)):
        with pytest.raises(ValueError, match="expected an event of an API Gateway HTTP API or a function URL"):
            handler(event, Invocation())


# api


def test_a_sale_runs_through_the_gateway(assembly: Assembly) -> None:
    """From the event to the admission, each call as API Gateway passes it."""
    event = json_of(ask(assembly, "POST", "/events", CONCERT | {"date": EVENT_DATE}, authorization=ADMIN), 201)
    wanted = {"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"}
    created = ask(assembly, "POST", "/orders", json.dumps(wanted).encode(), idempotency_key="once and never again")
    order = json_of(created, 201)
    assert created["headers"]["location"] == f"/orders/{order['id']}"
    json_of(ask(assembly, "POST", f"/orders/{order['id']}/payment", {"payment_token": "tok_approved"}), 202)
    assembly.box_office.work()
    [ticket] = json_of(ask(assembly, "GET", f"/orders/{order['id']}/ticket"))["tickets"]
    assert ticket["qr_code_url"].startswith(f"https://{DOMAIN}/tickets/")
    image = ask(assembly, "GET", urlsplit(ticket["qr_code_url"]).path)
    assert (image["statusCode"], image["headers"]["content-type"]) == (200, "image/png")
    assert image["isBase64Encoded"] is True
    assert base64.b64decode(image["body"]).startswith(b"\x89PNG\r\n\x1a\n")
    scanned = {"qr_code": ticket["qr_code"]}
    assert json_of(ask(assembly, "POST", "/tickets/validate", scanned, authorization=GATE))["result"] == "admitted"


@attrs.define(eq=False)
class FilesElsewhere(MemoryFiles):
    """Files that have an address of their own."""

    def url(self, name: str) -> str | None:
        return f"https://files.example/{len(name)}"


def test_a_redirect_is_handed_back(assembly: Assembly) -> None:
    """Images with an address of their own are redirected to."""
    ticket = ticket_of(assembly)
    ports = attrs.evolve(assembly.ports, files=FilesElsewhere())
    moved = ask(attrs.evolve(assembly, ports=ports), "GET", f"/tickets/{ticket.id}/qr.png")
    assert moved["statusCode"] == 302
    assert moved["headers"]["location"].startswith("https://files.example/")


def test_queries_arrive_whole(assembly: Assembly) -> None:
    """Names and values are decoded once, and a repeated name is a fault."""
    for _ in range(3):
        event_on_sale(assembly.organiser)
    page = json_of(ask(assembly, "GET", "/events", query="limit=2&starts_after=2020-01-01T00%3A00%3A00%2B00%3A00"))
    assert len(page["items"]) == 2
    rest = json_of(ask(assembly, "GET", "/events", query=f"limit=2&cursor={page['next_cursor']}"))
    assert len(rest["items"]) == 1
    found = problem(ask(assembly, "GET", "/events", query="limit=1&limit=2"), "invalid_request")
    assert [error["field"] for error in found["errors"]] == ["limit"]
    problem(ask(assembly, "GET", "/events", query="limit=é🎭"), "invalid_request")


def test_attendees_come_as_csv_in_one_piece(assembly: Assembly) -> None:
    """A HEAD of it has no length, for nothing was made."""
    event_id = ticket_of(assembly).event_id
    for method, lines in (("GET", 2), ("HEAD", 0)):
        response = ask(assembly, method, f"/events/{event_id}/attendees.csv", authorization=ADMIN)
        assert (response["statusCode"], response["isBase64Encoded"]) == (200, False)
        assert response["headers"]["content-type"] == "text/csv; charset=utf-8"
        assert response["headers"]["content-disposition"] == f'attachment; filename="attendees-{event_id}.csv"'
        assert response["body"].count("\r\n") == lines
        assert "content-length" not in response["headers"]


@pytest.mark.parametrize("public_url", [None, "https://tickets.example"])
def test_a_csv_that_lambda_cannot_send_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch, public_url: str | None
) -> None:
    """With the way to the same data, and the headers of every response; pages of JSON are there."""
    monkeypatch.setattr(http_api, "_MAX_BODY", 100)
    with open_assembly(data, **({"PUBLIC_URL": public_url} if public_url else {})) as found:
        event_id = ticket_of(found).event_id
        response = ask(found, "GET", f"/events/{event_id}/attendees.csv", authorization=ADMIN)
        refusal = problem(response, "invalid_request")
        assert [error["field"] for error in refusal["errors"]] == ["Accept"]
        assert refusal["type"] == f"{public_url or f'https://{DOMAIN}'}/problems/invalid_request"
        assert response["headers"]["cache-control"] == "no-store"
        assert "content-disposition" not in response["headers"]


def test_head_and_options_work(assembly: Assembly) -> None:
    """HEAD is GET without a body, OPTIONS names the methods."""
    path = f"/events/{event_on_sale(assembly.organiser)}"
    head = ask(assembly, "HEAD", path)
    assert (head["statusCode"], head["body"]) == (200, "")
    assert head["headers"]["etag"] == ask(assembly, "GET", path)["headers"]["etag"]
    options = ask(assembly, "OPTIONS", path)
    assert set(options["headers"]["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PATCH"}
    assert (options["statusCode"], options["body"]) == (204, "")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/docs", "text/html"), ("/openapi.json", "application/json"), ("/metrics", "text/plain")],
)
def test_text_is_handed_back_as_text(assembly: Assembly, path: str, media_type: str) -> None:
    """Only bodies that are not text are in base64, and no cookie is set."""
    response = ask(assembly, "GET", path, authorization=ADMIN)
    assert (response["statusCode"], response["isBase64Encoded"], response["cookies"]) == (200, False, [])
    assert response["headers"]["content-type"].startswith(media_type)
    assert response["body"]


@pytest.mark.parametrize("path", ["/nothing", "/events/é🎭", "/events/%C3%A9", "/events/%00", "/events/\ud7ff", "//"])
def test_an_unknown_address_is_not_found(assembly: Assembly, path: str) -> None:
    """Any path is served or refused, decoded by API Gateway or not."""
    response = ask(assembly, "GET", path)
    problem(response, "event_not_found" if path.startswith("/events/") else "not_found")


def test_a_stage_of_its_own_stands_before_every_address(assembly: Assembly) -> None:
    """API Gateway passes the stage's name with the path; it is part of every link, but not of the route."""
    event_id = event_on_sale(assembly.organiser)
    json_of(ask(assembly, "GET", f"/prod/events/{event_id}", stage="prod"))
    wanted = {"event_id": event_id, "quantity": 1, "customer_email": "ann@example.com"}
    created = ask(assembly, "POST", "/prod/orders", wanted, stage="prod")
    assert created["headers"]["location"].startswith("/prod/orders/")
    found = problem(ask(assembly, "GET", "/prod/nothing", stage="prod"), "not_found")
    assert found["type"] == f"https://{DOMAIN}/prod/problems/not_found"
    event = http_event("POST", "/prod/tickets/validate", "{}", stage="prod", authorization=GATE)
    assert validate(assembly, event)["body"] == serve(assembly, event)["body"]


@pytest.mark.parametrize(
    ("public_url", "base"),
    [
        ("https://example.org/v1", "/v1"),
        ("https://example.org/box/office", "/box/office"),
        ("https://example.org/caf%C3%A9", "/caf%C3%A9"),
        ("https://example.org/caf%C3%A9", "/café"),
    ],
)
def test_the_base_path_of_a_custom_domain_is_taken_off(data: Path, public_url: str, base: str) -> None:
    """API Gateway passes it on, decoded or not; every route works under it, and at the root as before."""
    assembly = open_assembly(data, PUBLIC_URL=public_url)
    event_id = event_on_sale(assembly.organiser)
    for path in (f"{base}/events/{event_id}", f"/events/{event_id}"):
        assert json_of(ask(assembly, "GET", path))["id"] == event_id
    wanted = {"event_id": event_id, "quantity": 1, "customer_email": "ann@example.com"}
    created = ask(assembly, "POST", f"{base}/orders", wanted)
    assert created["headers"]["location"].startswith(urlsplit(public_url).path + "/orders/")
    home = ask(assembly, "GET", f"{base}/")
    assert home["headers"]["content-type"].startswith("text/html")
    assert f'href="{urlsplit(public_url).path}/e/{event_id}"' in home["body"]
    for path in (base, f"{base}/nothing", f"{base}s/events", f"{base}{base}/events"):
        found = problem(ask(assembly, "GET", path), "not_found")
        assert found["type"] == f"{public_url}/problems/not_found"
    assembly.close()


def test_a_stage_and_a_base_path_are_told_apart(data: Path) -> None:
    """A stage's own address has its name before the path, a custom domain the base path."""
    assembly = open_assembly(data, PUBLIC_URL="https://example.org/v1")
    for path in ("/prod/events", "/v1/events", "/events"):
        json_of(ask(assembly, "GET", path, stage="prod"))
    assembly.close()


@pytest.mark.parametrize("write", [str.title, str.upper, str.lower], ids=["Title", "UPPER", "lower"])
def test_names_of_headers_have_no_case(assembly: Assembly, write: Callable[[str], str]) -> None:
    """Emulators write them with capitals; both functions read them, and their bodies in base64."""
    event_id = event_on_sale(assembly.organiser)
    body = json.dumps({"location": "Elsewhere"}).encode()
    change = http_event("PATCH", f"/events/{event_id}", body, authorization=ADMIN, if_match='"1"')
    change["headers"] = {write(name): value for name, value in change["headers"].items()}
    assert json_of(serve(assembly, change))["location"] == "Elsewhere"
    scanned = http_event("POST", "/tickets/validate", b'{"qr_code": "x"}', authorization=GATE)
    scanned["headers"] = {write(name): value for name, value in scanned["headers"].items()}
    problem(validate(assembly, scanned), "ticket_not_authentic")
    problem(serve(assembly, scanned), "ticket_not_authentic")


def test_a_header_that_is_repeated_in_another_case_is_one(assembly: Assembly) -> None:
    """Its values stand one after the other, as AWS writes them, so that no key is hidden behind another."""
    event = http_event("POST", "/tickets/validate", "{}", authorization=GATE)
    event["headers"]["Authorization"] = "Bearer another"
    problem(validate(assembly, event), "unauthorized")
    problem(serve(assembly, event), "unauthorized")


def test_the_event_of_a_function_url_is_served(assembly: Assembly) -> None:
    """It has the payload of an HTTP API with a domain and an account of its own, and no stage but the default one."""
    ticket = ticket_of(assembly)
    event = http_event(
        "POST", "/tickets/validate", json.dumps({"qr_code": ticket.qr_code}).encode(), authorization=GATE
    )
    domain = "zl7nmq5kwy.lambda-url.us-east-2.on.aws"
    event["headers"]["host"] = domain
    event["requestContext"] |= {"accountId": "anonymous", "domainName": domain, "domainPrefix": "zl7nmq5kwy"}
    admitted, refused = validate(assembly, event), serve(assembly, event)
    assert json_of(admitted)["result"] == "admitted"
    assert domain in problem(refused, "ticket_already_used")["type"]


def test_the_host_of_a_request_goes_into_no_link(assembly: Assembly) -> None:
    """Links begin with the address that the gateway has, not with what a client calls it."""
    event = http_event("GET", "/nothing", host="evil.example")
    assert problem(serve(assembly, event), "not_found")["type"] == f"https://{DOMAIN}/problems/not_found"
    event = http_event("POST", "/tickets/validate", "{}", authorization=GATE, host="evil.example")
    for found in (validate(assembly, event), serve(assembly, event)):
        assert problem(found, "invalid_request")["type"].startswith(f"https://{DOMAIN}/")


def test_links_carry_the_public_address(data: Path) -> None:
    """Links and problems of both functions begin with the configured address."""
    assembly = open_assembly(data, PUBLIC_URL="https://example.org/box/office")
    event = http_event("POST", "/tickets/validate", "{}", authorization=GATE)
    for response in (validate(assembly, event), serve(assembly, event)):
        found = problem(response, "invalid_request")
        assert found["type"] == "https://example.org/box/office/problems/invalid_request"
    assembly.close()


def test_a_limit_on_requests_is_kept(data: Path) -> None:
    """Without a Redis each container counts each client's requests for itself, the gate's function too."""
    assembly = open_assembly(data, RATE_LIMIT="2/hour")
    handler = http_api.handler(assembly)
    answers = [handler(http_event("GET", "/events"), Invocation()) for _ in range(3)]
    assert [answer["statusCode"] for answer in answers] == [200, 200, 429]
    other = http_event("GET", "/events")
    other["requestContext"]["http"]["sourceIp"] = "198.51.100.7"
    json_of(handler(other, Invocation()))
    problem(validate(assembly, http_event("POST", "/tickets/validate", "{}", authorization=GATE)), "rate_limited")
    assembly.close()

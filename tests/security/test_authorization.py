"""Authorization: every route with every credential, and the refusals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.entrypoints.http import BUYER, Json, Service, buy_ticket, create_event, get_order, json_of, problem, serve
from tests.entrypoints.routes import ROUTES, Route
from tests.security.credentials import AS_ADMIN, AT_GATE, FOR_METRICS, HOLDERS, STRANGER, credentials
from ticketcore.domain import ids
from ticketcore.domain.ids import EventId, OrderId
from ticketcore_wire.responses import protection

#: The headers of every response: no server, no version, no cookie.
HEADERS = {"Content-Type", "Content-Length", *protection(None)}
#: Routes that want a key: a notice is signed instead.
GUARDED = [route for route in ROUTES if route.stranger == "unauthorized" and route.rule != "/payments/notices"]


def expected(route: Route, holder: str) -> int | str:
    """Return the status or the code that a holder gets."""
    return {STRANGER: route.stranger, AT_GATE: route.gate, AS_ADMIN: route.admin, FOR_METRICS: route.metrics}[holder]


def may(route: Route, holder: str) -> bool:
    """Return whether a holder may make a call."""
    return expected(route, holder) not in {"unauthorized", "forbidden"}


def look(response: TestResponse, route: Route, holder: str) -> None:
    """Check the status or code, and that there are no more headers than needed."""
    outcome = expected(route, holder)
    if isinstance(outcome, str):
        problem(response, outcome)
        allowed: tuple[str, ...] = ("Content-Language", "Vary")
        allowed += ("WWW-Authenticate",) if outcome == "unauthorized" else ()
    else:
        assert response.status_code == outcome, response.text
        allowed = route.headers
    assert set(response.headers.keys()) <= {*HEADERS, *allowed}


def test_every_route_says_who_may_call_it() -> None:
    """A new route has to be added to ``ROUTES``, which has no other."""
    routes = {
        (method, rule.rule)
        for rule in serve().app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(route.method, route.rule) for route in ROUTES} == routes


def test_every_credential_has_a_holder() -> None:
    """Each credential has a holder."""
    assert credentials(serve()).keys() == HOLDERS.keys()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.call)
def test_every_credential_has_the_rights_of_its_holder(route: Route) -> None:
    """A call with the right to it succeeds, and one without is refused."""
    service = serve()
    for name, headers in credentials(service).items():
        look(route.send(service, route.subject(service), headers), route, HOLDERS[name])


def seen(response: TestResponse) -> tuple[int, str, bytes]:
    """Return all that a response shows."""
    return response.status_code, str(sorted(response.headers.items())), response.data


def all_responses(service: Service, holder: str, names: Iterable[str]) -> set[tuple[int, str, bytes]]:
    """Return all responses to these credentials of routes that refuse them, for any subject and body."""
    known = credentials(service)
    responses = set()
    for route in GUARDED:
        if may(route, holder):
            continue
        real = route.subject(service)
        missing = dict.fromkeys(real, "aaaaaaaaaaaaaaaaaaaa")
        for name in names:
            for subject, body in ((real, None), (missing, None), (real, "{"), (real, "[1]"), (real, " " * 65_537)):
                responses.add(seen(route.send(service, subject, known[name], body)))
    return responses


def test_all_strangers_get_the_same_response() -> None:
    """There is one response to any credential, route, subject and body, which says only that a key is needed."""
    strangers = [name for name, holder in HOLDERS.items() if holder == STRANGER]
    [(status, _, body)] = all_responses(serve(), STRANGER, strangers)
    assert status == 401
    assert set(json.loads(body)) == {"type", "title", "status", "detail", "code"}


@pytest.mark.parametrize("holder", [AT_GATE, FOR_METRICS])
def test_all_holders_of_a_role_get_the_same_response(holder: str) -> None:
    """Who calls a route for other roles learns neither what exists nor what is wrong with its request."""
    holders = [name for name, each in HOLDERS.items() if each == holder]
    [(status, _, body)] = all_responses(serve(), holder, holders)
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
        for route in GUARDED:
            if not may(route, HOLDERS[name]):
                route.send(service, subject, headers)
    assert _state(service, event, ticket) == before


def _state(service: Service, event: Json, ticket: Json) -> tuple[Any, ...]:
    ports = service.box_office.ports
    order_id = OrderId(ticket["order_id"])
    events = json_of(service.client.get("/events"))
    audit = ports.events.audit(EventId(event["id"]))
    return events, audit, get_order(service, {"id": order_id}), ports.tickets.of_order(order_id)


def test_a_list_does_not_reveal_hidden_events() -> None:
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


def near_misses(service: Service) -> tuple[list[str], list[str]]:
    """Return texts close to an id of an order or ticket: parts and other spellings; and what names the order for admins."""
    event = create_event(service)
    ticket = buy_ticket(service, event)
    order = get_order(service, {"id": ticket["order_id"]})
    secrets = (order["id"], ticket["id"])
    found = [event["id"], ticket["qr_code"], BUYER, ids.digest(OrderId(ticket["id"]))]
    for secret in secrets:
        found += [secret[:-1], secret + "a", secret.upper(), secret[1:] + secret[0], f"{secret}%20", f"%00{secret}"]
        found += [f"{secret}%0A", f"{secret}.", f"{secret}*", f"{secret[:4]}%25", "%25", "*", "%27%20OR%201=1--"]
    found.append(ids.digest(OrderId(ticket["id"])).upper())
    digest = ids.digest(OrderId(order["id"]))
    names = [order["ticket_code"], digest, digest.upper()]
    return [*found, "nothing", "aaaaaaaaaaaaaaaaaaaaaaaaaa"], names


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
    """Parts of an id and the ids of others get the same response: not found; to all but admins a digest and a ticket code too."""
    service = serve()
    admin = credentials(service)["admin key"]
    body = {"payment_token": "tok_approved"} if "payment" in address else {}
    responses = set()
    misses, names = near_misses(service)
    others = [] if "refund" in address else [(wrong, None) for wrong in (*misses, *names)]
    for wrong, headers in [*((wrong, admin) for wrong in misses), *others]:
        response = service.client.open(address.format(wrong), method=method, headers=headers, json=body)
        problem(response, code)
        responses.add(seen(response))
    assert len(responses) == 1


def test_an_order_is_no_ticket_and_a_ticket_no_order() -> None:
    """Each id opens its own kind only."""
    service = serve()
    ticket = buy_ticket(service, create_event(service))
    problem(service.client.get(f"/tickets/{ticket['order_id']}/qr.png"), "ticket_not_found")
    problem(service.client.get(f"/orders/{ticket['id']}"), "order_not_found")

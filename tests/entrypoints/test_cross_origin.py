"""Pages of other origins: which may call which routes, whatever dispatches to them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.entrypoints.http import ADMIN, BUYER, CONCERT, Service, create_event, serve
from tests.entrypoints.routes import ROUTES, Route
from tests.entrypoints.test_direct_routes import pair
from ticketcore_bootstrap import SettingError, read_settings

SHOP = "https://theatre.example"
STRANGER = "https://elsewhere.example"
BUYERS = {
    "GET /events",
    "GET /events/<event_id>",
    "POST /orders",
    "GET /orders/<order_id>",
    "DELETE /orders/<order_id>",
    "POST /orders/<order_id>/payment",
    "GET /orders/<order_id>/ticket",
    "GET /tickets/<ticket_id>/qr.png",
}


def allowed(response: TestResponse) -> str | None:
    """Return the origin that a response lets in."""
    return response.headers.get("Access-Control-Allow-Origin")


def preflight(client: FlaskClient, path: str, method: str, origin: str = SHOP) -> TestResponse:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    return client.options(path, headers=headers)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.call)
def test_the_routes_of_buyers_are_open_and_no_others(route: Route) -> None:
    """To the pages of the origins that are named, in success and in refusal, through both kinds of dispatch."""
    for service in pair(allowed_origins=(SHOP,)):
        subject = route.subject(service)
        for headers in (ADMIN, {}):
            ours = route.send(service, subject, {**headers, "Origin": SHOP})
            other = route.send(service, subject, {**headers, "Origin": STRANGER})
            is_open = f"{route.method} {route.rule}" in BUYERS
            assert (allowed(ours), allowed(other)) == (SHOP if is_open else None, None)
            assert ["Origin" in response.headers.get("Vary", "").split(", ") for response in (ours, other)] == [
                is_open
            ] * 2
            assert "Access-Control-Allow-Credentials" not in ours.headers


@pytest.mark.parametrize(("origins", "found"), [((SHOP,), SHOP), (("*",), "*"), ((), None), ((STRANGER,), None)])
def test_refusals_can_be_read(origins: tuple[str, ...], found: str | None) -> None:
    """A page that cannot read why it was refused could tell its visitor nothing."""
    service = serve({"allowed_origins": origins})
    refused = service.client.post("/orders", json={}, headers={"Origin": SHOP})
    assert (refused.status_code, allowed(refused)) == (422, found)
    assert ("Retry-After" in refused.headers.get("Access-Control-Expose-Headers", "")) is (found is not None)


def test_a_head_is_open_as_its_get_is() -> None:
    """Its headers are the same (RFC 9110, 9.3.2)."""
    service = serve({"allowed_origins": (SHOP,)})
    assert allowed(service.client.head("/events", headers={"Origin": SHOP})) == SHOP


@pytest.mark.parametrize("service", pair(allowed_origins=(SHOP,)), ids=["direct", "through Flask"])
def test_a_browser_asks_first(service: Service) -> None:
    """It learns the methods of buyers alone, and a sale works afterwards."""
    event = create_event(service)
    asked = preflight(service.client, "/orders", "POST")
    assert (asked.status_code, allowed(asked), asked.headers["Access-Control-Allow-Methods"]) == (204, SHOP, "POST")
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    assert preflight(service.client, f"/events/{event['id']}", "PATCH").headers["Access-Control-Allow-Methods"] == "GET"
    assert allowed(preflight(service.client, "/orders", "POST", STRANGER)) is None
    assert allowed(preflight(service.client, "/tickets/validate", "POST")) is None
    wanted = {"event_id": event["id"], "quantity": 1, "customer_email": BUYER}
    sold = service.client.post("/orders", json=wanted, headers={"Origin": SHOP})
    assert (sold.status_code, allowed(sold)) == (201, SHOP)
    assert "Location" in sold.headers["Access-Control-Expose-Headers"]


def test_by_default_no_other_origin_is_let_in() -> None:
    """And no response varies by it."""
    service = serve()
    found = service.client.get("/events", headers={"Origin": SHOP})
    made = service.client.post("/events", json=CONCERT, headers={**ADMIN, "Origin": SHOP})
    for response in (found, made, preflight(service.client, "/orders", "POST")):
        assert not {"Vary", "Access-Control-Allow-Origin"} & {*response.headers.keys()}


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        (SHOP, (SHOP,)),
        ("*", ("*",)),
        (f" {SHOP} , http://localhost:3000", ("http://localhost:3000", SHOP)),
        ("HTTPS://Theatre.Example:443", (SHOP,)),
        ("http://[::1]:8080", ("http://[::1]:8080",)),
    ],
)
def test_origins_are_read_as_browsers_write_them(text: str, origins: tuple[str, ...]) -> None:
    """Default ports left out, names in lower case."""
    assert read_settings({"TICKETCORE_ALLOWED_ORIGINS": text}).allowed_origins == origins


@pytest.mark.parametrize(
    "text",
    [
        "theatre.example",
        f"{SHOP}/",
        f"{SHOP}/shop",
        f"{SHOP},",
        "null",
        "ftp://a",
        "https://u@a",
        f"{SHOP}?a",
        "https://a:99999",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """It would let in no page, or another one than was meant."""
    with pytest.raises(SettingError, match="TICKETCORE_ALLOWED_ORIGINS holds"):
        read_settings({"TICKETCORE_ALLOWED_ORIGINS": text})

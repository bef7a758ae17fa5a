"""Pages mounted in a foreign Flask application, and under the path of a proxy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.entrypoints.http import ADMIN, BUYER, CONCERT, Json, json_of, serve
from tests.web.shop import HTML, open_shop
from ticketcore import BoxOffice, EventDraft, LiveEvent, Organiser, accepted
from ticketcore.domain import timestamps
from ticketcore_memory import memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_web import Options, web_blueprint

PREFIX = "/shop"


def host(options: Options | None = None, prefix: str = PREFIX) -> tuple[Flask, LiveEvent]:
    """Return an application with a page of its own and these pages, and an event on sale."""
    ports = memory_ports(SimulatedPaymentGateway())
    app = Flask("host")
    app.add_url_rule("/about", "about", lambda: "about")
    app.register_error_handler(404, lambda _error: ("host 404", 404))
    organiser = Organiser(ports)
    app.register_blueprint(web_blueprint(BoxOffice(ports), organiser, options), url_prefix=prefix)
    draft = EventDraft(CONCERT["name"], timestamps.parse("2099-05-01T20:00:00Z"), "Royal Hall", 10, "45.00")
    return app, accepted(organiser.create_event(draft))


def reserve(client: FlaskClient, path: str, **environ: str) -> str:
    """Return the address of a new order, reserved by a form."""
    page = client.get(path, environ_overrides=environ).text
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page))
    form = {name: unescape(value) for name, value in fields.items()}
    sent = {**form, "quantity": "1", "customer_email": BUYER}
    response = client.post(path, data=sent, environ_overrides=environ)
    assert response.status_code == 303, response.text
    return response.headers["Location"]


def addresses(page: str) -> Iterable[str]:
    """Return all addresses that a page leads to."""
    return re.findall(r'(?:href|src|action|data-live|data-worker)="(/[^"]*)"', page)


def test_every_link_leads_under_the_prefix() -> None:
    """From the list to the order."""
    app, live = host()
    client = app.test_client()
    order = reserve(client, f"{PREFIX}/e/{live.event.id}")
    assert order.startswith(f"{PREFIX}/o/")
    for path in (f"{PREFIX}/", f"{PREFIX}/e/{live.event.id}", order, f"{PREFIX}/nothing"):
        found = [*addresses(client.get(path).text)]
        assert found
        assert [each for each in found if not each.startswith(f"{PREFIX}/")] == []


def test_the_hosts_pages_stay_its_own() -> None:
    """Its routes and error pages have no headers of ours; under the prefix unknown addresses are pages."""
    client = host()[0].test_client()
    assert "Content-Security-Policy" not in client.get("/about").headers
    assert client.get("/nothing").text == "host 404"
    assert "What to do:" in client.get(f"{PREFIX}/nothing").text


def test_two_can_be_mounted_under_names_of_their_own() -> None:
    """Each with its own events."""
    app, live = host()
    ports = memory_ports(SimulatedPaymentGateway())
    app.register_blueprint(web_blueprint(BoxOffice(ports), Organiser(ports), name="second"), url_prefix="/second")
    client = app.test_client()
    assert client.get(f"{PREFIX}/e/{live.event.id}").status_code == 200
    assert client.get(f"/second/e/{live.event.id}").status_code == 404


@pytest.mark.parametrize(
    ("public_url", "root", "expected"),
    [
        (None, "", "/shop"),
        (None, "/outer", "/outer/shop"),
        ("https://tickets.example", "", "/shop"),
        ("https://tickets.example/box", "", "/box/shop"),
        ("https://tickets.example/box", "/inner", "/box/shop"),
    ],
)
def test_links_begin_with_the_public_address(public_url: str | None, root: str, expected: str) -> None:
    """Its path, whatever a proxy has taken off."""
    app, live = host(Options(public_url=public_url))
    page = app.test_client().get(f"{PREFIX}/e/{live.event.id}", environ_overrides={"SCRIPT_NAME": root}).text
    assert [each for each in addresses(page) if not each.startswith(f"{expected}/")] == []


def test_a_sale_works_behind_a_path() -> None:
    """A proxy that takes the path off, as nginx does: redirects and links have it."""
    shop = open_shop(public_url="https://tickets.example/box")
    client = shop.service.app.test_client()
    order = reserve(client, f"/e/{shop.opera['id']}", **{"wsgi.url_scheme": "https"})
    assert order.startswith("/box/o/")
    page = client.get(order.removeprefix("/box"), headers=HTML)
    assert page.status_code == 200
    assert [each for each in addresses(page.text) if not each.startswith("/box/")] == []
    unknown = client.get("/nothing", headers=HTML)
    assert [each for each in addresses(unknown.text) if not each.startswith("/box/")] == []


def test_pages_are_counted_by_their_routes() -> None:
    """Without the ids in their addresses."""
    service = serve()
    event: Json = json_of(service.client.post("/events", json=CONCERT, headers=ADMIN), 201)
    service.client.get(f"/e/{event['id']}", headers=HTML)
    service.client.get("/nothing", headers=HTML)
    metrics = service.client.get("/metrics", headers=ADMIN).text
    assert 'ticketcore_http_requests_total{method="GET",route="/e/<event_id>",status="200"} 1.0' in metrics
    assert 'method="none",route="none",status="404"' in metrics
    assert event["id"] not in metrics


def test_no_request_of_the_api_reaches_the_pages() -> None:
    """Its routes are found before any page is asked."""
    service = serve()
    event: Json = json_of(service.client.post("/events", json=CONCERT, headers=ADMIN), 201)
    response = service.client.get(f"/events/{event['id']}", headers=HTML)
    assert response.mimetype == "application/json"
    assert service.client.options(f"/events/{event['id']}", headers=HTML).status_code == 204
    assert service.client.put("/events", headers=HTML).mimetype == "application/problem+json"

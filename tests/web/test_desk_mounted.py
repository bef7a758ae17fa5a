"""The desk and the documentation mounted in a foreign Flask application, and under the path of a proxy."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.entrypoints.http import ADMIN_KEY
from tests.web.desk import hidden_fields
from tests.web.desk_pages import pages_of
from tests.web.shop import HTML, open_shop
from ticketcore import BoxOffice, Organiser
from ticketcore_flask import Options as ApiOptions
from ticketcore_flask import api_blueprint
from ticketcore_memory import memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_web import Options, web_blueprint

PREFIX = "/shop"
SECURE = {"wsgi.url_scheme": "https"}


def addresses(page: str) -> list[str]:
    """Return all addresses that a page leads to, or sends forms to."""
    return [unescape(found) for found in re.findall(r'(?:href|src|action|data-live)="(/[^"]*)"', page)]


def sign_in(client: FlaskClient, prefix: str, taken_off: str = "") -> None:
    """Sign in at the desk that browsers find under a prefix, of which a proxy takes a part off."""
    path = f"{prefix}/desk/sign-in"
    inside, over = path.removeprefix(taken_off), SECURE if taken_off else {}
    fields = hidden_fields(client.get(inside, headers=HTML, environ_overrides=over).text, path)
    response = client.post(inside, data={**fields, "key": ADMIN_KEY}, headers=HTML, environ_overrides=over)
    assert (response.status_code, response.headers["Location"]) == (303, f"{prefix}/desk")


def host() -> FlaskClient:
    """Return a client of an application with the pages and, beside them, the API under prefixes."""
    ports = memory_ports(SimulatedPaymentGateway())
    box_office, organiser = BoxOffice(ports), Organiser(ports)
    app = Flask("host")
    app.register_blueprint(
        web_blueprint(box_office, organiser, Options(admin_key=ADMIN_KEY, simulated_payments=True)), url_prefix=PREFIX
    )
    app.register_blueprint(api_blueprint(box_office, organiser, ApiOptions(admin_key=ADMIN_KEY)), url_prefix="/api")
    return app.test_client()


def test_an_event_is_made_and_sold_under_a_prefix() -> None:
    """Every page, form and redirect of the desk stays under the prefix that an application has given it."""
    client = host()
    sign_in(client, PREFIX)
    new_event = f"{PREFIX}/desk/new-event"
    fields = hidden_fields(client.get(new_event).text, new_event)
    typed = {
        "name": "Recital",
        "date": "2099-06-01T20:00",
        "location": "Hall",
        "capacity": "9",
        "price": "10",
        "timezone": "UTC",
        "currency": "BRL",
        "max_per_order": "4",
        "status": "on_sale",
    }
    made = client.post(new_event, data={**fields, **typed}).headers["Location"]
    assert made.startswith(f"{PREFIX}/desk/e/")
    event = made.partition("?")[0]
    sale = f"{event}/sale"
    fields = hidden_fields(client.get(sale).text, sale)
    sold = client.post(sale, data={**fields, "quantity": "1", "customer_email": "a@example.com", "method": "cash"})
    assert sold.headers["Location"].startswith(f"{PREFIX}/desk/o/")
    for path in ("desk", "desk/orders", "desk/keys", "desk/operation"):
        found = addresses(client.get(f"{PREFIX}/{path}").text)
        assert found
        assert [each for each in found if not each.startswith(f"{PREFIX}/")] == []
    for path in (event, f"{event}/change", f"{event}/cancellation", sale, sold.headers["Location"]):
        found = addresses(client.get(path).text)
        assert found
        assert [each for each in found if not each.startswith(f"{PREFIX}/")] == []


def test_every_page_of_the_desk_leads_under_the_path_of_a_proxy() -> None:
    """All of them, signed in through a proxy that takes the path of the public address off."""
    shop = open_shop()
    pages = [*pages_of(shop)]
    app = Flask("host")
    options = Options(public_url="https://tickets.example/box", admin_key=ADMIN_KEY)
    app.register_blueprint(web_blueprint(shop.service.box_office, shop.service.organiser, options))
    client = app.test_client()
    sign_in(client, "/box", taken_off="/box")
    for name, path in pages:
        page = client.get(path, headers=HTML, environ_overrides=SECURE)
        found = addresses(page.text)
        assert found, name
        assert [each for each in found if not each.startswith("/box/")] == [], name


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/try"])
def test_the_documentation_leads_under_a_prefix(path: str) -> None:
    """Each of its links and files is found where the API is mounted."""
    client = host()
    page = client.get(path)
    assert page.status_code == 200
    found = {urlsplit(urljoin(path, each)).path for each in re.findall(r'(?:href|src)="([^"#:]+)(?=["#])', page.text)}
    assert len(found) > 3
    assert [each for each in found if not each.startswith("/api/")] == []
    assert [each for each in found if client.get(each).status_code != 200] == []

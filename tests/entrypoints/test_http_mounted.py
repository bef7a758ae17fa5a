"""The API mounted in a foreign Flask application, under two prefixes, beside its routes and error pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.entrypoints.http import ADMIN, ADMIN_KEY, BUYER, CONCERT, Json, json_of, problem
from tests.entrypoints.routes import ROUTES, Route, misspelt
from ticketcore import BoxOffice, Order, Organiser
from ticketcore.domain.ids import OrderId
from ticketcore.domain.limits import Limit
from ticketcore_flask import Options, api_blueprint
from ticketcore_memory import MemoryLedger, MemoryOrders, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_wire.responses import protection

PREFIXES = ("/north", "/shop/south")


@attrs.define(eq=False)
class BrokenOrders(MemoryOrders):
    """Orders with a bug."""

    def get(self, order_id: OrderId) -> Order | None:
        raise ValueError(order_id)


def host() -> Flask:
    """Return an application with routes, limits and error pages of its own."""
    app = Flask("host")
    app.config["MAX_CONTENT_LENGTH"] = 200_000
    app.add_url_rule("/", "home", lambda: "home")
    app.add_url_rule("/events", "calendar", lambda: "calendar")
    app.add_url_rule("/upload", "upload", lambda: str(len(request.get_data())), methods=["POST"])
    app.add_url_rule("/broken", "broken", lambda: str(1 / 0))
    for status in (404, 405, 413):
        app.register_error_handler(status, lambda error: (f"host {error.code}", error.code))
    app.register_error_handler(HTTPException, lambda error: (f"host {error.code}", error.code or 500))
    app.register_error_handler(Exception, lambda error: (f"host {type(error).__name__}", 500))
    app.register_error_handler(ValueError, lambda _error: ("host value", 500))
    return app


def mount(app: Flask, prefix: str, name: str, options: Options | None = None, **ports: Any) -> None:
    """Mount an API with a box office of its own."""
    all_ports = memory_ports(SimulatedPaymentGateway()).replacing(**ports)
    blueprint = api_blueprint(
        BoxOffice(all_ports), Organiser(all_ports), options or Options(admin_key=ADMIN_KEY), name=name
    )
    app.register_blueprint(blueprint, url_prefix=prefix)


@pytest.fixture
def client() -> FlaskClient:
    """Return a client of an application with two APIs in it."""
    app = host()
    for name, prefix in zip(("north", "south"), PREFIXES, strict=True):
        mount(app, prefix, name)
    return app.test_client()


def create_event(client: FlaskClient, prefix: str) -> TestResponse:
    return client.post(f"{prefix}/events", json=CONCERT | {"date": "2099-05-01T20:00:00Z"}, headers=ADMIN)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_sale_leads_through_links_under_the_prefix(client: FlaskClient, prefix: str) -> None:
    """``Location``, the address of the QR image and the type of a problem can be followed."""
    created = create_event(client, prefix)
    assert created.headers["Location"].startswith(f"{prefix}/events/")
    event = json_of(client.get(created.headers["Location"]))
    wanted = {"event_id": event["id"], "quantity": 1, "customer_email": BUYER}
    ordered = client.post(f"{prefix}/orders", json=wanted)
    assert ordered.headers["Location"].startswith(f"{prefix}/orders/")
    refused = problem(client.get(f"{ordered.headers['Location']}/ticket"), "order_not_paid")
    assert refused["type"] == f"http://localhost{prefix}/problems/order_not_paid"
    assert client.get(refused["type"]).status_code == 200


def test_each_prefix_has_a_box_office_of_its_own(client: FlaskClient) -> None:
    """An event under one prefix is not under the other."""
    event = json_of(create_event(client, PREFIXES[0]), 201)
    assert json_of(client.get(f"{PREFIXES[0]}/events"))["items"] == [event]
    assert json_of(client.get(f"{PREFIXES[1]}/events"))["items"] == []
    problem(client.get(f"{PREFIXES[1]}/events/{event['id']}"), "event_not_found")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("path", ["", "/", "/nothing", "/events/", "/events/a/b", "/tickets/x"])
def test_an_unknown_address_under_the_prefix_is_a_problem(client: FlaskClient, prefix: str, path: str) -> None:
    """With links to the API that it belongs to, whatever the method."""
    for method in ("GET", "POST", "BREW"):
        found = problem(client.open(f"{prefix}{path}", method=method), "not_found")
        assert found["type"].startswith(f"http://localhost{prefix}/problems/")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.call)
def test_a_misspelt_address_under_the_prefix_leads_nowhere_else(client: FlaskClient, prefix: str, route: Route) -> None:
    """The host's application merges slashes by redirects: these are none of its addresses."""
    for path in (f"/{route.rule}", "//x", *misspelt(route.rule)):
        for method in (route.method, "GET", "OPTIONS"):
            problem(client.open(f"{prefix}{path}", method=method), "not_found")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/events", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/orders", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/orders/x", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}),
        ("BREW", "/docs", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_under_the_prefix_is_a_problem(
    client: FlaskClient, prefix: str, method: str, path: str, allowed: set[str]
) -> None:
    """``Allow`` names the methods of the address."""
    response = client.open(f"{prefix}{path}", method=method)
    problem(response, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed


def test_head_and_options_work_under_the_prefix(client: FlaskClient) -> None:
    """As at the root."""
    assert client.head("/north/events").status_code == 200
    response = client.options("/north/events")
    assert (response.status_code, response.data) == (204, b"")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", "host 404", 404),
        ("GET", "/northern", "host 404", 404),
        ("GET", "/shop", "host 404", 404),
        ("POST", "/events", "host 405", 405),
        ("GET", "/broken", "host ZeroDivisionError", 500),
        ("GET", "/", "home", 200),
        ("GET", "/events", "calendar", 200),
    ],
)
def test_the_hosts_pages_stay_its_own(client: FlaskClient, method: str, path: str, body: str, status: int) -> None:
    """Its routes and error pages have neither problems nor protection headers."""
    response = client.open(path, method=method)
    assert (response.text, response.status_code) == (body, status)
    assert not protection(None).keys() & set(response.headers.keys())


@pytest.mark.parametrize("path", ["/north/events", "/north/nothing", "/north/docs"])
def test_the_apis_responses_are_protected(client: FlaskClient, path: str) -> None:
    """Under the prefix every response has the headers."""
    headers = client.get(path).headers
    assert protection(None).keys() <= set(headers.keys())
    assert "frame-ancestors 'none'; base-uri 'none'; form-action 'none'" in headers["Content-Security-Policy"]


def test_bodies_have_the_limits_of_their_routes(client: FlaskClient) -> None:
    """64 KiB for the API, what the host allows for the host."""
    body = b" " * 100_000
    assert client.post("/upload", data=body).text == "100000"
    assert client.post("/upload", data=body * 3).text == "host 413"
    problem(client.post("/north/orders", data=body, content_type="application/json"), "payload_too_large")


def test_a_bug_in_the_api_is_a_problem() -> None:
    """Though the host has a handler for just that exception."""
    app = host()
    mount(app, "/api", "api", orders=BrokenOrders(MemoryLedger()))
    problem(app.test_client().get("/api/orders/abcdefgh"), "internal_error")


def test_a_limit_is_for_the_api_alone() -> None:
    """The host's routes are not counted, nor the API's sign of life."""
    app = host()
    mount(app, "/api", "api", Options(rate_limit=Limit(2, timedelta(minutes=1))))
    client = app.test_client()
    for _ in range(5):
        assert client.get("/").status_code == 200
        assert client.get("/api/health/live").status_code == 200
    assert [client.get("/api/events").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_description_has_the_apis_own_routes(client: FlaskClient, prefix: str) -> None:
    """Its paths are relative to the server's address, which is the prefix."""
    api: Json = json_of(client.get(f"{prefix}/openapi.json"))
    validate(api)
    assert api["servers"] == [{"url": f"{prefix}/"}]
    assert "/events/{event_id}" in api["paths"]
    assert not {"/upload", "/broken", "/"} & api["paths"].keys()
    alone = Flask("alone")
    mount(alone, "/", "api")
    assert api["paths"] == json_of(alone.test_client().get("/openapi.json"))["paths"]


def test_metrics_count_the_apis_requests(client: FlaskClient) -> None:
    """By routes with the prefix; neither the host's nor the other API's are among them."""
    for path in ("/", "/north/events", "/north/nothing", "/shop/south/events"):
        client.get(path)
    samples = [
        each
        for family in text_string_to_metric_families(client.get("/north/metrics", headers=ADMIN).text)
        for each in family.samples
    ]
    counted = {(each.labels["route"], each.value) for each in samples if each.name == "ticketcore_http_requests_total"}
    assert counted == {("/north/events", 1), ("none", 1)}


def test_a_hook_of_the_host_may_respond_first() -> None:
    """Its response is sent, although the API did not see the beginning of the request."""
    app = host()
    mount(app, "/api", "api")
    app.before_request(lambda: Response("closed", 503))
    response = app.test_client().get("/api/events")
    assert (response.text, response.status_code) == ("closed", 503)


def test_one_blueprint_can_be_mounted_twice() -> None:
    """Under names of its own, with links of its own under each."""
    ports = memory_ports(SimulatedPaymentGateway())
    blueprint = api_blueprint(BoxOffice(ports), Organiser(ports))
    app = host()
    app.register_blueprint(blueprint, url_prefix="/one")
    app.register_blueprint(blueprint, url_prefix="/two", name="second")
    for prefix in ("/one", "/two"):
        found = problem(app.test_client().get(f"{prefix}/events/nothing"), "event_not_found")
        assert found["type"] == f"http://localhost{prefix}/problems/event_not_found"
        problem(app.test_client().get(f"{prefix}/nothing"), "not_found")
        problem(app.test_client().post(f"{prefix}/docs"), "method_not_allowed")


@pytest.mark.parametrize(
    ("public_url", "root", "expected"),
    [
        (None, "", "http://localhost/api"),
        (None, "/outer", "http://localhost/outer/api"),
        ("https://shop.example", "", "https://shop.example/api"),
        ("https://shop.example/outer", "/inner", "https://shop.example/outer/api"),
    ],
)
def test_links_begin_with_the_public_address(public_url: str | None, root: str, expected: str) -> None:
    """The address that was set or the request's, with the path of the application, and the prefix behind it."""
    app = host()
    mount(app, "/api", "api", Options(public_url=public_url, admin_key=ADMIN_KEY))
    client = app.test_client()
    environ = {"SCRIPT_NAME": root}
    found = client.get("/api/events/nothing", environ_overrides=environ)
    assert json.loads(found.data)["type"] == f"{expected}/problems/event_not_found"
    created = client.post("/api/events", json=CONCERT, headers=ADMIN, environ_overrides=environ)
    assert created.headers["Location"].startswith(f"{urlsplit(expected).path}/events/")


def test_without_a_prefix_the_host_keeps_what_is_left() -> None:
    """The API's routes are its own, other addresses the host's."""
    app = Flask("host")
    app.register_error_handler(404, lambda _error: ("host 404", 404))
    ports = memory_ports(SimulatedPaymentGateway())
    app.register_blueprint(api_blueprint(BoxOffice(ports), Organiser(ports)))
    client = app.test_client()
    assert client.get("/nothing").text == "host 404"
    problem(client.get("/orders/nothing"), "order_not_found")

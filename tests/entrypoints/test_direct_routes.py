"""Direct dispatch responds to every request as Flask's dispatch does."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from tests.entrypoints.http import ADMIN, GATE, Service, serve
from tests.entrypoints.routes import ROUTES, Route
from ticketcore.domain.limits import Limit
from ticketcore_flask.direct_routes import DirectRoutes
from ticketcore_memory import HmacSeal, SeededIds

TOO_LARGE = "x" * (64 * 1024 + 1)
BODIES = (None, "", "{", "[]", '{"nothing": 1}', TOO_LARGE)
SHOWING_NO_TIMES = [route for route in ROUTES if route.rule != "/metrics"]
ADDRESSES = (
    "/",
    "/events/",
    "//events",
    "/events//",
    "/events/%20",
    "/events/%C3%A9",
    "/events/%FF",
    "/events/a%2Fb",
    "/events/a/b",
    "/Events",
    "/orders//payment",
    "/orders/x/payment/",
    "/orders/x/nothing",
    "/problems/",
    "/problems/none",
    "/problems/%C3%A9",
    "/tickets/validate",
    "/tickets/validate/qr.png",
)


def pair(**settings: Any) -> tuple[Service, Service]:
    """Return two services with the same ids and settings, the second of which leaves dispatch to Flask."""
    seal = HmacSeal(b"one key for both")
    direct, through_flask = (serve(settings, ids=SeededIds(1), seal=seal) for _ in range(2))
    dispatch: object = through_flask.app.wsgi_app
    assert isinstance(dispatch, DirectRoutes)
    through_flask.app.wsgi_app = dispatch._app  # type: ignore[assignment,method-assign]  # As Flask advises.
    return direct, through_flask


#: For the same requests to both: what one of them changes, the other changes, too.
shared_pair = cache(pair)


def seen(response: TestResponse) -> tuple[int, dict[str, str], bytes]:
    """Return all that a client sees."""
    return response.status_code, dict(response.headers), response.data


@pytest.mark.parametrize("route", SHOWING_NO_TIMES, ids=lambda route: route.call)
@pytest.mark.parametrize(
    "headers", [{}, GATE, ADMIN, {"Authorization": "Bearer unknown"}], ids=["", "gate", "admin", "unknown"]
)
def test_right_calls(route: Route, headers: dict[str, str]) -> None:
    """Each route has the same status, headers and body, for each kind of key."""
    answers = [seen(route.send(service, route.subject(service), headers)) for service in shared_pair()]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.body], ids=lambda route: route.call)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_wrong_bodies(route: Route, body: str | None) -> None:
    """What cannot be read is refused in the same words."""
    answers = [seen(route.send(service, route.subject(service), ADMIN, body)) for service in shared_pair()]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "BREW"])
@pytest.mark.parametrize("address", [*ADDRESSES, *sorted({route.rule for route in SHOWING_NO_TIMES})])
def test_addresses(address: str, method: str) -> None:
    """Addresses that have a route, nearly have one, or have none, for any method."""
    answers = [seen(service.client.open(address, method=method)) for service in shared_pair()]
    assert answers[0] == answers[1]


def test_what_is_counted() -> None:
    """Both count the same requests by the same labels, and both time them."""
    services = pair()
    for service in services:
        for route in ROUTES:
            route.send(service, route.subject(service), ADMIN)
        service.client.options("/events")
        service.client.get("/nothing")
    counts = [requests_counted(service) for service in services]
    assert counts[0] == counts[1]
    assert counts[0]["GET", "/events/<event_id>", "200"]


def requests_counted(service: Service) -> dict[tuple[str, str, str], float]:
    text = service.client.get("/metrics", headers=ADMIN).text
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels.get("status", "timed")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in {"ticketcore_http_requests_total", "ticketcore_http_request_seconds_count"}
    }


def test_limits() -> None:
    """Both count the same acts against a client's limits."""
    answers = [
        [service.client.get(address).status_code for address in ("/events", "/nothing", "/events", "/health/live")]
        for service in pair(rate_limit=Limit(2, timedelta(minutes=1)))
    ]
    assert answers == [[200, 404, 429, 200]] * 2

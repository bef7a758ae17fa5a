"""The routes about the service itself: health, metrics, documentation, explanations of problems."""

from __future__ import annotations

import html

from werkzeug.wrappers import Request

from ticketcore_flask import pages
from ticketcore_flask.api import Api
from ticketcore_flask.description import description_of
from ticketcore_flask.routes import Routes
from ticketcore_wire.health import ALIVE, HEALTH, Health
from ticketcore_wire.problems import EXPLANATIONS, NotFound
from ticketcore_wire.responses import Response, in_language

DESCRIPTION_PATH = "/openapi.json"
_PAGE = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": pages.CONTENT_POLICY}


def _page(content: str) -> Response:
    return Response(200, dict(_PAGE), content.encode())


def _scrapers(api: Api) -> str:
    return "anyone" if api.options.public_metrics else "metrics or admin"


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes that are about the service itself."""

    @routes.add("GET", "/health/live", "Whether the process responds", {200: HEALTH}, limited_as=None)
    def live(_request: Request) -> Response:
        return api.respond(HEALTH, ALIVE)

    @routes.add("GET", "/health/ready", "Whether every component can be reached", {200: HEALTH, 503: HEALTH})
    def ready(_request: Request) -> Response:
        health = Health.of(api.health.failures(), simulated_payments=api.options.simulated_payments)
        return api.respond(HEALTH, health, 200 if health.can_serve else 503)

    @routes.add("GET", "/metrics", "Prometheus metrics", {200: None}, media_type="text/plain", who=_scrapers(api))
    def show_metrics(request: Request) -> Response:
        api.require_scraper(request)
        return api.metrics.text()

    @routes.add("GET", DESCRIPTION_PATH, "This description", {200: None}, media_type="application/json")
    def describe(request: Request) -> Response:
        described = description_of(routes, api.location(request, "/")).json
        return Response(200, {"Content-Type": "application/json"}, described)

    @routes.add("GET", "/docs", "This description as a page", {200: None}, media_type="text/html")
    def docs(request: Request) -> Response:
        return _page(description_of(routes, api.location(request, "/")).page)

    @routes.add(
        "GET", "/problems/<code>", "What a problem's code means", {200: None}, media_type="text/html", refuses=NotFound
    )
    def explain(request: Request, code: str) -> Response:
        if code not in EXPLANATIONS:
            return api.refuse(NotFound(), request)
        language = api.language(request)
        page = _page(pages.problem_page(html.escape(code), language))
        page.headers.update(in_language(language))
        return page

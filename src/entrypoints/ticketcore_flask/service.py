"""The routes about the service itself: health, metrics, documentation, explanations of problems."""

from __future__ import annotations

import html

from werkzeug.wrappers import Request

from ticketcore_flask import pages
from ticketcore_flask.api import Api
from ticketcore_flask.description import description_of
from ticketcore_flask.page_files import file_served_as
from ticketcore_flask.routes import Routes
from ticketcore_wire.health import ALIVE, HEALTH, Health
from ticketcore_wire.problems import EXPLANATIONS, NotFound
from ticketcore_wire.responses import Response, in_language

DESCRIPTION_PATH = "/openapi.json"


def _page(content: str, policy: str = pages.CONTENT_POLICY) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Response(200, headers, content.encode())


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

    @routes.add("GET", "/docs/try", "A page on which each call is tried", {200: None}, media_type="text/html")
    def try_calls(_request: Request) -> Response:
        return _page(pages.try_page(), pages.TRY_POLICY)

    @routes.add(
        "GET",
        "/docs/<name>",
        "A file of the page on which calls are tried",
        {200: None},
        media_type="text/javascript",
        other_media_type="text/css",
        refuses=NotFound,
    )
    def show_page_file(request: Request, name: str) -> Response:
        found = file_served_as(name)
        return api.refuse(NotFound(), request) if found is None else found.response_to(request)

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

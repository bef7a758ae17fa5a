"""The routes about the service itself: health, metrics, documentation, explanations of problems."""

from __future__ import annotations

import html

from flask import Blueprint, Response

from ticketcore_flask import pages
from ticketcore_flask.api import DESCRIPTION_PATH, Api
from ticketcore_flask.description import description_of
from ticketcore_flask.operations import operation
from ticketcore_wire.health import ALIVE, HEALTH, Health
from ticketcore_wire.problems import STATUSES, NotFound


def _page(content: str) -> Response:
    response = Response(content, mimetype="text/html")
    response.headers["Content-Security-Policy"] = pages.CONTENT_POLICY
    return response


def _scrapers(api: Api) -> str:
    return "anyone" if api.options.public_metrics else "metrics or admin"


def add_routes(blueprint: Blueprint, api: Api) -> None:
    """Add the routes that are about the service itself."""

    @blueprint.get("/health/live")
    @operation("Whether the process responds", {200: HEALTH}, limited_as=None)
    def live() -> Response:
        return api.respond(HEALTH, ALIVE)

    @blueprint.get("/health/ready")
    @operation("Whether every component can be reached", {200: HEALTH, 503: HEALTH})
    def ready() -> Response:
        health = Health.of(api.health.failures(), simulated_payments=api.options.simulated_payments)
        return api.respond(HEALTH, health, 200 if health.can_serve else 503)

    @blueprint.get("/metrics")
    @operation("Prometheus metrics", {200: None}, media_type="text/plain", who=_scrapers(api))
    def show_metrics() -> Response:
        api.require_scraper()
        return api.metrics.text()

    @blueprint.get(DESCRIPTION_PATH)
    @operation("This description", {200: None}, media_type="application/json")
    def describe() -> Response:
        return Response(description_of(api).json, mimetype="application/json")

    @blueprint.get("/docs")
    @operation("This description as a page", {200: None}, media_type="text/html")
    def docs() -> Response:
        return _page(description_of(api).page)

    @blueprint.get("/problems/<code>")
    @operation("What a problem's code means", {200: None}, media_type="text/html", refuses=NotFound)
    def explain(code: str) -> Response:
        return _page(pages.problem_page(html.escape(code))) if code in STATUSES else api.refuse(NotFound())

"""The routes about the service itself: health, metrics, documentation, explanations of problems."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from flask import Blueprint, Response, current_app

from ticketcore import Organiser, Unavailable
from ticketcore_flask import pages
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.openapi import openapi
from ticketcore_flask.operations import operation
from ticketcore_flask.responses import answer, refuse
from ticketcore_wire.problems import STATUSES, NotFound

_PATIENCE_SECONDS = 2.0
_NO_ANSWER = f"unavailable: no answer within {_PATIENCE_SECONDS:.0f} seconds"
_CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def _page(content: str) -> Response:
    response = Response(content, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _CONTENT_POLICY
    return response


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except Unavailable as failure:
        return f"unavailable: {failure.reason}"
    return "ok"


def _states(parts: Mapping[str, Callable[[], None]]) -> dict[str, str]:
    """Ask all parts at once; one that takes its time must not keep whoever asks from an answer."""
    pool = ThreadPoolExecutor(len(parts))
    asked = {part: pool.submit(_state, check) for part, check in parts.items()}
    pool.shutdown(wait=False)
    wait(asked.values(), _PATIENCE_SECONDS)
    return {part: state.result() if state.done() else _NO_ANSWER for part, state in asked.items()}


def service_blueprint(organiser: Organiser, metrics: Metrics) -> Blueprint:
    """Answer the routes that are about the service itself."""
    blueprint = Blueprint("service", __name__)

    @blueprint.get("/health/live")
    @operation("Whether the process answers", {200: "Health"})
    def live() -> Response:
        return answer({"status": "ok"})

    @blueprint.get("/health/ready")
    @operation("Whether every part can be reached", {200: "Health", 503: "Health"})
    def ready() -> Response:
        states = _states(organiser.checks)
        if states["ledger"] != "ok":
            return answer({"status": "unavailable", "parts": states}, 503)
        is_whole = set(states.values()) == {"ok"}
        return answer({"status": "ready" if is_whole else "degraded", "parts": states})

    @blueprint.get("/metrics")
    @operation("Prometheus metrics", {200: None}, media_type="text/plain")
    def show_metrics() -> Response:
        return metrics.text()

    @blueprint.get("/openapi.json")
    @operation("This description", {200: None}, media_type="application/json")
    def describe() -> Response:
        return answer(openapi(current_app))

    @blueprint.get("/docs")
    @operation("This description as a page", {200: None}, media_type="text/html")
    def docs() -> Response:
        return _page(pages.api_page(openapi(current_app)))

    @blueprint.get("/problems/<code>")
    @operation("What a problem's code means", {200: None}, media_type="text/html", refuses=NotFound)
    def explain(code: str) -> Response:
        return _page(pages.problem_page(html.escape(code))) if code in STATUSES else refuse(NotFound())

    return blueprint

"""Limits, protection headers, metrics and error responses for every request of an API."""

from __future__ import annotations

import time
from collections.abc import Sequence

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException, default_exceptions

from ticketcore.domain.limits import LimitedAct
from ticketcore_flask.api import Api
from ticketcore_flask.views import flask_response, has_route, mounted_request, route_here, routes_here
from ticketcore_wire.responses import protection

_NO_ROUTE = ("none", "none")


def guard(scope: Flask | Blueprint, api: Api) -> None:
    """Guard the requests of a whole application or of one blueprint."""
    fields = tuple(protection(api.options.public_url).items())

    # One function each, for Flask inspects every one of them at every request.
    def begin() -> None:
        g.ticketcore_began = time.perf_counter()
        # Views count acts of their own, and Flask responds to OPTIONS by itself.
        if request.method == "OPTIONS" or not has_route():
            api.limit(LimitedAct.REQUEST, request)

    def end(response: Response) -> Response:
        _open_to_origins(api, response)
        if request.method == "OPTIONS":
            _answer_options(response)
        _protect(fields, response)
        _count(api, response.status_code)
        return response

    scope.before_request(begin)
    scope.after_request(end)
    _refuse_errors(scope, api)


def _count(api: Api, status: int) -> None:
    rule = request.url_rule if has_route() else None
    method, route = (request.method, rule.rule) if rule else _NO_ROUTE
    # An application's own hook may have responded before ``begin`` was called.
    began = g.get("ticketcore_began")
    api.metrics.count(method, route, status, None if began is None else time.perf_counter() - began)


def _protect(fields: Sequence[tuple[str, str]], response: Response) -> None:
    present = {name.lower() for name, _ in response.headers}
    for name, value in fields:
        if name.lower() not in present:
            response.headers.add(name, value)


def _open_to_origins(api: Api, response: Response) -> None:
    origin = request.headers.get("Origin")
    if request.method == "OPTIONS":
        response.headers.update(api.cross_origin.preflight_fields(routes_here(), origin))
    elif route := route_here():
        response.headers.update(api.cross_origin.fields(route, origin, response.headers.get("Vary")))


def _answer_options(response: Response) -> None:
    # Flask's own response to it has no body either, but says 200 and text/html.
    if response.status_code == 200:
        response.status_code = 204
        response.headers.pop("Content-Type")


def _refuse_errors(scope: Flask | Blueprint, api: Api) -> None:
    def refuse(error: Exception) -> Response:
        return flask_response(api.problem_of(error, _route(), mounted_request()))

    # Flask prefers an application's handler of a status to a blueprint's handler of all.
    for status in default_exceptions:
        scope.register_error_handler(status, refuse)
    scope.register_error_handler(HTTPException, refuse)
    scope.register_error_handler(Exception, refuse)


def _route() -> str:
    return f"{request.method} {request.url_rule.rule}" if request.url_rule else "a request without a route"

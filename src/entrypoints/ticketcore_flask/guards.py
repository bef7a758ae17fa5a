"""Limits, protection headers, metrics and error responses for every request of an API."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge, default_exceptions

from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.texts import Text
from ticketcore_flask.api import Api
from ticketcore_flask.operations import operation_of
from ticketcore_wire import problems
from ticketcore_wire.problems import NotFound
from ticketcore_wire.requests import MAX_BODY
from ticketcore_wire.responses import protection, refusal_of


def guard(scope: Flask | Blueprint, api: Api) -> None:
    """Guard the requests of a whole application or of one blueprint."""
    fields = tuple(protection(api.options.public_url).items())

    # One function each, for Flask inspects every one of them at every request.
    def begin() -> None:
        api.metrics.begin()
        # One byte more than is accepted: a longer body in chunks is cut there, and seen to be too long.
        request.max_content_length = MAX_BODY + 1
        act = _limited_act()
        if act is not None:
            api.limit(act)

    def end(response: Response) -> Response:
        if request.method == "OPTIONS":
            _answer_options(response)
        _protect(fields, response)
        api.metrics.end(response)
        return response

    scope.before_request(begin)
    scope.after_request(end)
    _refuse_errors(scope, api)


def _limited_act() -> LimitedAct | None:
    operation = operation_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    return LimitedAct.REQUEST if operation is None else operation.limited_as


def _protect(fields: Sequence[tuple[str, str]], response: Response) -> None:
    present = {name.lower() for name, _ in response.headers}
    for name, value in fields:
        if name.lower() not in present:
            response.headers.add(name, value)


def _answer_options(response: Response) -> None:
    # Flask's own response to it has no body either, but says 200 and text/html.
    if response.status_code == 200:
        response.status_code = 204
        response.headers.pop("Content-Type")


def _refuse_errors(scope: Flask | Blueprint, api: Api) -> None:
    def refuse_http_error(error: HTTPException) -> Response:
        return _http_problem(api, error)

    def refuse_error(error: Exception) -> Response:
        return _failure(api, error)

    # Flask prefers an application's handler of a status to a blueprint's handler of all.
    for status in default_exceptions:
        scope.register_error_handler(status, refuse_http_error)
    scope.register_error_handler(HTTPException, refuse_http_error)
    scope.register_error_handler(Exception, refuse_error)


def _http_problem(api: Api, error: HTTPException) -> Response:
    match error:
        case MethodNotAllowed():
            response = api.refuse(problems.MethodNotAllowed())
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return response
        case RequestEntityTooLarge():
            return api.refuse(problems.PayloadTooLarge())
        case _ if error.code == 404:
            return api.refuse(NotFound())
        case _ if error.code is not None and error.code >= 500:
            return _failure(api, error)
        case _:
            return api.refuse(
                problems.MalformedRequest(Text("The request is not HTTP as this service understands it."))
            )


def _failure(api: Api, error: Exception) -> Response:
    # The route, not the address, which may hold an order's id.
    route = f"{request.method} {request.url_rule.rule}" if request.url_rule else "a request without a route"
    return api.refuse(refusal_of(error, route))

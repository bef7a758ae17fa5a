"""Limits, protection headers, metrics and error responses for every request of an API."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

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
    api.metrics.observe(scope)
    _limit_requests(scope, api)
    scope.before_request(_limit_body)
    scope.after_request(partial(_protect, protection(api.options.public_url)))
    scope.after_request(_answer_options)
    _refuse_errors(scope, api)


def _limit_requests(scope: Flask | Blueprint, api: Api) -> None:
    def limit_request() -> None:
        act = _limited_act()
        if act is not None:
            api.limit(act)

    scope.before_request(limit_request)


def _limited_act() -> LimitedAct | None:
    operation = operation_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    return LimitedAct.REQUEST if operation is None else operation.limited_as


def _limit_body() -> None:
    # One byte more than is accepted: a longer body in chunks is cut there, and seen to be too long.
    request.max_content_length = MAX_BODY + 1


def _protect(fields: Mapping[str, str], response: Response) -> Response:
    for name, value in fields.items():
        response.headers.setdefault(name, value)
    return response


def _answer_options(response: Response) -> Response:
    # Flask's own response to it has no body either, but says 200 and text/html.
    if request.method == "OPTIONS" and response.status_code == 200:
        response.status_code = 204
        response.headers.pop("Content-Type")
    return response


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

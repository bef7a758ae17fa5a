"""The application: blueprints, and what holds for every request."""

from __future__ import annotations

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from ticketcore import BoxOffice, Unavailable
from ticketcore_flask.answers import OPTIONS, refuse
from ticketcore_flask.credentials import Credentials
from ticketcore_flask.events import events_blueprint
from ticketcore_flask.limiting import limit_requests
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.options import Options
from ticketcore_flask.orders import orders_blueprint
from ticketcore_flask.requests import MAX_BODY
from ticketcore_flask.service import service_blueprint
from ticketcore_flask.tickets import tickets_blueprint
from ticketcore_wire import problems
from ticketcore_wire.problems import InternalError, NotFound, RefusedRequest, ServiceUnavailable

_LOG = logging.getLogger("ticketcore")


def create_app(box_office: BoxOffice, options: Options | None = None) -> Flask:
    """Answer the WSGI application over a box office."""
    options = options or Options()
    app = Flask("ticketcore_flask", static_folder=None)
    app.config[OPTIONS] = options
    # One more than we take: a body that comes in chunks is cut there, and seen to be too long.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1
    credentials = Credentials(box_office.ports.keys, options)
    metrics = Metrics.fresh()
    metrics.observe(app)
    if options.rate_limit:
        limit_requests(app, options.rate_limit)
    app.register_blueprint(events_blueprint(box_office, credentials))
    app.register_blueprint(orders_blueprint(box_office, credentials))
    app.register_blueprint(tickets_blueprint(box_office, credentials))
    app.register_blueprint(service_blueprint(box_office, metrics))
    _refuse_in_one_way(app)
    app.after_request(_protect)
    return app


def _refuse_in_one_way(app: Flask) -> None:
    app.register_error_handler(RefusedRequest, _refused)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HTTPException, _http_refused)
    app.register_error_handler(Exception, _failed)


def _refused(error: RefusedRequest) -> Response:
    return refuse(error.refusal)


def _unavailable(error: Unavailable) -> Response:
    _LOG.warning("%s", error)
    return refuse(ServiceUnavailable())


def _http_refused(error: HTTPException) -> Response:
    match error:
        case MethodNotAllowed():
            response = refuse(problems.MethodNotAllowed())
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return response
        case RequestEntityTooLarge():
            return refuse(problems.PayloadTooLarge())
        case _ if error.code == 404:
            return refuse(NotFound())
        case _ if error.code is not None and error.code >= 500:
            return _failed(error)
        case _:
            return refuse(problems.MalformedRequest("The request is not HTTP as this service understands it."))


def _failed(error: Exception) -> Response:
    # The route, not the address, which may hold an order's id.
    route = request.url_rule.rule if request.url_rule else "no route"
    _LOG.error("%s %s failed", request.method, route, exc_info=error)
    return refuse(InternalError())


def _protect(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Addresses and answers hold the ids that are credentials: neither may stay in a cache or travel in a Referer.
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

"""The application: blueprints, and what holds for every request."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from ticketcore import BoxOffice, Organiser
from ticketcore.domain.texts import Text
from ticketcore_flask.credentials import Credentials
from ticketcore_flask.events import events_blueprint
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.options import Options
from ticketcore_flask.orders import orders_blueprint
from ticketcore_flask.rate_limit import limit_requests
from ticketcore_flask.requests import MAX_BODY
from ticketcore_flask.responses import OPTIONS, refuse
from ticketcore_flask.service import service_blueprint
from ticketcore_flask.tickets import tickets_blueprint
from ticketcore_wire import problems
from ticketcore_wire.problems import NotFound
from ticketcore_wire.responses import PROTECTION, refusal_of


def create_app(
    box_office: BoxOffice, organiser: Organiser, options: Options | None = None, metrics: Metrics | None = None
) -> Flask:
    """Return the WSGI application over a box office and its organiser; without ``metrics`` it shows those of its requests alone."""
    options = options or Options()
    app = Flask("ticketcore_flask", static_folder=None)
    app.config[OPTIONS] = options
    # One more than we take: a body that comes in chunks is cut there, and seen to be too long.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1
    credentials = Credentials(organiser, options)
    metrics = metrics or Metrics.fresh()
    metrics.observe(app)
    if options.rate_limit:
        limit_requests(app, options.rate_limit)
    app.register_blueprint(events_blueprint(box_office, organiser, credentials))
    app.register_blueprint(orders_blueprint(box_office, organiser, credentials))
    app.register_blueprint(tickets_blueprint(box_office, credentials))
    app.register_blueprint(service_blueprint(organiser, metrics))
    _refuse_in_one_way(app)
    app.after_request(_protect)
    return app


def _refuse_in_one_way(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_refused)
    app.register_error_handler(Exception, _failed)


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
            return refuse(problems.MalformedRequest(Text("The request is not HTTP as this service understands it.")))


def _failed(error: Exception) -> Response:
    # The route, not the address, which may hold an order's id.
    route = f"{request.method} {request.url_rule.rule}" if request.url_rule else "what has no route"
    return refuse(refusal_of(error, route))


def _protect(response: Response) -> Response:
    for name, value in PROTECTION.items():
        response.headers.setdefault(name, value)
    return response

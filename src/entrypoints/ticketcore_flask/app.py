"""The API as a blueprint for any Flask application, and as an application of its own."""

from __future__ import annotations

from flask import Blueprint, Flask

from ticketcore import BoxOffice, Organiser
from ticketcore_bootstrap import Assembly
from ticketcore_flask import attendees, events, gates, orders, payments, service, tickets, webhooks
from ticketcore_flask.api import Api, Options
from ticketcore_flask.direct_routes import DirectRoutes
from ticketcore_flask.guards import guard
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.page_dispatch import PageDispatch
from ticketcore_flask.proxies import TrustedProxies
from ticketcore_flask.routes import Routes
from ticketcore_flask.unknown_paths import refuse_unknown_paths
from ticketcore_flask.views import FlaskView, record_mount
from ticketcore_web import create_pages


def api_blueprint(
    box_office: BoxOffice,
    organiser: Organiser,
    options: Options | None = None,
    metrics: Metrics | None = None,
    *,
    name: str = "ticketcore",
) -> Blueprint:
    """Return the API as a blueprint, to be registered in any Flask application under any ``url_prefix``.

    Its limits, protection headers, metrics and error responses are for its own addresses: under a prefix all that begin
    with it, without one those of its routes.  Blueprints of one application need names of their own.
    """
    api = Api(box_office, organiser, options or Options(), metrics=metrics or Metrics.fresh())
    blueprint = _blueprint(_routes(api), api, name)
    guard(blueprint, api)
    return blueprint


def create_app(assembly: Assembly, metrics: Metrics | None = None) -> Flask:
    """Return the WSGI application over an assembly, the API and the pages; without ``metrics`` it shows those of its own requests.

    Requests of the API's routes and of pages do not pass through Flask's dispatch (``DirectRoutes``), and so through no hook of Flask: for
    hooks, register the blueprint in an application of your own.
    """
    options = Options.of(assembly.settings)
    api = Api(
        assembly.box_office, assembly.organiser, options, assembly.health, metrics or Metrics.fresh(), assembly.limits
    )
    app = Flask("ticketcore_flask", static_folder=None)
    # A misspelt path is unknown; Flask would redirect it.
    app.url_map.merge_slashes = False
    guard(app, api)
    routes = _routes(api)
    app.register_blueprint(_blueprint(routes, api, "ticketcore"))
    app.wsgi_app = PageDispatch(app.wsgi_app, routes, create_pages(assembly), api.metrics)  # type: ignore[method-assign]  # As Flask advises.
    app.wsgi_app = DirectRoutes(app.wsgi_app, routes, api)  # type: ignore[method-assign]  # As Flask advises.
    if proxies := assembly.settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, proxies)  # type: ignore[method-assign]  # As Flask advises.
    return app


def _routes(api: Api) -> Routes:
    routes = Routes()
    for module in (events, attendees, orders, payments, tickets, gates, webhooks, service):
        module.add_routes(routes, api)
    return routes


def _blueprint(routes: Routes, api: Api, name: str) -> Blueprint:
    blueprint = Blueprint(name, __name__)
    for route in routes:
        blueprint.add_url_rule(route.path, route.name, FlaskView(route, api), methods=[route.method])
    blueprint.record(record_mount)
    refuse_unknown_paths(blueprint)
    return blueprint

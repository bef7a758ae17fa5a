"""The API as a blueprint for any Flask application, and as an application of its own."""

from __future__ import annotations

from flask import Blueprint, Flask

from ticketcore import BoxOffice, Organiser
from ticketcore_bootstrap import Assembly
from ticketcore_flask import events, orders, service, tickets
from ticketcore_flask.api import Api, Options, read_path_ids
from ticketcore_flask.guards import guard
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.proxies import TrustedProxies
from ticketcore_flask.unknown_paths import refuse_unknown_paths


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
    blueprint = _routes(api, name)
    guard(blueprint, api)
    return blueprint


def create_app(assembly: Assembly, metrics: Metrics | None = None) -> Flask:
    """Return the WSGI application over an assembly; without ``metrics`` it shows those of its own requests."""
    options = Options.of(assembly.settings)
    api = Api(
        assembly.box_office, assembly.organiser, options, assembly.health, metrics or Metrics.fresh(), assembly.limits
    )
    app = Flask("ticketcore_flask", static_folder=None)
    # A misspelt path is unknown; Flask would redirect it.
    app.url_map.merge_slashes = False
    guard(app, api)
    app.register_blueprint(_routes(api, "ticketcore"))
    if proxies := assembly.settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, proxies)  # type: ignore[method-assign]  # As Flask advises.
    return app


def _routes(api: Api, name: str) -> Blueprint:
    blueprint = Blueprint(name, __name__)
    blueprint.url_value_preprocessor(read_path_ids)
    for module in (events, orders, tickets, service):
        module.add_routes(blueprint, api)
    refuse_unknown_paths(blueprint)
    return blueprint

"""Routes as views of Flask."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from flask import Request, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState

from ticketcore_flask.api import MOUNT, Api
from ticketcore_flask.routes import Route
from ticketcore_wire import responses


@attrs.frozen(eq=False)
class FlaskView:
    """A route as a view of a Flask application."""

    route: Route
    api: Api

    def __call__(self, **path_values: str) -> Response:
        """Return the route's response to the current request."""
        return flask_response(self.api.respond_to(self.route, mounted_request(), path_values))


def routes_here() -> list[Route]:
    """Return the routes of the request's path, whatever their methods."""
    here = request.url_rule
    if here is None or not has_route():
        return []
    views = [
        current_app.view_functions[rule.endpoint] for rule in current_app.url_map.iter_rules() if rule.rule == here.rule
    ]
    return [view.route for view in views if isinstance(view, FlaskView)]


def name_of(state: BlueprintSetupState) -> str:
    """Return the name of a blueprint where it is registered."""
    return f"{state.name_prefix}.{state.name}".lstrip(".")


def record_mount(state: BlueprintSetupState) -> None:
    """Record the path under which a blueprint is registered."""
    state.app.extensions.setdefault(MOUNT, {})[name_of(state)] = (state.url_prefix or "").rstrip("/")


def mounted_request() -> Request:
    """Return the current request, whose environment says where the API is mounted."""
    mounts: Mapping[str, str] = current_app.extensions.get(MOUNT, {})
    request.environ[MOUNT] = mounts.get(request.blueprint or "", "")
    return request


def route_here() -> Route | None:
    """Return the route of the request's address and method, ``None`` if they have none."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view.route if isinstance(view, FlaskView) else None


def has_route() -> bool:
    """Return whether the request's address and method are those of a route."""
    return route_here() is not None


def flask_response(response: responses.Response) -> Response:
    """Return a response of the wire as one of Flask."""
    made = Response(response.chunks or response.body, response.status, response.headers)
    if "Content-Type" not in response.headers:
        # Flask's own is that of a page.
        made.headers.pop("Content-Type", None)
    return made

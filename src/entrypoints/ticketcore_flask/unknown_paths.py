"""Addresses and methods without a route, under the prefix of an API that is mounted in another application.

Flask raises routing errors outside of all blueprints, so that the application's error pages would answer them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import NoReturn

from flask import Blueprint, Response, current_app, request
from flask.sansio.app import App
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, Map

from ticketcore_flask.views import has_route, name_of

_UNKNOWN = "unknown"
_EXTENSION = "ticketcore"
_REST = "ticketcore_rest"


class _Rest(BaseConverter):
    """The rest of a path.  Werkzeug's own converter takes none that begins with a slash, and redirects it."""

    regex = ".*"
    part_isolating = False


def refuse_unknown_paths(blueprint: Blueprint) -> None:
    """Claim all addresses under the blueprint's prefix; without a prefix the application keeps those without a route."""
    blueprint.record(_claim_prefix)
    blueprint.before_request(_answer_options)


def _claim_prefix(state: BlueprintSetupState) -> None:
    prefix = (state.url_prefix or "").rstrip("/")
    if not prefix:
        return
    name = name_of(state)
    # Built at the first use, when all routes are there.
    state.app.extensions.setdefault(_EXTENSION, {})[name] = cache(partial(_routes_of, state.app, name))
    endpoint = f"{name}.{_UNKNOWN}"
    state.app.view_functions[endpoint] = _refuse
    state.app.url_map.converters[_REST] = _Rest
    for path in (prefix, f"{prefix}/<{_REST}:_>"):
        # ``add_url_rule`` would restrict the rule to a list of methods.
        state.app.url_map.add(state.app.url_rule_class(path, endpoint=endpoint, strict_slashes=False))


def _refuse(**_: str) -> NoReturn:
    if methods := _allowed_methods():
        raise MethodNotAllowed(valid_methods=methods)
    raise NotFound


def _answer_options() -> Response | None:
    """Return the methods of an address: Flask would find the rule of unknown paths, which has no list of methods."""
    if request.method != "OPTIONS" or request.blueprint not in _routes() or not has_route():
        return None
    response = current_app.make_default_options_response()
    response.allow.update(_allowed_methods())
    return response


def _allowed_methods() -> Iterable[str]:
    return _routes()[request.blueprint or ""]().bind("").allowed_methods(request.path)


def _routes() -> dict[str, Callable[[], Map]]:
    """Return the routes of each API that is mounted under a prefix, by the name of its blueprint."""
    routes: dict[str, Callable[[], Map]] = current_app.extensions.get(_EXTENSION, {})
    return routes


def _routes_of(app: App, blueprint: str) -> Map:
    own = (rule for rule in app.url_map.iter_rules() if rule.endpoint.rpartition(".")[0] == blueprint)
    rules = [rule.empty() for rule in own if not rule.endpoint.endswith(f".{_UNKNOWN}")]
    return Map(rules, merge_slashes=False)

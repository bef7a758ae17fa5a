"""Addresses and methods that no route has, under the prefix of an API that is mounted in another application."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NoReturn

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map

_UNKNOWN = "unknown"


def has_route() -> bool:
    """Whether the request's address and method are those of a route."""
    return request.endpoint is not None and not request.endpoint.endswith(f".{_UNKNOWN}")


def refuse_unknown_paths(blueprint: Blueprint) -> None:
    """Answer for all addresses under the blueprint's prefix, if it is mounted under one.

    Flask raises routing errors in no blueprint, so that the application's handlers would answer them.  Without a prefix
    all addresses that are left are the application's own.
    """
    blueprint.record(_claim_prefix)


def _claim_prefix(state: BlueprintSetupState) -> None:
    prefix = (state.url_prefix or "").rstrip("/")
    if not prefix:
        return
    name = f"{state.name_prefix}.{state.name}".lstrip(".")
    endpoint = f"{name}.{_UNKNOWN}"
    state.app.view_functions[endpoint] = _refusing(lambda: _routes_of(state, name))
    for path in (prefix, f"{prefix}/", f"{prefix}/<path:_>"):
        # Not by ``add_url_rule``, for which a rule has a list of methods.
        rule = state.app.url_rule_class(path, endpoint=endpoint, strict_slashes=False)
        state.app.url_map.add(rule)


def _routes_of(state: BlueprintSetupState, name: str) -> Map:
    rules = state.app.url_map.iter_rules()
    return Map(
        [
            rule.empty()
            for rule in rules
            if rule.endpoint.startswith(f"{name}.") and rule.endpoint != f"{name}.{_UNKNOWN}"
        ]
    )


def _refusing(routes: Callable[[], Map]) -> Callable[..., NoReturn]:
    cached_routes = cache(routes)

    def refuse(**_: str) -> NoReturn:
        methods = cached_routes().bind("").allowed_methods(request.path)
        if methods:
            raise MethodNotAllowed(valid_methods=methods)
        raise NotFound

    return refuse

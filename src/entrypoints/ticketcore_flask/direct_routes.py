"""Dispatch to routes without Flask, whose contexts, hooks and router take longer than most of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

import attrs
from werkzeug.wrappers import Request

from ticketcore_flask.api import Api
from ticketcore_flask.routes import Routes
from ticketcore_wire.responses import Response, protection

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@attrs.frozen(eq=False)
class DirectRoutes:
    """WSGI middleware: responds to what has a route, and leaves the rest to the application, such as ``OPTIONS``."""

    _app: WSGIApplication
    _routes: Routes
    _api: Api

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = self._routes.find(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
        if found is None:
            return self._app(environ, start_response)
        began = time.perf_counter()
        route, path_values = found
        response = self._api.respond_to(route, Request(environ), path_values)
        self._api.metrics.count(route.method, route.path, response.status, time.perf_counter() - began)
        more = self._api.cross_origin.fields(route, environ.get("HTTP_ORIGIN"), response.headers.get("Vary"))
        start_response(_STATUS_LINES[response.status], self._fields(response, more))
        return [response.body] if response.chunks is None else response.chunks

    def _fields(self, response: Response, more: Mapping[str, str]) -> list[tuple[str, str]]:
        fields = {**protection(self._api.options.public_url), **response.headers, **more}
        if response.chunks is None and response.status != HTTPStatus.NO_CONTENT:
            fields["Content-Length"] = str(len(response.body))
        return [*fields.items()]

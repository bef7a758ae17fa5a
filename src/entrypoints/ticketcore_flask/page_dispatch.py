"""Dispatch between an API and the pages beside it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from ticketcore_flask.metrics import Metrics
from ticketcore_flask.routes import Routes
from ticketcore_web import ROUTE, Pages

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_METHODS = ("GET", "POST", "PATCH", "DELETE")
_NO_ROUTE = "none"


def _roots_of(dispatch: PageDispatch) -> frozenset[str]:
    return frozenset(route.path.split("/")[1] for route in dispatch._routes)


@attrs.frozen(eq=False)
class PageDispatch:
    """WSGI middleware: pages have their own addresses, and those that are unknown to the API, for readers of HTML."""

    _api: WSGIApplication
    _routes: Routes
    _pages: Pages
    _metrics: Metrics
    _roots: frozenset[str] = attrs.field(init=False, default=attrs.Factory(_roots_of, takes_self=True))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._is_for_pages(environ):
            return self._api(environ, start_response)
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            route = environ.get(ROUTE)
            method = environ["REQUEST_METHOD"] if route else _NO_ROUTE
            self._metrics.count(method, route or _NO_ROUTE, int(status[:3]), time.perf_counter() - began)
            return start_response(status, headers, error)

        return self._pages(environ, start)

    def _is_for_pages(self, environ: WSGIEnvironment) -> bool:
        path: str = environ.get("PATH_INFO", "")
        root = path[1:].partition("/")[0]
        if any(self._routes.find(method, path) for method in _METHODS):
            return False
        if not root:
            # Two slashes begin no address of a page.
            return path == "/"
        if root in self._pages.roots and (root not in self._roots or self._pages.have(path)):
            return True
        is_for_api = root in self._roots and root not in self._pages.roots
        return not is_for_api and _reads_html(environ.get("HTTP_ACCEPT", ""))


def _reads_html(accept: str) -> bool:
    """Return whether a client names HTML among what it accepts: one that takes anything is a program."""
    return any(kind == "text/html" and quality > 0 for kind, quality in parse_accept_header(accept, MIMEAccept))

"""The metrics of a worker over HTTP."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import attrs

from ticketcore_bootstrap.telemetry import Telemetry
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.health import ALIVE, HEALTH
from ticketcore_wire.problems import MethodNotAllowed, NotFound
from ticketcore_wire.responses import Response, problem_response, protection, refusal_of, response_of
from ticketcore_wire.scraping import ScrapeGuard

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger("ticketcore")
_METHOD = "GET"


def metrics_app(telemetry: Telemetry) -> WSGIApplication:
    """Return the application: ``/metrics`` for keys as in the service, and ``/health/live``."""
    settings, organiser = telemetry.assembly.settings, telemetry.assembly.organiser
    keys = Credentials(organiser, settings.admin_key, settings.gate_key)
    guard = ScrapeGuard(keys, telemetry.assembly.limits, settings.public_metrics)

    def scrape(environ: WSGIEnvironment) -> Response:
        guard.check(environ["REMOTE_ADDR"], environ.get("HTTP_AUTHORIZATION", ""))
        media_type, metrics = telemetry.scrape()
        return Response(200, {"Content-Type": media_type}, metrics)

    def live(_environ: WSGIEnvironment) -> Response:
        return response_of(HEALTH, ALIVE)

    routes = {"/metrics": scrape, "/health/live": live}

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        response = _response(routes, environ, settings.public_url or "")
        body = response.body
        headers = {**protection(settings.public_url), **response.headers, "Content-Length": str(len(body))}
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
        return [body]

    return respond


def _response(
    routes: dict[str, Callable[[WSGIEnvironment], Response]], environ: WSGIEnvironment, public_url: str
) -> Response:
    path = environ["PATH_INFO"]
    if path not in routes:
        return problem_response(NotFound(), public_url)
    if environ["REQUEST_METHOD"] != _METHOD:
        refused = problem_response(MethodNotAllowed(), public_url)
        return attrs.evolve(refused, headers={**refused.headers, "Allow": _METHOD})
    try:
        return routes[path](environ)
    except Exception as error:
        return problem_response(refusal_of(error, f"{_METHOD} {path}"), public_url)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Log a connection that broke off; standard error is for log records."""
        _LOG.debug("a scrape broke off", exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    # Seconds: a client that is silent must not keep a thread.
    timeout = 20

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  As the base class has it.
        """Log nothing: scrapes are many."""


@contextmanager
def serving_metrics(telemetry: Telemetry, host: str, port: int) -> Iterator[None]:
    """Serve the application in a thread within the block; raise ``OSError`` if the address cannot be used."""
    kind = _Server6 if ":" in host else _Server
    with make_server(host, port, metrics_app(telemetry), kind, _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()

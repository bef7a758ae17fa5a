"""Trusted proxies in front of a WSGI application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from ticketcore_wire.forwarding import client_address, forwarded

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SCHEMES = {"http", "https"}


@attrs.frozen
class TrustedProxies:
    """WSGI middleware: ``REMOTE_ADDR``, scheme and host of a request are those that trusted proxies have written.

    No other header of theirs is read: where the application is mounted is no client's to say.
    """

    app: WSGIApplication
    count: int

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def said(header: str) -> str:
            return str(environ.get(f"HTTP_X_FORWARDED_{header}", ""))

        environ["REMOTE_ADDR"] = client_address(environ.get("REMOTE_ADDR", ""), said("FOR"), self.count)
        scheme = forwarded(said("PROTO"), self.count)
        if scheme in _SCHEMES:
            environ["wsgi.url_scheme"] = scheme
        host = forwarded(said("HOST"), self.count)
        if host is not None:
            environ["HTTP_HOST"] = host
        return self.app(environ, start_response)

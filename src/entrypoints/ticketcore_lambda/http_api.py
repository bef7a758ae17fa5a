"""``api``: the whole HTTP service behind API Gateway or a function URL."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from apig_wsgi import make_lambda_handler

from ticketcore_bootstrap import Assembly
from ticketcore_flask import create_app
from ticketcore_lambda.http_events import base_path, http_event
from ticketcore_lambda.invocation import Context, Handler, Json

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PRINTABLE_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def handler(assembly: Assembly) -> Handler:
    """Return the handler over an assembly."""
    serve = make_lambda_handler(_below_base_path(create_app(assembly), assembly.settings.public_url))

    def api(event: Any, context: Context) -> Json:
        """Return the service's response, in base64 if it is not text."""
        return serve(_in_base64(_in_ascii(http_event(event))), context)

    return api


def _in_ascii(event: Json) -> Json:
    # API Gateway may pass a decoded path, which WSGI cannot carry.
    return {**event, **{name: quote(event[name], _PRINTABLE_ASCII) for name in ("rawPath", "rawQueryString")}}


def _in_base64(event: Json) -> Json:
    # A text may hold a lone surrogate, which is not UTF-8; the service refuses it.
    if event.get("isBase64Encoded"):
        return event
    raw: bytes = (event.get("body") or "").encode(errors="surrogatepass")
    return {**event, "body": base64.b64encode(raw).decode(), "isBase64Encoded": True}


def _below_base_path(app: WSGIApplication, public_url: str | None) -> WSGIApplication:
    """Return the application mounted at the base path of each event (``base_path``)."""

    def mounted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        event = environ["apig_wsgi.full_event"]
        base = base_path(event, public_url)
        # The gateway's own name for itself: the Host of a request is its client's to choose, and goes into links.
        environ["HTTP_HOST"] = event["requestContext"].get("domainName") or environ.get("HTTP_HOST", "")
        # WSGI carries bytes as the characters of Latin-1 (PEP 3333).
        environ["SCRIPT_NAME"] = base.encode(errors="surrogatepass").decode("latin-1")
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(environ["SCRIPT_NAME"])
        return app(environ, start_response)

    return mounted

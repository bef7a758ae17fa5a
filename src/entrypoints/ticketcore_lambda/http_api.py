"""``api``: the whole HTTP service behind API Gateway or a function URL."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from apig_wsgi import make_lambda_handler

from ticketcore_bootstrap import Assembly
from ticketcore_flask import create_app
from ticketcore_lambda.http_events import http_event, stage_path
from ticketcore_lambda.invocation import Context, Handler, Json

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PRINTABLE_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def handler(assembly: Assembly) -> Handler:
    """Return the handler over an assembly."""
    serve = make_lambda_handler(_below_stage(create_app(assembly)))

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


def _below_stage(app: WSGIApplication) -> WSGIApplication:
    """Return the application mounted at the path of its stage; only the default stage is at the root."""

    def mounted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        stage = stage_path(environ["apig_wsgi.full_event"])
        environ["SCRIPT_NAME"] = stage
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(stage)
        return app(environ, start_response)

    return mounted

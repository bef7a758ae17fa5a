"""``api``: the whole HTTP service behind API Gateway or a function URL."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from apig_wsgi import make_lambda_handler
from werkzeug.wrappers import Request, Response

from ticketcore.domain.refusals import Fault, InvalidRequest
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly
from ticketcore_flask import create_app
from ticketcore_lambda.http_events import base_path, http_event
from ticketcore_lambda.invocation import Context, Handler, Json
from ticketcore_wire.responses import problem_response

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: How long a response may be: Lambda's limit is 6 MB, and JSON escapes line ends and quotes.
_MAX_BODY = 4 * 1024 * 1024
_TOO_LONG = InvalidRequest(
    (
        Fault(
            "Accept",
            Text("must be application/json: as CSV it is too long for one response here, and JSON comes in pages"),
        ),
    )
)
_PRINTABLE_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def handler(assembly: Assembly) -> Handler:
    """Return the handler over an assembly."""
    public_url = assembly.settings.public_url
    app = _in_one_piece(create_app(assembly), public_url)
    serve = make_lambda_handler(_below_base_path(app, public_url))

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


def _in_one_piece(app: WSGIApplication, public_url: str | None) -> WSGIApplication:
    """Return the application with a refusal in place of a response that is too long, for Lambda sends none in parts."""

    def whole(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = Response.from_app(app, environ)
        response.automatically_set_content_length = False
        chunks = [*_up_to(_MAX_BODY, response.iter_encoded())]
        response.close()
        response.response = chunks
        if sum(map(len, chunks)) > _MAX_BODY:
            problem = problem_response(_TOO_LONG, public_url or Request(environ).root_url.rstrip("/"))
            del response.headers["Content-Disposition"]
            response.status_code, response.response = problem.status, [problem.body]
            response.headers.update(problem.headers)
        return response(environ, start_response)

    return whole


def _up_to(most: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks until they are more than so many bytes."""
    for chunk in chunks:
        yield chunk
        most -= len(chunk)
        if most < 0:
            return


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

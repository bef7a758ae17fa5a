"""Responses for any server: JSON and problems, with their status and headers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_texts import ENGLISH, accepted_language, rendered
from ticketcore_wire.problems import (
    MEDIA_TYPE,
    STATUSES,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    RefusedRequest,
    ServiceUnavailable,
    problem_json,
)
from ticketcore_wire.schemas import Schema, json_text

T = TypeVar("T")

_LOG = logging.getLogger("ticketcore")

_CLOSED = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
#: Headers of every response.  Addresses and bodies hold ids that are credentials: neither may stay in a cache or be sent
#: in a Referer.
_PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": f"default-src 'none'; {_CLOSED}",
}
_NO_MORE: Mapping[str, str] = {}
_REFUSED_BY_FRAMEWORK: Mapping[int | None, type[Refusal]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
}
_SERVER_ERROR = 500
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def protection(public_url: str | None) -> Mapping[str, str]:
    """Return the headers that every response has unless it says otherwise; behind TLS browsers then stay with TLS."""
    return _PROTECTION | _HSTS if (public_url or "").startswith("https:") else _PROTECTION


def page_policy(styles: str) -> str:
    """Return the Content-Security-Policy of a page without script, forms and images; ``styles`` are sources of style."""
    return f"default-src 'none'; style-src {styles}; {_CLOSED}"


@attrs.frozen
class Response:
    """One response; ``headers`` include its ``Content-Type``.

    One that is too long for memory has ``chunks`` in place of its ``body``, which are made while it is sent.
    """

    status: int
    headers: dict[str, str]
    body: bytes = attrs.field(default=b"", repr=False)
    chunks: Iterator[bytes] | None = attrs.field(default=None, repr=False)


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] = _NO_MORE, language: str = ENGLISH
) -> Response:
    """Return a response of JSON with further headers, its texts in a language."""
    return _of_json(json_text(rendered(value, language)), status, headers)


def _of_json(text: str, status: int, headers: Mapping[str, str]) -> Response:
    return Response(status, {"Content-Type": "application/json", **headers}, text.encode())


def in_language(language: str) -> Mapping[str, str]:
    """Return the header fields of a response whose texts are in a language that depends on the request."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


def language_for(accept_language: str | None, default: str) -> str:
    """Return the language of a response: the one that the request asks for, or else the default."""
    return accepted_language(accept_language) or default


def response_of(
    schema: Schema[T], value: T, status: int = 200, headers: Mapping[str, str] = _NO_MORE, language: str = ENGLISH
) -> Response:
    """Return a response with a value as its schema writes it (``json_response``)."""
    if schema.write is not None:
        return _of_json(schema.write(value), status, headers)
    return json_response(schema.encode(value), status, headers, language)


def problem_response(
    refusal: Refusal, public_url: str, language: str = ENGLISH, *, detail: Text | None = None
) -> Response:
    """Return a refusal as a problem in a language; its links begin with ``public_url``, and ``detail`` may stand for its own."""
    status = STATUSES[refusal.code]
    headers = {"Content-Type": MEDIA_TYPE, **in_language(language)}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="ticketcore"'
    if isinstance(refusal, RateLimited | ServiceUnavailable):
        headers["Retry-After"] = str(refusal.retry_after)
    problem = problem_json(refusal, public_url) | ({} if detail is None else {"detail": detail})
    # In ASCII: a refused request may be quoted, and it may hold what no encoding can carry.
    return Response(status, headers, json.dumps(rendered(problem, language)).encode())


def refusal_of(error: Exception, route: str, status: int | None = None) -> Refusal:
    """Return the refusal to send to a client for an error, and log what the client must not see.

    ``route`` is the route's pattern, not the address, which may hold an order's id.  ``status`` is that of an error by which
    the framework itself refuses a request.
    """
    if status in _REFUSED_BY_FRAMEWORK:
        return _REFUSED_BY_FRAMEWORK[status]()
    if status is not None and status < _SERVER_ERROR:
        return MalformedRequest(Text("The request is not HTTP as this service understands it."))
    match error:
        case RefusedRequest():
            return error.refusal
        case Unavailable():
            _LOG.warning("%s", error)
            return ServiceUnavailable()
        case _:
            _LOG.error("%s failed", route, exc_info=error)
            return InternalError()

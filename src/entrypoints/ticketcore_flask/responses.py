"""Answers of Flask: JSON and problems."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, request

from ticketcore.domain.refusals import Refusal
from ticketcore_flask.options import Options
from ticketcore_wire import responses
from ticketcore_wire.responses import Answer

OPTIONS = "TICKETCORE_OPTIONS"


def public_url() -> str:
    """Answer the address for links: the one that was set, else the request's own."""
    options: Options = current_app.config[OPTIONS]
    if options.public_url:
        return options.public_url
    # A Host that is none leaves links without one, rather than links that lead nowhere.
    return request.root_url.rstrip("/") if request.host else ""


def location(path: str) -> str:
    """Answer where something is on this host, behind the path that the public address has."""
    return urlsplit(public_url()).path + path


def answer(value: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """Answer JSON; header names are written with ``_`` for ``-``."""
    response = _response(responses.answer(value, status))
    for name, content in headers.items():
        response.headers[name.replace("_", "-")] = content
    return response


def refuse(refusal: Refusal) -> Response:
    """Answer a refusal as a problem."""
    return _response(responses.refuse(refusal, public_url()))


def _response(given: Answer) -> Response:
    return Response(given.text, given.status, given.headers)

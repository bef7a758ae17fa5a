"""Answers: JSON and problems."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, request

from ticketcore.refusals import Refusal
from ticketcore_flask.options import Options
from ticketcore_wire.problems import MEDIA_TYPE, STATUSES, RateLimited, ServiceUnavailable, problem_json

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
    response = Response(json.dumps(value, ensure_ascii=False), status, mimetype="application/json")
    for name, content in headers.items():
        response.headers[name.replace("_", "-")] = content
    return response


def refuse(refusal: Refusal) -> Response:
    """Answer a refusal as a problem."""
    status = STATUSES[refusal.code]
    # In ASCII: a refused request's own words may hold what no encoding can carry.
    response = Response(json.dumps(problem_json(refusal, public_url())), status, mimetype=MEDIA_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="ticketcore"'
    if isinstance(refusal, RateLimited | ServiceUnavailable):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response

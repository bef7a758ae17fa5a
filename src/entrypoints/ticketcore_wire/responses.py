"""Answers, whatever server sends them: JSON and problems, with their status and headers."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.refusals import Refusal
from ticketcore_texts import ENGLISH, rendered
from ticketcore_wire.problems import (
    MEDIA_TYPE,
    STATUSES,
    InternalError,
    RateLimited,
    RefusedRequest,
    ServiceUnavailable,
    problem_json,
)

_LOG = logging.getLogger("ticketcore")

#: What every answer carries.  Addresses and answers hold the ids that are credentials: neither may stay in a cache or
#: travel in a Referer.
PROTECTION = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@attrs.frozen
class Answer:
    """One answer; ``headers`` include its ``Content-Type``."""

    status: int
    headers: Mapping[str, str]
    text: str = attrs.field(repr=False)


def answer(value: dict[str, Any], status: int = 200, language: str = ENGLISH) -> Answer:
    """Return a JSON response, its texts in a language."""
    body = json.dumps(rendered(value, language), ensure_ascii=False)
    return Answer(status, {"Content-Type": "application/json"}, body)


def refuse(refusal: Refusal, public_url: str, language: str = ENGLISH) -> Answer:
    """Return a refusal as a problem in a language; its links begin with ``public_url``."""
    status = STATUSES[refusal.code]
    headers = {"Content-Type": MEDIA_TYPE}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="ticketcore"'
    if isinstance(refusal, RateLimited | ServiceUnavailable):
        headers["Retry-After"] = str(refusal.retry_after)
    # In ASCII: a refused request's own words may hold what no encoding can carry.
    return Answer(status, headers, json.dumps(rendered(problem_json(refusal, public_url), language)))


def refusal_of(error: Exception, route: str) -> Refusal:
    """Answer what a client is told of an error, and log what it is not told.

    ``route`` names the route, not the address, which may hold an order's id.
    """
    match error:
        case RefusedRequest():
            return error.refusal
        case Unavailable():
            _LOG.warning("%s", error)
            return ServiceUnavailable()
        case _:
            _LOG.error("%s failed", route, exc_info=error)
            return InternalError()

"""A limit on the requests of each client."""

from __future__ import annotations

import math
import time

from flask import Blueprint, Flask, current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ticketcore_flask.operations import operation_of
from ticketcore_wire.problems import RateLimited, RefusedRequest


def limit_requests(scope: Flask | Blueprint, limit: str) -> None:
    """Refuse a client's requests beyond ``limit``, such as ``600/minute``; each process counts for itself."""
    allowed = parse(limit)
    limiter = MovingWindowRateLimiter(MemoryStorage())

    def refuse_too_many() -> None:
        client = request.remote_addr or ""
        if _is_limited() and not limiter.hit(allowed, client):
            free_again = limiter.get_window_stats(allowed, client).reset_time
            raise RefusedRequest(RateLimited(max(1, math.ceil(free_again - time.time()))))

    scope.before_request(refuse_too_many)


def _is_limited() -> bool:
    operation = operation_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    return operation is None or operation.is_rate_limited

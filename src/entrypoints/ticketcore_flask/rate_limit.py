"""A limit on each client's requests, if one was set."""

from __future__ import annotations

import math
import time

from flask import Flask, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ticketcore_wire.problems import RateLimited, RefusedRequest

#: What nobody is kept from asking.
FREE = "/health/"


def limit_requests(app: Flask, limit: str) -> None:
    """Refuse a client's requests beyond ``limit``, such as ``600/minute``; each process counts for itself."""
    allowed = parse(limit)
    limiter = MovingWindowRateLimiter(MemoryStorage())

    def refuse_too_many() -> None:
        client = request.remote_addr or ""
        if not request.path.startswith(FREE) and not limiter.hit(allowed, client):
            free_again = limiter.get_window_stats(allowed, client).reset_time
            raise RefusedRequest(RateLimited(max(1, math.ceil(free_again - time.time()))))

    app.before_request(refuse_too_many)

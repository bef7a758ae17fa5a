"""A circuit breaker: a server that does not respond is not called for a while, so that no request waits for it.

(Nygard, "Release It!", 2nd ed., section 5.2.)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

from ticketcore.domain.errors import Unavailable

FAILURES = 3
PAUSE_SECONDS = 1.0


@attrs.define(eq=False)
class Breaker:
    """Opens after ``FAILURES`` calls in a row have failed; every ``PAUSE_SECONDS`` one call then tries again."""

    _part: str
    _now: Callable[[], float] = time.monotonic
    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    _failures: int = 0
    _closed_again_at: float = 0.0

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let a call through and watch for ``Unavailable``; raise it at once while the breaker is open."""
        self._enter()
        try:
            yield
        except Unavailable:
            self._failed()
            raise
        self._failures = 0

    def _enter(self) -> None:
        with self._lock:
            if self._failures < FAILURES:
                return
            if self._now() < self._closed_again_at:
                raise Unavailable(self._part, "not called after failures in a row")
            # This call tries; until it has a response the others continue without the server.
            self._closed_again_at = self._now() + PAUSE_SECONDS

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._closed_again_at = self._now() + PAUSE_SECONDS

"""Health checks that cost little: each component is asked seldom, one call at a time, in one thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import attrs

from ticketcore.domain.errors import Unavailable

_LOG = logging.getLogger("ticketcore")

#: The shortest time between two calls, and how long a result is waited for.
CHECK_SECONDS = 2.0
#: How long a thread without calls lives.
_IDLE_SECONDS = 30.0

T = TypeVar("T")


@attrs.define(eq=False)
class Call(Generic[T]):
    """A call that was begun at ``begun_at`` and ended at ``ended_at``, times of the monotonic clock."""

    begun_at: float = attrs.field(factory=time.monotonic)
    future: Future[T] = attrs.field(factory=Future)
    ended_at: float | None = None
    #: The call before, which has ended.
    earlier: Call[T] | None = None
    _waiting: threading.Lock = attrs.field(factory=threading.Lock)

    def result(self, timeout_seconds: float) -> T:
        """Return the result or raise what the call raised; raise ``TimeoutError`` if it takes longer since it began.

        One thread waits for it; the others have the result of the earlier call, if there is one, at once.  After a call that
        took longer than the time-out no thread waits for the next one.
        """
        left, earlier = self.begun_at + timeout_seconds - time.monotonic(), self.earlier
        if earlier is not None and not self.future.done() and left > 0:
            if earlier.took_longer(timeout_seconds):
                raise TimeoutError
            if not self._waiting.acquire(blocking=False):
                return earlier.result(timeout_seconds)
        return self.future.result(max(0.0, left))

    def took_longer(self, seconds: float) -> bool:
        """Return whether the call has ended after more than ``seconds``."""
        return self.ended_at is not None and self.ended_at - self.begun_at > seconds


@attrs.define(eq=False)
class Probe(Generic[T]):
    """A function that is called in a daemon thread, at most once every ``period_seconds`` and never twice at a time.

    So callers in any number of threads share one result, and a function that hangs holds one thread and no caller.
    """

    _name: str
    _function: Callable[[], T]
    _period_seconds: float = CHECK_SECONDS
    _idle_seconds: float = _IDLE_SECONDS
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _latest: Call[T] | None = attrs.field(init=False, default=None)
    _waiting: SimpleQueue[Call[T]] = attrs.field(init=False, factory=SimpleQueue)
    _has_thread: bool = attrs.field(init=False, default=False)

    def call(self) -> Call[T]:
        """Return the latest call if it runs or is recent, otherwise a new one."""
        with self._lock:
            latest = self._latest
            if latest is None or (latest.future.done() and time.monotonic() - latest.begun_at >= self._period_seconds):
                if latest is not None:
                    latest.earlier = None
                latest = self._latest = Call(earlier=latest)
                self._waiting.put(latest)
                self._ensure_thread()
            return latest

    def _ensure_thread(self) -> None:
        if not self._has_thread:
            self._has_thread = True
            threading.Thread(target=self._run, name=f"probe of {self._name}", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                call = self._waiting.get(timeout=self._idle_seconds)
            except Empty:
                with self._lock:
                    if self._waiting.empty():
                        self._has_thread = False
                        return
            else:
                self._make(call)

    def _make(self, call: Call[T]) -> None:
        try:
            result = self._function()
        except Exception as error:
            if not isinstance(error, Unavailable):
                _LOG.exception("the probe of %s failed", self._name)
            call.ended_at = time.monotonic()
            call.future.set_exception(error)
        else:
            call.ended_at = time.monotonic()
            call.future.set_result(result)


class HealthChecker:
    """Checks of all components, shared by all who ask for the health of a process."""

    def __init__(
        self,
        checks: Mapping[str, Callable[[], None]],
        *,
        period_seconds: float = CHECK_SECONDS,
        timeout_seconds: float = CHECK_SECONDS,
    ) -> None:
        self._probes = {name: Probe(name, check, period_seconds) for name, check in checks.items()}
        self._timeout_seconds = timeout_seconds

    def failures(self) -> dict[str, str | None]:
        """Return for each component why it cannot be reached, ``None`` if it can."""
        calls = {name: probe.call() for name, probe in self._probes.items()}
        return {name: self._failure(call) for name, call in calls.items()}

    def _failure(self, call: Call[None]) -> str | None:
        try:
            call.result(self._timeout_seconds)
        except Unavailable as failure:
            return failure.reason
        except TimeoutError:
            return f"no answer within {self._timeout_seconds:g} seconds"
        except Exception:  # The probe has logged it.
            return "an unexpected error"
        return None

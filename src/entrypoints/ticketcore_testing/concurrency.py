"""Calls that start together in threads of their own, between which the interpreter switches as often as it can."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_SWITCH_SECONDS = 1e-6
_START_SECONDS = 30
_ROUNDS_SECONDS = 1


@contextmanager
def frequent_switches() -> Iterator[None]:
    """Shorten the interpreter's switch interval until the context ends."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def all_at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make all calls at the same time, each in a thread of its own, and return the results in the order of the calls.

    The first exception of a call is raised once all calls have ended.
    """
    start = threading.Barrier(len(calls))

    def begin(call: Callable[[], T]) -> T:
        start.wait(_START_SECONDS)
        return call()

    with frequent_switches(), ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in [threads.submit(begin, call) for call in calls]]


def rounds(number: int) -> Iterator[int]:
    """Yield the numbers of so many rounds, or of fewer if they take longer than a second together."""
    deadline = time.monotonic() + _ROUNDS_SECONDS
    for each in range(number):
        yield each
        if time.monotonic() > deadline:
            return

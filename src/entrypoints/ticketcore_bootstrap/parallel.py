"""Calls in several threads at a time: a gateway that is slow holds up as many charges as there are threads, not all others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: Charges at the same time.
CHARGE_THREADS = 16


def map_in_threads(function: Callable[[T], R], items: Sequence[T]) -> Iterable[R]:
    """Call a function with each item in a few threads, and return the results in the order of the items, as they are ready.

    The threads do not keep a program alive, as those of an executor would.
    """
    calls: list[tuple[Future[R], T]] = [(Future(), item) for item in items]
    waiting = deque(calls)

    def run() -> None:
        while waiting:
            try:
                future, item = waiting.popleft()
            except IndexError:  # Another thread has taken the last one.
                return
            _resolve(future, function, item)

    for _ in range(min(CHARGE_THREADS, len(calls))):
        threading.Thread(target=run, name="charge", daemon=True).start()
    return (future.result() for future, _ in calls)


def _resolve(future: Future[R], function: Callable[[T], R], item: T) -> None:
    try:
        result = function(item)
    except BaseException as error:  # It is raised where the result is wanted.
        future.set_exception(error)
    else:
        future.set_result(result)

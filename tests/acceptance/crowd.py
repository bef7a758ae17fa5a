"""Many who do something in the same instant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from tests.acceptance.installation import Installation
from ticketcore.domain.ids import EventId

T = TypeVar("T")


def at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Make all calls in the same instant, each in a thread of its own, and answer what they answered."""
    waiting = list(calls)
    start = threading.Barrier(len(waiting))

    def call(one: Callable[[], T]) -> T:
        start.wait()
        return one()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(call, waiting))


@contextmanager
def repeating(*calls: Callable[[], object]) -> Iterator[None]:
    """Make each call again and again, in a thread of its own, for as long as the context lasts."""
    over = threading.Event()

    def repeat(call: Callable[[], object]) -> None:
        while not over.is_set():
            call()

    with ThreadPoolExecutor(len(calls)) as threads:
        running = [threads.submit(repeat, call) for call in calls]
        try:
            yield
        finally:
            over.set()
    for one in running:
        one.result()


@contextmanager
def audited(installation: Installation, event_id: str) -> Iterator[None]:
    """Audit an event all the while; each audit must be conserved."""
    with installation.opened() as assembly:
        events = assembly.ports.events

        def audit() -> None:
            found = events.audit(EventId(event_id))
            assert found is not None, "there is no such event"
            assert found.is_conserved, f"not conserved in between: {found}"

        with repeating(audit):
            yield

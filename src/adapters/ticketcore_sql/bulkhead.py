"""A bulkhead: how many sales of one process may wait for an event's row, and for rows altogether.

(Nygard, "Release It!", 2nd ed., section 5.3.)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from ticketcore.domain.errors import Unavailable

#: Statements of one event at a time: its row serializes them anyway.
MAX_OF_EVENT = 4
#: Statements of all events at a time: fewer than half of the connections, so that reads and scans always find one.
MAX_OF_ALL = 12
#: How long an event may go without a sale that ends before the next ones are refused at once.
STALL_SECONDS = 0.5


@attrs.define
class _Event:
    inside: int = 0
    progress_at: float = attrs.field(factory=time.monotonic)


@attrs.define(eq=False)
class Bulkhead:
    """Sales enter by their event; while an event's sales go on others wait for a turn, and while they do not, none does."""

    _turn: threading.Condition = attrs.field(factory=threading.Condition)
    _events: dict[str, _Event] = attrs.field(factory=dict)
    _inside: int = 0

    @contextmanager
    def sale(self, event_id: str) -> Iterator[None]:
        """Run a sale of an event; raise ``Unavailable`` if too many wait already."""
        self._enter(event_id)
        is_done = False
        try:
            yield
            is_done = True
        finally:
            self._leave(event_id, is_done=is_done)

    def _enter(self, event_id: str) -> None:
        with self._turn:
            event = self._events.setdefault(event_id, _Event())
            while event.inside >= MAX_OF_EVENT or self._inside >= MAX_OF_ALL:
                left = event.progress_at + STALL_SECONDS - time.monotonic()
                if left <= 0 or not self._turn.wait(left):
                    self._forget_if_empty(event_id)
                    raise Unavailable("ledger", "too many sales wait for this event")
                event = self._events.setdefault(event_id, event)
            event.inside += 1
            self._inside += 1

    def _leave(self, event_id: str, *, is_done: bool) -> None:
        with self._turn:
            event = self._events[event_id]
            event.inside -= 1
            self._inside -= 1
            if is_done:
                event.progress_at = time.monotonic()
            self._forget_if_empty(event_id)
            self._turn.notify_all()

    def _forget_if_empty(self, event_id: str) -> None:
        event = self._events.get(event_id)
        if event is not None and event.inside == 0:
            del self._events[event_id]

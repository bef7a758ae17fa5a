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
STALL_SECONDS = 1.0


@attrs.define(eq=False)
class _Event:
    """One event's sales; ``turn`` is for those that wait for one of its own to end."""

    turn: threading.Condition
    inside: int = 0
    waiting: int = 0
    progress_at: float = attrs.field(factory=time.monotonic)


def _room_of(bulkhead: Bulkhead) -> threading.Condition:
    return threading.Condition(bulkhead._lock)


@attrs.define(eq=False)
class Bulkhead:
    """Sales enter by their event; while an event's sales go on others wait for a turn, and while they do not, none does.

    A sale that ends wakes one that waits for its event and one that waits for room: to wake all of a crowd takes longer than
    a sale.
    """

    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    _room: threading.Condition = attrs.field(init=False, default=attrs.Factory(_room_of, takes_self=True))
    _events: dict[str, _Event] = attrs.field(init=False, factory=dict)
    _inside: int = attrs.field(init=False, default=0)

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
        with self._lock:
            event = self._of(event_id)
            while event.inside >= MAX_OF_EVENT or self._inside >= MAX_OF_ALL:
                left = event.progress_at + STALL_SECONDS - time.monotonic()
                if left <= 0:
                    self._forget_if_empty(event_id)
                    raise Unavailable("ledger", "too many sales wait for this event")
                event.waiting += 1
                self._wait(event, left)
                event.waiting -= 1
            event.inside += 1
            self._inside += 1

    def _wait(self, event: _Event, seconds: float) -> None:
        if event.inside >= MAX_OF_EVENT:
            event.turn.wait(seconds)
            return
        self._room.wait(seconds)
        if event.inside >= MAX_OF_EVENT:
            # The room is for a sale of another event.
            self._room.notify()

    def _of(self, event_id: str) -> _Event:
        return self._events.setdefault(event_id, _Event(threading.Condition(self._lock)))

    def _leave(self, event_id: str, *, is_done: bool) -> None:
        with self._lock:
            event = self._events[event_id]
            event.inside -= 1
            self._inside -= 1
            if is_done:
                event.progress_at = time.monotonic()
            self._forget_if_empty(event_id)
            event.turn.notify()
            self._room.notify()

    def _forget_if_empty(self, event_id: str) -> None:
        event = self._events.get(event_id)
        if event is not None and event.inside == event.waiting == 0:
            del self._events[event_id]

"""Observers in process: one that remembers, one that does not care."""

from __future__ import annotations

import threading

import attrs

from ticketcore.ports import Observer, Occurrence


@attrs.frozen
class NoObserver(Observer):
    """Takes note of nothing."""

    def observe(self, occurrence: Occurrence) -> None:
        """Discard the occurrence."""


@attrs.define(eq=False)
class MemoryObserver(Observer):
    """Remembers everything, for tests."""

    seen: list[Occurrence] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)

    def observe(self, occurrence: Occurrence) -> None:
        with self._lock:
            self.seen.append(occurrence)

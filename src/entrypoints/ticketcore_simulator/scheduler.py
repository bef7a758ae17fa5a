"""A deterministic scheduler: one thread, virtual time, and a seeded choice of the next task."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
from greenlet import getcurrent, greenlet

from ticketcore_memory import VirtualClock

_MILLISECOND = timedelta(milliseconds=1)
#: One context switch in this many also advances virtual time by a millisecond.
_TICK = 8


@attrs.define(eq=False)
class Scheduler:
    """Runs cooperative tasks, one at a time."""

    random: random.Random
    clock: VirtualClock
    steps: int = 0
    _hub: greenlet = attrs.field(factory=getcurrent, init=False)
    _ready: list[greenlet] = attrs.field(factory=list, init=False)
    _asleep: list[tuple[datetime, int, greenlet]] = attrs.field(factory=list, init=False)

    def spawn(self, task: Callable[[], None]) -> None:
        """Add a task."""
        self._ready.append(greenlet(task, self._hub))

    def run(self) -> None:
        """Run until every task has ended.  An exception from a task ends the run and is raised."""
        while self._ready or self._asleep:
            self._draw().switch()

    def _draw(self) -> greenlet:
        """Return the next task to run; advance virtual time to the next wake-up if none is ready."""
        ready, rng = self._ready, self.random.random
        if not ready:
            self._wake(self._asleep[0][0])
        elif self._asleep and rng() * _TICK < 1:
            self._wake(self.clock.moment + _MILLISECOND)
        index = int(rng() * len(ready))
        ready[index], ready[-1] = ready[-1], ready[index]
        self.steps += 1
        return ready.pop()

    def _switch(self) -> None:
        """Switch to the next task, which may be the calling one."""
        chosen = self._draw()
        if chosen is not getcurrent():
            chosen.switch()

    def _wake(self, until: datetime) -> None:
        self.clock.moment = max(self.clock.moment, until)
        while self._asleep and self._asleep[0][0] <= self.clock.moment:
            self._ready.append(heapq.heappop(self._asleep)[2])

    def hand_over(self) -> None:
        """Let other tasks run.  Called by a task."""
        self._ready.append(getcurrent())
        self._switch()

    def wait_in(self, waiting: list[greenlet]) -> None:
        """Suspend the calling task in ``waiting`` until ``wake_all``."""
        waiting.append(getcurrent())
        self._switch()

    def wake_all(self, waiting: list[greenlet]) -> None:
        """Make all tasks in ``waiting`` ready."""
        self._ready += waiting
        waiting.clear()

    def sleep_until(self, moment: datetime) -> None:
        """Suspend the calling task until that virtual time."""
        heapq.heappush(self._asleep, (moment, self.steps, getcurrent()))
        self._switch()

    def sleep(self, seconds: float) -> None:
        """Suspend the calling task for so many seconds of virtual time."""
        self.sleep_until(self.clock.moment + round(seconds * 1000) * _MILLISECOND)

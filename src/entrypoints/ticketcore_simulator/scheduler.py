"""One thread, virtual time, and a seeded choice of who goes on: the same seed is the same history."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
from greenlet import getcurrent, greenlet

from ticketcore_memory import VirtualClock

_MILLISECOND = timedelta(milliseconds=1)
#: Time goes on by itself, a little, at one hand-over in so many.
_TICK = 8


@attrs.define(eq=False)
class Scheduler:
    """Runs tasks that hand over to each other; none runs while another does."""

    random: random.Random
    clock: VirtualClock
    steps: int = 0
    _hub: greenlet = attrs.field(factory=getcurrent, init=False)
    _ready: list[greenlet] = attrs.field(factory=list, init=False)
    _asleep: list[tuple[datetime, int, greenlet]] = attrs.field(factory=list, init=False)

    def spawn(self, task: Callable[[], None]) -> None:
        """Let a task run beside the others."""
        self._ready.append(greenlet(task, self._hub))

    def run(self) -> None:
        """Go on until every task has ended; whatever one of them raises ends the run."""
        while self._ready or self._asleep:
            self._draw().switch()

    def _draw(self) -> greenlet:
        """Answer who goes on; time goes on too, if nobody could."""
        ready, dice = self._ready, self.random.random
        if not ready:
            self._wake(self._asleep[0][0])
        elif self._asleep and dice() * _TICK < 1:
            self._wake(self.clock.moment + _MILLISECOND)
        place = int(dice() * len(ready))
        ready[place], ready[-1] = ready[-1], ready[place]
        self.steps += 1
        return ready.pop()

    def _pass_on(self) -> None:
        """Let whoever is drawn go on, which may be the calling task."""
        chosen = self._draw()
        if chosen is not getcurrent():
            chosen.switch()

    def _wake(self, until: datetime) -> None:
        self.clock.moment = max(self.clock.moment, until)
        while self._asleep and self._asleep[0][0] <= self.clock.moment:
            self._ready.append(heapq.heappop(self._asleep)[2])

    def hand_over(self) -> None:
        """Let others go on; to be called by a task."""
        self._ready.append(getcurrent())
        self._pass_on()

    def wait_in(self, line: list[greenlet]) -> None:
        """Let the calling task wait in a line until somebody lets it go on (``let_go``)."""
        line.append(getcurrent())
        self._pass_on()

    def let_go(self, line: list[greenlet]) -> None:
        """Let all who wait in a line go on."""
        self._ready += line
        line.clear()

    def sleep_until(self, moment: datetime) -> None:
        """Let the calling task go on when it is that time, or later."""
        heapq.heappush(self._asleep, (moment, self.steps, getcurrent()))
        self._pass_on()

    def sleep(self, seconds: float) -> None:
        """Let the calling task go on after so many seconds of virtual time."""
        self.sleep_until(self.clock.moment + round(seconds * 1000) * _MILLISECOND)

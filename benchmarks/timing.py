"""Sides that are calls within this process, or programs that it runs: how long they take, and the CPU time of all involved."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import attrs

from benchmarks.measuring import Bed, Round, Side
from benchmarks.servers import Stores
from benchmarks.statements import Sent

_AT_FIRST = 50
_AT_LEAST = 10


@attrs.frozen
class CallRow:
    """An operation whose sides are no servers of HTTP."""

    name: str
    title: str
    open_sides: Callable[[Bed], AbstractContextManager[Mapping[str, Side]]]

    def sides(self, bed: Bed) -> AbstractContextManager[Mapping[str, Side]]:
        """Yield ours and the yardsticks by name."""
        return self.open_sides(bed)

    def sent(self, bed: Bed) -> Mapping[str, Sent]:
        """Return nothing: their statements are not counted."""
        return {}


@attrs.frozen
class Calls:
    """A call that is repeated for as long as a round lasts."""

    stores: Stores
    call: Callable[[], object]

    def measure(self, seconds: float) -> Round:
        """Call again and again."""
        clock = Clock(self.stores)
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.call()
            count += 1
        return clock.round_of(count)


@attrs.define(eq=False)
class Work:
    """Work that is laid out first, as much as the last rate lets expect, and then done to its end."""

    stores: Stores
    lay_out: Callable[[int], object]
    do: Callable[[int], object]
    _rate: float = _AT_FIRST

    def measure(self, seconds: float) -> Round:
        """Do the work of about so long."""
        count = max(_AT_LEAST, round(seconds * self._rate))
        self.lay_out(count)
        clock = Clock(self.stores)
        self.do(count)
        found = clock.round_of(count)
        self._rate = found.rate
        return found


class Clock:
    """The time, and the CPU times, since it was made."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._begin = self._now()

    def round_of(self, count: int) -> Round:
        """Return a round in which so many operations were done."""
        elapsed, api, postgres, redis = (late - early for early, late in zip(self._begin, self._now(), strict=True))
        return Round(count / elapsed, api / count, postgres / count, redis / count)

    def _now(self) -> tuple[float, ...]:
        # Programs that were run and have ended are part of the first four of these times.
        return time.perf_counter(), sum(os.times()[:4]), *self._stores.cpu_seconds()


def side_by_side(
    make: Callable[[Bed], Mapping[str, Side]],
) -> Callable[[Bed], AbstractContextManager[Mapping[str, Side]]]:
    """Return what opens sides that leave nothing to be closed."""

    @contextmanager
    def open_sides(bed: Bed) -> Iterator[Mapping[str, Side]]:
        yield make(bed)

    return open_sides

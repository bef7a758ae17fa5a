"""Search the interleavings of two calls for one whose outcome neither order of the calls has.

A missing lock shows only if a thread is interrupted between reading and writing, which the interpreter seldom does by
itself.  Here one call is traced and paused before an instruction that may touch shared state; the other call then runs to
its end, or as far as a lock lets it.  This is repeated for every such instruction, or for a sample of them if time runs out.
"""

from __future__ import annotations

import dis
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from types import CodeType, FrameType

import attrs

from ticketcore_testing.tracing import tracing

#: How long a paused call waits at least for the other one, which may itself wait for a lock of the paused call.
_PATIENCE_SECONDS = 0.003
#: And at most: a call that waits for a lock gives up after a while, and is then no call to compare.
_MOST_PATIENCE_SECONDS = 0.5
#: The time for the interruptions of one call, which is interrupted at a sample of its steps if all of them take longer.
_BUDGET_SECONDS = 0.3
_LEAST_INTERRUPTIONS = 20
_DEADLOCK_SECONDS = 30
_GOLDEN = 0.618033988749895
#: Parts of the names of instructions that may read or write what another thread sees.
_SHARED_ACCESS = ("ATTR", "METHOD", "SUBSCR", "SLICE", "CALL", "CONTAINS", "FOR_ITER", "BINARY_OP", "STORE_GLOBAL")


@attrs.frozen
class Race:
    """Two calls on fresh state, and a function that returns what they leave behind.

    Results are compared with ``==``, so they must not contain ids that differ from race to race.
    """

    first: Callable[[], object]
    second: Callable[[], object]
    left: Callable[[], object]

    @classmethod
    def of_one(cls, call: Callable[[], object], left: Callable[[], object]) -> Race:
        """Return a race of a call with itself."""
        return cls(call, call, left)


def assert_atomic(adapter: object, new_race: Callable[[], Race]) -> None:
    """Raise ``AssertionError`` if two calls are seen to interleave with an outcome that neither order of them has.

    Each is interrupted at all its instructions that may touch shared state, or at a sample of at least twenty after 0.3 s.
    ``new_race`` returns the same two calls on fresh state each time.  First the one is interrupted and then the other, within
    the packages of the adapter's class and its bases.  An exception of a call is raised with a note about the interruption.
    """
    packages = frozenset(kind.__module__.partition(".")[0] for kind in type(adapter).__mro__)
    with ThreadPoolExecutor(2) as threads:
        first, second = (_Search(new_race, swapped, packages, threads) for swapped in (False, True))
        allowed = (first.uninterrupted().outcome, second.uninterrupted().outcome)
        # Two calls of one function interleave in the same ways whichever is interrupted.
        for search in (first,) if first.calls_are_alike else (first, second):
            for run in search.interrupted():
                assert run.outcome in allowed, f"{run.place}: {run.outcome} is neither {allowed[0]} nor {allowed[1]}"


@attrs.define(eq=False)
class _Run:
    """One race: ``outcome`` has the result of each call and what they left."""

    race: Race
    swapped: bool
    packages: frozenset[str]
    threads: ThreadPoolExecutor
    interrupt_at: int
    patience: float
    steps: int = 0
    place: str = "not interrupted"
    outcome: tuple[object, object, object] | None = None
    seconds: float = 0
    _other: Future[object] | None = None

    def run(self) -> _Run:
        try:
            result = self.threads.submit(self._traced).result(_DEADLOCK_SECONDS)
            begun = time.monotonic()
            other = (self._other or self._start_other()).result(_DEADLOCK_SECONDS)
            self.seconds = time.monotonic() - begun
            results = (other, result) if self.swapped else (result, other)
            self.outcome = (*results, self.race.left())
        except Exception as exc:
            exc.add_note(self.place)
            raise
        return self

    def _start_other(self) -> Future[object]:
        return self.threads.submit(self.race.first if self.swapped else self.race.second)

    def _traced(self) -> object:
        with tracing(self.packages, self._step):
            return self.race.second() if self.swapped else self.race.first()

    def _step(self, frame: FrameType) -> None:
        if frame.f_lasti not in _shared_accesses(frame.f_code):
            return
        self.steps += 1
        if self.steps == self.interrupt_at:
            self.place = f"interrupted at {frame.f_code.co_filename}:{frame.f_lineno}"
            self._other = self._start_other()
            wait([self._other], self.patience)


@attrs.define(eq=False)
class _Search:
    """The interruptions of one call."""

    new_race: Callable[[], Race]
    swapped: bool
    packages: frozenset[str]
    threads: ThreadPoolExecutor
    calls_are_alike: bool = False
    _steps: int = 0
    _patience: float = _PATIENCE_SECONDS

    def uninterrupted(self) -> _Run:
        """Run one call after the other, and note how many steps the first takes and how long the second."""
        run = self._run(0)
        self.calls_are_alike = run.race.first is run.race.second
        self._steps = run.steps
        self._patience = min(max(_PATIENCE_SECONDS, 3 * run.seconds), _MOST_PATIENCE_SECONDS)
        return run

    def interrupted(self) -> Iterator[_Run]:
        """Interrupt at every step, in an order that samples the call evenly if time runs out."""
        deadline = time.monotonic() + _BUDGET_SECONDS
        steps = sorted(range(1, self._steps + 1), key=lambda step: step * _GOLDEN % 1)
        for number, step in enumerate(steps):
            if number >= _LEAST_INTERRUPTIONS and time.monotonic() > deadline:
                return
            yield self._run(step)

    def _run(self, interrupt_at: int) -> _Run:
        return _Run(self.new_race(), self.swapped, self.packages, self.threads, interrupt_at, self._patience).run()


@cache
def _shared_accesses(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions that may touch shared state."""
    return frozenset(
        each.offset for each in dis.get_instructions(code) if any(part in each.opname for part in _SHARED_ACCESS)
    )

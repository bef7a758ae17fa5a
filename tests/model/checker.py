"""A small explicit-state model checker.  It searches breadth first, so that its counterexamples are the shortest."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections import deque
from collections.abc import Hashable, Iterator
from typing import Generic, Protocol, TypeVar

import attrs

S = TypeVar("S", bound=Hashable)

TERMINATES = "the system comes to rest by itself"


class Model(Protocol[S]):
    """A protocol as states and named steps between them; states are immutable.

    ``steps`` are those that the system takes in the end; ``optional_steps`` are those of people, who may never come, and
    faults.  A state without ``steps`` is at rest.
    """

    __slots__ = ()

    @abstractmethod
    def start(self) -> S:
        """Return the first state."""

    @abstractmethod
    def steps(self, state: S) -> Iterator[tuple[str, S]]:
        """Yield the name of each step that the system can take by itself, and the state that it leads to."""

    @abstractmethod
    def optional_steps(self, state: S) -> Iterator[tuple[str, S]]:
        """Yield the name of each step that may happen or not, and the state that it leads to."""

    @abstractmethod
    def broken(self, state: S) -> str | None:
        """Return the law that a state breaks."""

    @abstractmethod
    def broken_at_rest(self, state: S) -> str | None:
        """Return the law that a state at rest breaks."""

    def canonical(self, state: S) -> S:
        """Return the one state that stands for all that are equivalent to it."""
        return state


class TooManyStates(Exception):
    """The limit was reached: the model is neither proved nor refuted."""


@attrs.frozen
class Verdict:
    """The result of a search: ``trace`` is a shortest sequence of steps that breaks the law ``broken``."""

    states: int
    steps: int
    seconds: float
    broken: str | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        searched = f"{self.states:,} states, {self.steps:,} steps, {self.seconds:.1f} s"
        if self.broken is None:
            return f"holds: {searched}"
        return "\n".join([f"broken: {self.broken}; found after {searched}", *(f"    {name}" for name in self.trace)])


@attrs.define(eq=False)
class _Search(Generic[S]):
    """The states seen so far, from which each was first reached, and to which the system goes from each by itself."""

    model: Model[S]
    limit: int
    states: list[S] = attrs.field(factory=list)
    numbers: dict[S, int] = attrs.field(factory=dict)
    parents: list[int] = attrs.field(factory=list)
    successors: list[list[int]] = attrs.field(factory=list)
    steps: int = 0

    def number(self, state: S, parent: int) -> int:
        """Return a state's number, a new one if it is seen for the first time."""
        known = self.numbers.get(state)  # Most are, and are canonical then.
        if known is not None:
            return known
        state = self.model.canonical(state)
        number = self.numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            if number >= self.limit:
                raise TooManyStates(f"more than {self.limit:,} states")
            self.states.append(state)
            self.parents.append(parent)
            self.successors.append([])
        return number

    def expand(self, number: int) -> str | None:
        """Number a state's successors; return the law that the state breaks."""
        state = self.states[number]
        broken = self.model.broken(state)
        if broken:
            return broken
        successors = self.successors[number] = [self.number(after, number) for _, after in self.model.steps(state)]
        optional = [self.number(after, number) for _, after in self.model.optional_steps(state)]
        self.steps += len(successors) + len(optional)
        return None if successors else self.model.broken_at_rest(state)

    def trace(self, number: int) -> tuple[str, ...]:
        """Return the names of the steps that lead from the start to a state.

        They are taken again from the start, because a canonical state may name its processes differently.
        """
        path = [number]
        while self.parents[path[-1]] >= 0:
            path.append(self.parents[path[-1]])
        state, names = self.model.start(), []
        for target in reversed(path[:-1]):
            name, state = self._step_to(target, state)
            names.append(name)
        return tuple(names)

    def _step_to(self, number: int, state: S) -> tuple[str, S]:
        for steps in (self.model.steps, self.model.optional_steps):
            for name, after in steps(state):
                if self.numbers.get(self.model.canonical(after)) == number:
                    return name, after
        raise AssertionError("a step that was seen is gone: the model is not deterministic")

    def cycle(self) -> int | None:
        """Return the state nearest to the start from which the system can take steps for ever by itself."""
        predecessors: list[list[int]] = [[] for _ in self.states]
        left = [len(set(successors)) for successors in self.successors]
        for number, successors in enumerate(self.successors):
            for after in set(successors):
                predecessors[after].append(number)
        terminating = deque(number for number, count in enumerate(left) if not count)
        while terminating:
            for number in predecessors[terminating.popleft()]:
                left[number] -= 1
                if not left[number]:
                    terminating.append(number)
        return next((number for number, count in enumerate(left) if count), None)


def check(model: Model[S], limit: int = 1_000_000, *, must_end: bool = False) -> Verdict:
    """Check every reachable state; with ``must_end``, also that the system comes to rest by itself.

    Raises ``TooManyStates`` if there are more than ``limit``.
    """
    begun = time.process_time()
    search = _Search(model, limit)
    search.number(model.start(), -1)

    def verdict(broken: str | None = None, number: int = 0) -> Verdict:
        trace = search.trace(number) if broken else ()
        return Verdict(len(search.states), search.steps, time.process_time() - begun, broken, trace)

    number = 0
    while number < len(search.states):
        broken = search.expand(number)
        if broken:
            return verdict(broken, number)
        number += 1
    cycle = search.cycle() if must_end else None
    return verdict() if cycle is None else verdict(TERMINATES, cycle)

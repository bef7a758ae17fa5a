"""A small explicit-state model checker: breadth first, so that what it finds is a shortest way to go wrong."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections import deque
from collections.abc import Hashable, Iterator
from typing import Generic, Protocol, TypeVar

import attrs

S = TypeVar("S", bound=Hashable)

GOES_ON_FOR_EVER = "what the system does by itself comes to an end"


class Model(Protocol[S]):
    """A protocol as states and named moves; states never change.

    ``moves`` are what happens by itself in the end; ``others`` are what people may do or not, and faults.  A state without
    ``moves`` is an end: nobody may come any more.
    """

    __slots__ = ()

    @abstractmethod
    def start(self) -> S:
        """Answer the first state."""

    @abstractmethod
    def moves(self, state: S) -> Iterator[tuple[str, S]]:
        """Yield where the system can go by itself."""

    @abstractmethod
    def others(self, state: S) -> Iterator[tuple[str, S]]:
        """Yield what may happen or not."""

    @abstractmethod
    def broken(self, state: S) -> str | None:
        """Answer the law that a state breaks."""

    @abstractmethod
    def broken_end(self, state: S) -> str | None:
        """Answer the law that a state breaks in which nothing more happens by itself."""

    def canonical(self, state: S) -> S:
        """Answer the one state that stands for all that differ from it in nothing that matters."""
        return state


class TooManyStates(Exception):
    """The bound was reached, so nothing is known."""


@attrs.frozen
class Verdict:
    """What was found: ``trace`` is a shortest way to break the law ``broken``, move by move."""

    states: int
    moves: int
    seconds: float
    broken: str | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        searched = f"{self.states:,} states, {self.moves:,} moves, {self.seconds:.1f} s"
        if self.broken is None:
            return f"holds: {searched}"
        return "\n".join([f"broken: {self.broken}; found after {searched}", *(f"    {move}" for move in self.trace)])


@attrs.define(eq=False)
class _Search(Generic[S]):
    """What was seen: the states, where each was first reached from, and where each goes by itself."""

    model: Model[S]
    limit: int
    states: list[S] = attrs.field(factory=list)
    numbers: dict[S, int] = attrs.field(factory=dict)
    parents: list[int] = attrs.field(factory=list)
    onward: list[list[int]] = attrs.field(factory=list)
    moves: int = 0

    def number(self, state: S, parent: int) -> int:
        """Answer a state's number, a new one if it was never seen."""
        state = self.model.canonical(state)
        number = self.numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            if number >= self.limit:
                raise TooManyStates(f"more than {self.limit:,} states")
            self.states.append(state)
            self.parents.append(parent)
            self.onward.append([])
        return number

    def look(self, number: int) -> str | None:
        """Find where a state leads to; answer the law that it breaks."""
        state = self.states[number]
        broken = self.model.broken(state)
        if broken:
            return broken
        onward = self.onward[number] = [self.number(after, number) for _, after in self.model.moves(state)]
        perhaps = [self.number(after, number) for _, after in self.model.others(state)]
        self.moves += len(onward) + len(perhaps)
        return None if onward else self.model.broken_end(state)

    def trace(self, number: int) -> tuple[str, ...]:
        """Answer the names of the moves that lead from the start to a state.

        They are made anew from the start, for the state that stands for others may call things by other names.
        """
        way = [number]
        while self.parents[way[-1]] >= 0:
            way.append(self.parents[way[-1]])
        state, names = self.model.start(), []
        for step in reversed(way[:-1]):
            name, state = self._move_to(step, state)
            names.append(name)
        return tuple(names)

    def _move_to(self, number: int, state: S) -> tuple[str, S]:
        for moves in (self.model.moves, self.model.others):
            for name, after in moves(state):
                if self.numbers.get(self.model.canonical(after)) == number:
                    return name, after
        raise AssertionError("a move that was seen is gone: the model forgets or guesses")

    def circle(self) -> int | None:
        """Answer a state from which the system can go on for ever by itself, the nearest to the start."""
        backward: list[list[int]] = [[] for _ in self.states]
        left = [len(set(onward)) for onward in self.onward]
        for number, onward in enumerate(self.onward):
            for after in set(onward):
                backward[after].append(number)
        ended = deque(number for number, count in enumerate(left) if not count)
        while ended:
            for number in backward[ended.popleft()]:
                left[number] -= 1
                if not left[number]:
                    ended.append(number)
        return next((number for number, count in enumerate(left) if count), None)


def check(model: Model[S], limit: int = 1_000_000, *, must_end: bool = False) -> Verdict:
    """Look at every reachable state; with ``must_end``, nothing may go on for ever by itself.

    Raises ``TooManyStates`` if there are more than ``limit``.
    """
    begun = time.process_time()
    search = _Search(model, limit)
    search.number(model.start(), -1)

    def verdict(broken: str | None = None, number: int = 0) -> Verdict:
        trace = search.trace(number) if broken else ()
        return Verdict(len(search.states), search.moves, time.process_time() - begun, broken, trace)

    number = 0
    while number < len(search.states):
        broken = search.look(number)
        if broken:
            return verdict(broken, number)
        number += 1
    round_again = search.circle() if must_end else None
    return verdict() if round_again is None else verdict(GOES_ON_FOR_EVER, round_again)

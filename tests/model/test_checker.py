"""The checker counts every state once, finds a shortest counterexample, and raises at its limit."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from tests.model.checker import TERMINATES, Model, TooManyStates, check


@attrs.frozen
class Jugs(Model[tuple[int, int]]):
    """Two jugs of 3 and 5 measures, to be filled, emptied and poured into each other; ``wanted`` must never be measured."""

    wanted: int = 99

    def start(self) -> tuple[int, int]:
        return (0, 0)

    def steps(self, state: tuple[int, int]) -> Iterator[tuple[str, tuple[int, int]]]:
        small, large = state
        over, under = min(small, 5 - large), min(large, 3 - small)
        yield "fill the small jug", (3, large)
        yield "fill the large jug", (small, 5)
        yield "empty the small jug", (0, large)
        yield "empty the large jug", (small, 0)
        yield "pour into the large jug", (small - over, large + over)
        yield "pour into the small jug", (small + under, large - under)

    def optional_steps(self, state: tuple[int, int]) -> Iterator[tuple[str, tuple[int, int]]]:
        yield from ()

    def broken(self, state: tuple[int, int]) -> str | None:
        return "it is never measured" if self.wanted in state else None

    def broken_at_rest(self, state: tuple[int, int]) -> str | None:
        return None


@attrs.frozen
class Lamps(Model[tuple[bool, ...]]):
    """Lamps that are lit one by one; a fault puts one out again.  With ``alike``, only the number of those lit matters."""

    count: int
    alike: bool = False
    can_fail: bool = False
    flickers: bool = False
    ends_at: int | None = None

    def start(self) -> tuple[bool, ...]:
        return (False,) * self.count

    def steps(self, state: tuple[bool, ...]) -> Iterator[tuple[str, tuple[bool, ...]]]:
        for which, lit in enumerate(state):
            if not lit and sum(state) != self.ends_at:
                yield f"light {which}", self._with(state, which, True)
            if lit and self.flickers:
                yield f"{which} flickers", self._with(state, which, False)

    def optional_steps(self, state: tuple[bool, ...]) -> Iterator[tuple[str, tuple[bool, ...]]]:
        for which, lit in enumerate(state):
            if lit and self.can_fail:
                yield f"{which} goes out", self._with(state, which, False)

    def _with(self, state: tuple[bool, ...], which: int, lit: bool) -> tuple[bool, ...]:
        return (*state[:which], lit, *state[which + 1 :])

    def broken(self, state: tuple[bool, ...]) -> str | None:
        return None

    def broken_at_rest(self, state: tuple[bool, ...]) -> str | None:
        return None if all(state) else "at rest all are lit"

    def canonical(self, state: tuple[bool, ...]) -> tuple[bool, ...]:
        return tuple(sorted(state)) if self.alike else state


def test_every_state_is_counted_once() -> None:
    """The jugs of 3 and 5 have sixteen reachable states: those in which one of them is full or empty."""
    verdict = check(Jugs())

    assert (verdict.states, verdict.steps, verdict.broken) == (16, 16 * 6, None)


def test_a_counterexample_is_the_shortest() -> None:
    """To measure four takes six steps, and the trace names each."""
    verdict = check(Jugs(wanted=4))

    assert verdict.broken == "it is never measured"
    assert verdict.trace == (
        "fill the large jug",
        "pour into the small jug",
        "empty the small jug",
        "pour into the small jug",
        "fill the large jug",
        "pour into the small jug",
    )
    assert str(verdict).splitlines()[1:] == [f"    {name}" for name in verdict.trace]


def test_a_start_that_breaks_a_law_has_an_empty_trace() -> None:
    """The first state is checked like any other."""
    verdict = check(Jugs(wanted=0))

    assert (verdict.states, verdict.trace) == (1, ())


def test_a_limit_that_is_reached_is_no_verdict() -> None:
    """Sixteen states fit into a limit of sixteen and not into fifteen."""
    assert check(Jugs(), limit=16).broken is None
    with pytest.raises(TooManyStates, match="15"):
        check(Jugs(), limit=15)


def test_equivalent_states_are_counted_once() -> None:
    """Ten lamps have 1024 states, and eleven if only their number matters."""
    assert check(Lamps(10)).states == 1024
    assert check(Lamps(10, alike=True)).states == 11


def test_a_trace_through_canonical_states_is_a_real_one() -> None:
    """No lamp is lit twice, though each state stands for several."""
    verdict = check(Lamps(4, alike=True, ends_at=3))

    assert verdict.broken == "at rest all are lit"
    assert len(set(verdict.trace)) == 3


def test_a_deadlock_is_found() -> None:
    """A state without steps has to keep the laws of a state at rest."""
    assert check(Lamps(3)).broken is None
    assert check(Lamps(3, ends_at=1)).trace == ("light 0",)


def test_a_cycle_is_found_if_the_model_must_end() -> None:
    """A lamp that flickers by itself never comes to rest; one that faults put out does, once they stop."""
    assert check(Lamps(2, flickers=True)).broken is None
    assert check(Lamps(2, flickers=True), must_end=True).broken == TERMINATES
    assert check(Lamps(2, can_fail=True), must_end=True).broken is None

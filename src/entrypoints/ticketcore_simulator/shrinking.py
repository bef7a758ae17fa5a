"""The smallest scenario that still breaks a law, with its trace."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set

import attrs

from ticketcore.domain.ids import DIGEST_DIGITS
from ticketcore_simulator.components import memory_components
from ticketcore_simulator.simulation import MakeComponents, Outcome, Scenario, simulate

_TRIES = 300
_MOST_REPEATS = 2
_DIGEST = f"[0-9a-f]{{{DIGEST_DIGITS}}}"
_FAULT = re.compile(r"dies|refuse|stalls|response is lost|inventory is (wiped|rolled back)|faults stop")


@attrs.define
class _Shrinker:
    smallest: Outcome
    make_components: MakeComponents
    tries: int = 0

    def accepts(self, scenario: Scenario) -> bool:
        """Simulate a smaller scenario; keep it if it breaks a law too."""
        self.tries += 1
        outcome = simulate(scenario, self.make_components)
        if not outcome.violations:
            return False
        self.smallest = outcome
        return True


def shrink(outcome: Outcome, make_components: MakeComponents = memory_components) -> Outcome:
    """Return a traced scenario with as few orders and faults as still break a law.

    Its trace holds the faults, the calls about the orders that the violations name, and these orders' journals.  Lines
    that repeat are left out after the second time.
    """
    shrinker = _Shrinker(outcome, make_components)
    _spare_kinds(shrinker)
    _halve(shrinker, 1, outcome.scenario.orders, lambda scenario, orders: attrs.evolve(scenario, orders=orders))
    _halve(shrinker, 0, shrinker.smallest.faults, lambda scenario, most: attrs.evolve(scenario, most_faults=most))
    _spare(shrinker)
    _halve(
        shrinker, 1, shrinker.smallest.scenario.orders, lambda scenario, orders: attrs.evolve(scenario, orders=orders)
    )
    _spare(shrinker)
    smallest = simulate(shrinker.smallest.scenario, make_components, traced=True)
    return attrs.evolve(smallest, trace=tuple(_relevant_lines(smallest)))


def _halve(shrinker: _Shrinker, low: int, high: int, smaller: Callable[[Scenario, int], Scenario]) -> None:
    """Look for the smallest number that still breaks a law, as if every larger one did (bisection)."""
    while low < high and shrinker.tries < _TRIES:
        middle = (low + high) // 2
        if shrinker.accepts(smaller(shrinker.smallest.scenario, middle)):
            high = middle
        else:
            low = middle + 1


def _spare_kinds(shrinker: _Shrinker) -> None:
    """Leave out each kind of faults that a broken law does not need."""
    for kind in sorted(shrinker.smallest.scenario.kinds):
        scenario = shrinker.smallest.scenario
        shrinker.accepts(attrs.evolve(scenario, kinds=scenario.kinds - {kind}))


def _spare(shrinker: _Shrinker) -> None:
    """Leave out whole kinds of faults, then single ones, as long as that helps."""
    _spare_kinds(shrinker)
    helped = True
    while helped:
        helped = False
        for number in {*range(shrinker.smallest.faults)} - shrinker.smallest.scenario.spared:
            scenario = shrinker.smallest.scenario
            if shrinker.tries < _TRIES:
                helped |= shrinker.accepts(attrs.evolve(scenario, spared=scenario.spared | {number}))


def _relevant_lines(outcome: Outcome) -> Iterator[str]:
    named = dict.fromkeys(re.findall(rf"\b{_DIGEST}\b", " ".join(outcome.violations)))
    yield from _without_repeats(line for line in outcome.trace if _matters(line, named.keys()))
    for digest in named:
        yield f"order {digest}"
        yield from (f"  {sentence}" for sentence in _without_repeats(outcome.journals.get(digest, ())))


def _matters(line: str, named: Set[str]) -> bool:
    of_orders = set(re.findall(rf"\(({_DIGEST})\)", line))
    return bool(of_orders & named or _FAULT.search(line) or (not named and of_orders))


def _without_repeats(lines: Iterable[str]) -> Iterator[str]:
    """Leave out lines that, but for their time, came too often before."""
    times: Counter[str] = Counter()
    for line in lines:
        _, _, what = line.lstrip().partition(" ")
        times[what] += 1
        if times[what] <= _MOST_REPEATS:
            yield line

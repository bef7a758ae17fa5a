"""The smallest life that still breaks a law, told step by step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set

import attrs

from ticketcore_simulator.components import memory_parts
from ticketcore_simulator.simulation import Life, MakeParts, Outcome, simulate

_TRIES = 300
_MOST_REPEATS = 2
_FAULT = re.compile(r"dies|refuse|stalls|is lost|inventory (goes|forgets)|faults stop")


@attrs.define
class _Shrinker:
    smallest: Outcome
    parts_of: MakeParts
    tries: int = 0

    def accepts(self, life: Life) -> bool:
        """Try a smaller life; keep it if it breaks a law too."""
        self.tries += 1
        outcome = simulate(life, self.parts_of)
        if not outcome.violations:
            return False
        self.smallest = outcome
        return True


def shrink(outcome: Outcome, parts_of: MakeParts = memory_parts) -> Outcome:
    """Answer a traced life with as few orders and faults as still break a law, found by halving and sparing.

    Its trace holds the faults and what happened to the orders that are named in the violations, and ends with what their
    journals say.  What somebody does again and again is told twice.
    """
    shrinker = _Shrinker(outcome, parts_of)
    _spare_kinds(shrinker)
    _halve(shrinker, 1, outcome.life.orders, lambda life, orders: attrs.evolve(life, orders=orders))
    _halve(shrinker, 0, shrinker.smallest.faults, lambda life, most: attrs.evolve(life, most_faults=most))
    _spare(shrinker)
    _halve(shrinker, 1, shrinker.smallest.life.orders, lambda life, orders: attrs.evolve(life, orders=orders))
    _spare(shrinker)
    smallest = simulate(shrinker.smallest.life, parts_of, traced=True)
    return attrs.evolve(smallest, trace=tuple(_telling(smallest)))


def _halve(shrinker: _Shrinker, low: int, high: int, smaller: Callable[[Life, int], Life]) -> None:
    """Look for the smallest number that still breaks a law, as if every larger one did (bisection)."""
    while low < high and shrinker.tries < _TRIES:
        middle = (low + high) // 2
        if shrinker.accepts(smaller(shrinker.smallest.life, middle)):
            high = middle
        else:
            low = middle + 1


def _spare_kinds(shrinker: _Shrinker) -> None:
    """Leave out each kind of faults that a broken law does not need."""
    for kind in sorted(shrinker.smallest.life.kinds):
        life = shrinker.smallest.life
        shrinker.accepts(attrs.evolve(life, kinds=life.kinds - {kind}))


def _spare(shrinker: _Shrinker) -> None:
    """Leave out whole kinds of faults, then single ones, as long as that helps."""
    _spare_kinds(shrinker)
    helped = True
    while helped:
        helped = False
        for number in {*range(shrinker.smallest.faults)} - shrinker.smallest.life.spared:
            life = shrinker.smallest.life
            if shrinker.tries < _TRIES:
                helped |= shrinker.accepts(attrs.evolve(life, spared=life.spared | {number}))


def _telling(outcome: Outcome) -> Iterator[str]:
    named = dict.fromkeys(re.findall(r"\b[0-9a-f]{12}\b", " ".join(outcome.violations)))
    yield from _without_repeats(line for line in outcome.trace if _matters(line, named.keys()))
    for digest in named:
        yield f"order {digest}"
        yield from (f"  {sentence}" for sentence in _without_repeats(outcome.stories.get(digest, ())))


def _matters(line: str, named: Set[str]) -> bool:
    of_orders = set(re.findall(r"\(([0-9a-f]{12})\)", line))
    return bool(of_orders & named or _FAULT.search(line) or (not named and of_orders))


def _without_repeats(lines: Iterable[str]) -> Iterator[str]:
    """Leave out what was told so many times before, with another time in front."""
    times: Counter[str] = Counter()
    for line in lines:
        _, _, what = line.lstrip().partition(" ")
        times[what] += 1
        if times[what] <= _MOST_REPEATS:
            yield line

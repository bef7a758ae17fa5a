"""Rounds: ours and its yardsticks have their turns one after the other, again and again, so that all see the same machine."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import attrs

from benchmarks.servers import Stores
from benchmarks.statements import Sent
from benchmarks.stock import Stock

OURS = "ours"
_WARM_UP_SECONDS = 1


class CannotMeasure(Exception):
    """A program is missing, or does other work than that which is to be measured."""


@attrs.frozen
class Bed:
    """What operations are measured on; ``processes`` is how many serve HTTP."""

    stores: Stores
    stock: Stock
    processes: int


@attrs.frozen
class Round:
    """What came of one round on one side: operations in a second, and the CPU seconds of one in each kind of process.

    Times are seconds, ``memory`` is the bytes of the largest process, and what does not apply is ``None``.
    """

    rate: float
    api: float
    postgres: float
    redis: float
    p50: float | None = None
    p99: float | None = None
    memory: int | None = None

    @property
    def cpu(self) -> float:
        """The CPU seconds of an operation in all processes."""
        return self.api + self.postgres + self.redis


class Side(Protocol):
    """One of those that are compared."""

    @abstractmethod
    def measure(self, seconds: float) -> Round:
        """Do the operation for so long."""


class Row(Protocol):
    """An operation that is measured."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What it is called on the command line."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is called in the table."""

    @abstractmethod
    def sides(self, bed: Bed) -> AbstractContextManager[Mapping[str, Side]]:
        """Yield ours and the yardsticks by name."""

    @abstractmethod
    def sent(self, bed: Bed) -> Mapping[str, Sent]:
        """Return what one operation sends to the stores, by side, as far as that is counted."""


@attrs.frozen
class Measured:
    """An operation with its rounds by side; the rounds of one number followed each other."""

    row: Row
    rounds: Mapping[str, Sequence[Round]]
    sent: Mapping[str, Sent]


def measure(row: Row, bed: Bed, rounds: int, seconds: float) -> Measured:
    """Measure an operation on every side."""
    with row.sides(bed) as sides:
        for side in sides.values():
            side.measure(_WARM_UP_SECONDS)
        turns = [{name: side.measure(seconds) for name, side in sides.items()} for _ in range(rounds)]
    return Measured(row, {name: [turn[name] for turn in turns] for name in sides}, row.sent(bed))

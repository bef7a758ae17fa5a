"""Rounds: the service and its yardsticks are loaded one after the other, again and again, so that all see the same machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import attrs

from benchmarks import cpu
from benchmarks.load import Answered, Load, send
from benchmarks.rows import MakeLoad, Row
from benchmarks.servers import Program, Stores, running_on_gunicorn, running_service, running_yardstick
from benchmarks.stock import Stock

OURS = "ours"
SAME_SERVER = "same server"
GUNICORN = "gunicorn"
SIDES = (OURS, SAME_SERVER, GUNICORN)

#: A round in which the requests run out ends early.
_AT_FIRST, _TIMES_THE_LAST = 1000, 1.5
_WARM_UP_SECONDS = 1


class WrongResponses(Exception):
    """Other responses came than those that are to be measured."""


@attrs.frozen
class Round:
    """What came of one round on one side; the CPU seconds are those of an operation."""

    rate: float
    p50: float
    p99: float
    api: float
    postgres: float
    redis: float

    @property
    def cpu(self) -> float:
        """The CPU seconds of an operation in all processes."""
        return self.api + self.postgres + self.redis


@attrs.frozen
class Measured:
    """An operation with its rounds by side; the rounds of one number followed each other."""

    row: Row
    rounds: Mapping[str, Sequence[Round]]


@attrs.define(eq=False)
class Side:
    """A server and what makes its loads, which are as long as the last rate lets expect."""

    row: Row
    stores: Stores
    program: Program
    make_load: MakeLoad
    _rate: float = _AT_FIRST

    def measure(self, seconds: float) -> Round:
        """Load the server for so long; raise ``WrongResponses`` if it does not answer as it should."""
        load = self.make_load(round(seconds * self._rate * _TIMES_THE_LAST))
        before = self._cpu()
        answered = self._send(load, seconds)
        after = self._cpu()
        self._rate = answered.rate
        api, postgres, redis = ((late - early) / answered.requests for early, late in zip(before, after, strict=True))
        return Round(answered.rate, answered.p50, answered.p99, api, postgres, redis)

    def _send(self, load: Load, seconds: float) -> Answered:
        answered = send(self.program.url, load, seconds)
        if answered.lost or [*answered.statuses] != [str(self.row.status)]:
            raise WrongResponses(
                f"{self.row.title} at {self.program.url}: {answered.statuses}, {answered.lost} without a response; "
                f"expected {self.row.status} alone"
            )
        return answered

    def _cpu(self) -> list[float]:
        return [cpu.seconds(each) for each in (self.program.process, self.stores.postgres, self.stores.redis)]


def measure(stores: Stores, stock: Stock, row: Row, processes: int, rounds: int, seconds: float) -> Measured:
    """Measure an operation on every side."""
    with ExitStack() as running:
        programs = {
            OURS: running.enter_context(running_service(stores, processes, works=row.works)),
            SAME_SERVER: running.enter_context(running_yardstick(stores, row.name, processes)),
            GUNICORN: running.enter_context(running_on_gunicorn(stores, row.name)),
        }
        sides = {name: Side(row, stores, program, row.prepare(stock)) for name, program in programs.items()}
        for side in sides.values():
            side.measure(_WARM_UP_SECONDS)
        found: dict[str, list[Round]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                found[name].append(side.measure(seconds))
    return Measured(row, found)

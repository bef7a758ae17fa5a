"""What was measured, as a table and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

import attrs

from benchmarks.measuring import OURS, Measured, Round

_HEAD = (
    *("operation", "yardstick", "ours/s", "yardstick/s", "ratio (least to most)", "CPU ratio", "API CPU ratio"),
    *("p50 ms", "p99 ms", "API ms", "Postgres ms", "Redis ms", "MB", "statements", "commands"),
)
_TEXTS = 2
_MILLI, _MEGA = 1e-3, 1e6
#: What each column of pairs shows, in which unit, with how many decimals.
_PAIRS = (
    *(("p50", _MILLI, 2), ("p99", _MILLI, 2), ("api", _MILLI, 2), ("postgres", _MILLI, 2), ("redis", _MILLI, 2)),
    ("memory", _MEGA, 0),
)


@attrs.frozen
class Comparison:
    """An operation beside one yardstick; every ratio is ours to the yardstick's, and the more the faster."""

    measured: Measured
    yardstick: str

    @property
    def ratios(self) -> list[float]:
        """The ratio of the rates in each pair of rounds, least first."""
        return sorted(mine.rate / its.rate for mine, its in zip(self._ours, self._its, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """The ratio of the operations that a CPU second is enough for, in all processes."""
        return _middle(self._its, lambda each: each.cpu) / _middle(self._ours, lambda each: each.cpu)

    @property
    def api_cpu_ratio(self) -> float:
        """The same in the processes of the API alone."""
        return _middle(self._its, lambda each: each.api) / _middle(self._ours, lambda each: each.api)

    @property
    def cells(self) -> list[str]:
        """The row of the table."""
        ratios = self.ratios
        rates = [_rate(_middle(side, lambda each: each.rate)) for side in (self._ours, self._its)]
        ratio = f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        cpu = [f"{self.cpu_ratio:.2f}", f"{self.api_cpu_ratio:.2f}"]
        pairs = [_pair(_shown(self._ours, *each), _shown(self._its, *each)) for each in _PAIRS]
        return [self.measured.row.title, self.yardstick, *rates, ratio, *cpu, *pairs, *self._sent]

    @property
    def json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "yardstick": self.yardstick,
            "ratios": self.ratios,
            "cpu_ratio": self.cpu_ratio,
            "api_cpu_ratio": self.api_cpu_ratio,
        }

    @property
    def _sent(self) -> list[str]:
        ours, its = (self.measured.sent.get(side) for side in (OURS, self.yardstick))
        if ours is None or its is None:
            return ["", ""]
        return [
            f"{ours.statements} ({ours.postgres_trips}) / {its.statements} ({its.postgres_trips})",
            f"{ours.commands} ({ours.redis_trips}) / {its.commands} ({its.redis_trips})",
        ]

    @property
    def _ours(self) -> Sequence[Round]:
        return self.measured.rounds[OURS]

    @property
    def _its(self) -> Sequence[Round]:
        return self.measured.rounds[self.yardstick]


def comparisons(measured: Measured) -> list[Comparison]:
    """Return an operation beside each of its yardsticks."""
    return [Comparison(measured, side) for side in measured.rounds if side != OURS]


def table(found: Iterable[Measured]) -> str:
    """Return all operations as one table in Markdown, whose columns line up."""
    rows = [each.cells for measured in found for each in comparisons(measured)]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(_line(cells, widths) for cells in (_HEAD, rule, *rows))


def as_json(found: Iterable[Measured]) -> dict[str, Any]:
    """Return every round of every operation, and where and when it was measured; times are seconds."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()},
        "operations": [_operation_json(measured) for measured in found],
    }


def _operation_json(measured: Measured) -> dict[str, Any]:
    return {
        "name": measured.row.name,
        "title": measured.row.title,
        "compared": [each.json for each in comparisons(measured)],
        "sent": {side: attrs.asdict(sent) for side, sent in measured.sent.items()},
        "rounds": {side: [attrs.asdict(each) for each in rounds] for side, rounds in measured.rounds.items()},
    }


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if index < _TEXTS else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _middle(rounds: Sequence[Round], of: Callable[[Round], float]) -> float:
    return median(map(of, rounds))


def _shown(rounds: Sequence[Round], name: str, unit: float, decimals: int) -> str:
    values = [value for each in rounds if (value := getattr(each, name)) is not None]
    return f"{median(values) / unit:.{decimals}f}" if values else ""


def _pair(ours: str, its: str) -> str:
    return f"{ours or '-'} / {its or '-'}" if ours or its else ""


def _rate(a_second: float) -> str:
    return f"{a_second:.0f}" if a_second >= 10 else f"{a_second:.2f}"

"""``python -m benchmarks``: measure the operations that are named, or all."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import plot, report
from benchmarks.load import PROGRAM_VARIABLE, find_wrk
from benchmarks.measuring import Bed, CannotMeasure, Measured, measure
from benchmarks.rows import ROWS
from benchmarks.servers import fresh, running_stores
from benchmarks.stock import stocked
from ticketcore.domain.errors import Unavailable

_NAMES = [row.name for row in ROWS]


def main() -> None:
    """Measure, and print one table."""
    chosen = _arguments()
    if find_wrk() is None:
        sys.exit(f"no wrk: install it, or set {PROGRAM_VARIABLE} to the path of the program")
    found: list[Measured] = []
    failed: list[str] = []
    try:
        _measure(chosen, found, failed)
    finally:
        if found:
            _report(chosen, found)
    if failed:
        sys.exit("\n".join(failed))


def _measure(chosen: argparse.Namespace, found: list[Measured], failed: list[str]) -> None:
    """Add to what was found and what has failed, so that neither is lost when it is interrupted."""
    with running_stores() as template:
        with stocked(template) as stock:
            grown = stock.grow(chosen.orders, chosen.events) if chosen.orders or chosen.events else []
        for row in ROWS:
            if row.name in (chosen.operations or _NAMES):
                print(f"measuring {row.title}", file=sys.stderr, flush=True)
                with fresh(template) as stores, stocked(stores, grown) as stock:
                    bed = Bed(stores, stock, chosen.processes)
                    try:
                        found.append(measure(row, bed, chosen.rounds, chosen.seconds))
                    except (CannotMeasure, Unavailable) as error:
                        failed.append(f"{row.title}: {error}")


def _report(chosen: argparse.Namespace, found: list[Measured]) -> None:
    print(report.table(found))
    if chosen.plot:
        chosen.plot.write_text(plot.svg(found))
    if chosen.json:
        chosen.json.write_text(json.dumps(report.as_json(found), indent=2) + "\n")


def _from(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if (number := int(text)) < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return number

    return whole_number


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=main.__doc__)
    parser.add_argument("operations", nargs="*", metavar="operation", help=f"{', '.join(_NAMES)}; all by default")
    parser.add_argument("--seconds", type=_from(1), default=3, help="how long each round lasts (3)")
    parser.add_argument("--rounds", type=_from(1), default=5, help="how often each side has its turn (5)")
    parser.add_argument(
        "--processes", type=_from(1), default=2, help="of the service and of the yardstick on its server (2)"
    )
    parser.add_argument(
        "--orders", type=_from(0), default=0, help="how many orders the same events have sold before (0)"
    )
    parser.add_argument("--events", type=_from(0), default=0, help="how many other events are on sale (0)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round into this file")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the ratios into this file, as SVG")
    chosen = parser.parse_args()
    unknown = set(chosen.operations) - {*_NAMES}
    if unknown:
        parser.error(f"unknown operation {', '.join(sorted(unknown))}; known are {', '.join(_NAMES)}")
    return chosen


if __name__ == "__main__":
    main()

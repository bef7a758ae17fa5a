"""``python -m benchmarks.quiet``: what the service and its stores use while no one buys, without events and with many."""

from __future__ import annotations

import argparse
import time

from benchmarks.processes import cpu_seconds
from benchmarks.servers import Program, Stores, running_service, running_stores
from benchmarks.stock import Stock, stocked

_SETTLE_SECONDS = 10
_HEAD = "| events on sale | API | Postgres | Redis | together |\n| --- | --: | --: | --: | --: |"


def main() -> None:
    """Print the CPU time of each, in percent of a core."""
    chosen = _arguments()
    with running_stores() as stores, stocked(stores) as stock, running_service(stores, chosen.processes) as service:
        print(_HEAD)
        _print_used(stores, service, 0, chosen.seconds)
        _put_on_sale(stock, chosen.events)
        _print_used(stores, service, chosen.events, chosen.seconds)


def _put_on_sale(stock: Stock, events: int) -> None:
    stock.grow(0, events)


def _print_used(stores: Stores, service: Program, events: int, seconds: int) -> None:
    time.sleep(_SETTLE_SECONDS)
    before = _cpu_seconds(stores, service)
    time.sleep(seconds)
    used = [(late - early) / seconds for early, late in zip(before, _cpu_seconds(stores, service), strict=True)]
    print(f"| {events} | {' | '.join(f'{share:.2%}' for share in (*used, sum(used)))} |", flush=True)


def _cpu_seconds(stores: Stores, service: Program) -> tuple[float, ...]:
    return cpu_seconds(service.process), *stores.cpu_seconds()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quiet", description=main.__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="how many events are on sale (100000)")
    parser.add_argument("--processes", type=int, default=2, help="of the service (2)")
    parser.add_argument("--seconds", type=int, default=60, help="how long each measurement lasts (60)")
    return parser.parse_args()


if __name__ == "__main__":
    main()

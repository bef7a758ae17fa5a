"""``ticketcore simulate``."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import NoReturn

import click

from ticketcore_cli.context import as_json, show
from ticketcore_simulator import MEANINGS, Fault, Life, Outcome, shrink
from ticketcore_simulator import simulate as simulate_life

_EVERY = "all"
_NONE = "none"


def _kinds(_context: click.Context, _parameter: click.Parameter, text: str) -> frozenset[Fault]:
    words = text.split(",")
    if words in ([_EVERY], [_NONE]):
        return frozenset(Fault) if words == [_EVERY] else frozenset()
    unknown = [word for word in words if word not in {*Fault}]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(MEANINGS)}; {_EVERY} or {_NONE} stands alone")
    return frozenset(map(Fault, words))


@click.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The first history to simulate.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1), help="How many histories.")
@click.option("--orders", default=10, show_default=True, type=click.IntRange(1, 10_000), help="The buyers of each.")
@click.option(
    "--faults", default=_EVERY, show_default=True, callback=_kinds, help="Their kinds, with commas; or all, or none."
)
@as_json
def simulate(seed: int, seeds: int, orders: int, faults: frozenset[Fault]) -> None:
    """Simulate box offices under faults and look for a broken law; the same seed is the same history everywhere."""
    injected: Counter[Fault] = Counter()
    virtual, began = 0.0, time.perf_counter()
    hidden = not sys.stderr.isatty()
    with click.progressbar(range(seed, seed + seeds), label="simulating", file=sys.stderr, hidden=hidden) as every:
        for number in every:
            outcome = simulate_life(Life(number, orders, faults))
            injected += outcome.injected
            virtual += outcome.seconds
            if outcome.violations:
                _tell_violation(shrink(outcome))
    _tell_all(seeds, seeds * orders, virtual, injected)
    # The speed is the machine's: standard output is the same everywhere.
    click.echo(f"{seeds * orders / (time.perf_counter() - began):.0f} orders a second", err=True)


def _tell_violation(smallest: Outcome) -> NoReturn:
    life = smallest.life
    show(
        {
            "seed": life.seed,
            "orders": life.orders,
            "faults": dict(sorted(smallest.injected.items())),
            "violations": list(smallest.violations),
            "trace": list(smallest.trace),
        },
        f"seed {life.seed}, {life.orders} orders, {sum(smallest.injected.values())} faults:",
        *smallest.trace,
        *(click.style(sentence, fg="red", bold=True) for sentence in smallest.violations),
    )
    raise click.exceptions.Exit(1)


def _tell_all(seeds: int, orders: int, virtual: float, injected: Counter[Fault]) -> None:
    faults = dict(sorted(injected.items()))
    show(
        {
            "seeds": seeds,
            "orders": orders,
            "virtual_seconds": round(virtual),
            "faults": faults,
            "violations": [],
        },
        f"{seeds} histories of {orders} orders and {virtual / 3600:.1f} virtual hours",
        *(f"{times:9}  {kind}: {MEANINGS[Fault(kind)]}" for kind, times in faults.items()),
        click.style("every law held", fg="green"),
    )

"""Run simulations and print what they found."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import NoReturn

import click

from ticketcore_cli.context import show
from ticketcore_cli.output import echo, style
from ticketcore_simulator import MEANINGS, FaultKind, Outcome, Scenario, shrink, simulate

_EVERY = "all"
_NONE = "none"


def kinds(text: str) -> frozenset[FaultKind]:
    """Return the kinds of faults that an option names; raise ``click.BadParameter`` for an unknown one."""
    words = text.split(",")
    if words in ([_EVERY], [_NONE]):
        return frozenset(FaultKind) if words == [_EVERY] else frozenset()
    unknown = [word for word in words if word not in {*FaultKind}]
    if unknown:
        reason = f"{unknown[0]!r} is none of {', '.join(MEANINGS)}; {_EVERY} or {_NONE} stands alone"
        raise click.BadParameter(reason, click.get_current_context(), param_hint="--faults")
    return frozenset(map(FaultKind, words))


def run(seeds: range, orders: int, faults: frozenset[FaultKind]) -> None:
    """Simulate one history per seed and print the totals; print the smallest violation and exit with 1 if there is one."""
    injected: Counter[FaultKind] = Counter()
    virtual, began = 0.0, time.perf_counter()
    hidden = not sys.stderr.isatty()
    with click.progressbar(seeds, label="simulating", file=sys.stderr, hidden=hidden) as every:
        for number in every:
            outcome = simulate(Scenario(number, orders, faults))
            injected += outcome.injected
            virtual += outcome.seconds
            if outcome.violations:
                _show_violation(shrink(outcome))
    _show_totals(len(seeds), len(seeds) * orders, virtual, injected)
    # Standard output is the same everywhere; the speed depends on the machine.
    echo(f"{len(seeds) * orders / (time.perf_counter() - began):.0f} orders a second", err=True)


def _show_violation(smallest: Outcome) -> NoReturn:
    scenario = smallest.scenario
    show(
        {
            "seed": scenario.seed,
            "orders": scenario.orders,
            "faults": dict(sorted(smallest.injected.items())),
            "violations": list(smallest.violations),
            "trace": list(smallest.trace),
        },
        f"seed {scenario.seed}, {scenario.orders} orders, {sum(smallest.injected.values())} faults:",
        *smallest.trace,
        *(style(sentence, "red", bold=True) for sentence in smallest.violations),
    )
    raise click.exceptions.Exit(1)


def _show_totals(seeds: int, orders: int, virtual: float, injected: Counter[FaultKind]) -> None:
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
        *(f"{times:9}  {kind}: {MEANINGS[FaultKind(kind)]}" for kind, times in faults.items()),
        style("every law held", "green"),
    )

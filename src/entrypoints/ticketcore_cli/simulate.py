"""``ticketcore simulate``: its options.  The simulator is imported when the command runs, as it needs an extra of its own."""

from __future__ import annotations

import click

from ticketcore_bootstrap.extras import requires
from ticketcore_cli.context import as_json, failing_in_one_line


@click.command(short_help="Simulate box offices under faults.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The first history to simulate.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1), help="How many histories.")
@click.option(
    "--orders", default=10, show_default=True, type=click.IntRange(1, 10_000), help="The buyers in each history."
)
@click.option(
    "--faults", default="all", show_default=True, help="Kinds of faults with commas between them, or all, or none."
)
@as_json
def simulate(seed: int, seeds: int, orders: int, faults: str) -> None:
    """Simulate box offices under faults and look for a broken law; a seed gives the same history on every machine."""
    with failing_in_one_line(), requires("simulation"):
        from ticketcore_cli import simulation  # noqa: PLC0415  Needs greenlet, which the other commands do not.

    simulation.run(range(seed, seed + seeds), orders, simulation.kinds(faults))

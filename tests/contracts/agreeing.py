"""How the agreement machines are run."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

Machine = Callable[[], RuleBasedStateMachine]

SETTINGS = settings(stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: A control need only be caught: its example is not made small, and the same ones are tried in every run.
CONTROL = settings(
    SETTINGS,
    max_examples=1000,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    print_blob=False,
)


def agree(machine: Machine, examples: int) -> None:
    """Try so many histories."""
    run(machine, settings(SETTINGS, max_examples=examples))


def run(machine: Machine, how: settings) -> None:
    run_state_machine_as_test(machine, settings=how)  # type: ignore[arg-type]  # It takes what makes a machine, too.

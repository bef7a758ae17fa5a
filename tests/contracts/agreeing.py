"""How the agreement machines are run."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine

from ticketcore.testing.agreement import SETTINGS, assert_agreement

Machine = Callable[[], RuleBasedStateMachine]

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
    assert_agreement(machine, settings(SETTINGS, max_examples=examples))

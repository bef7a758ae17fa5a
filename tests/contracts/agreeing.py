"""Settings with which the agreement machines run."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine

from tests.wrong.finding import finding
from ticketcore_testing.agreement import SETTINGS, assert_agreement

Machine = Callable[[], RuleBasedStateMachine]

CONTROL = finding(SETTINGS)


def agree(machine: Machine, examples: int) -> None:
    """Run so many histories."""
    assert_agreement(machine, settings(SETTINGS, max_examples=examples))

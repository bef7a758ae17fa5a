"""State machines that drive several adapters of one port with one history and compare every answer.

A clock, a source of ids and an observer have none: what they answer, if anything, is nobody else's to know.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

__all__ = ["SETTINGS", "assert_agreement"]

#: Settings that are enough for every run of a build; a nightly run may ask for more examples.
SETTINGS = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def assert_agreement(machine: Callable[[], RuleBasedStateMachine], settings: settings = SETTINGS) -> None:
    """Tell histories to adapters; raise ``AssertionError`` with the shortest one that shows two of them to differ.

    ``machine`` makes the machine of each history: ``partial(FilesAgree, open_files)``.
    """
    run_state_machine_as_test(machine, settings=settings)  # type: ignore[arg-type]  # It takes what makes a machine, too.

"""State machines that run one history over several adapters of a port and compare every result.

A clock, a source of ids and an observer have none, because their results cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

__all__ = ["SETTINGS", "assert_agreement"]

#: Settings for every build; a nightly run may use more examples.
SETTINGS = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def assert_agreement(machine: Callable[[], RuleBasedStateMachine], settings: settings = SETTINGS) -> None:
    """Run histories over adapters; raise ``AssertionError`` with the shortest one after which two of them differ.

    ``machine`` makes the machine of each history: ``partial(FilesAgree, open_files)``.
    """
    run_state_machine_as_test(machine, settings=settings)  # type: ignore[arg-type]  # It takes what makes a machine, too.

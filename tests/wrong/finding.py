"""Settings with which a machine searches for a fault, and machines that begin near one."""

from __future__ import annotations

from typing import TypeVar, cast

from hypothesis import Phase, settings
from hypothesis.stateful import RULE_MARKER, RuleBasedStateMachine

M = TypeVar("M", bound=RuleBasedStateMachine)


def finding(usual: settings) -> settings:
    """Return settings for a control: the same examples in every run, until one fails, which is not shrunk."""
    return settings(
        usual,
        max_examples=5000,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        print_blob=False,
    )


def near(machine: type[M], *names: str) -> type[M]:
    """Return a machine with these of its rules alone, which soon comes to a fault that they show; without names, with all.

    What each rule compares, and what the machine does at the beginning and at the end, stays as it is.
    """
    rules = {name: rule for name in dir(machine) if (rule := getattr(getattr(machine, name), RULE_MARKER, None))}
    assert rules.keys() >= set(names), names
    others = {name: rule.function for name, rule in rules.items() if names and name not in names}
    return cast("type[M]", type(machine.__name__, (machine,), others))

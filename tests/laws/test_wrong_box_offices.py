"""The machine finds out every box office that breaks a rule."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.test_box_office import ORDINARY
from tests.laws.trials import machine_over
from tests.laws.wrong import WRONG_BOX_OFFICES

# A control need only be caught: its example is not made small, and the same ones are tried in every run.
CONTROL = settings(
    ORDINARY,
    max_examples=1000,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    print_blob=False,
)


@pytest.mark.parametrize("wrong", WRONG_BOX_OFFICES)
def test_a_box_office_with_one_rule_broken_is_caught(wrong: str) -> None:
    """The machine would notice if one rule were different."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine_over(WRONG_BOX_OFFICES[wrong]), settings=CONTROL)

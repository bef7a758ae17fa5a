"""The machine finds out every box office that breaks a rule."""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.harnesses import machine_over
from tests.laws.test_box_office import ORDINARY
from tests.laws.wrong import WRONG_BOX_OFFICES
from tests.wrong.finding import finding


@pytest.mark.parametrize("wrong", WRONG_BOX_OFFICES)
def test_a_box_office_with_one_rule_broken_is_caught(wrong: str) -> None:
    """The machine would notice if one rule were different."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine_over(WRONG_BOX_OFFICES[wrong]), settings=finding(ORDINARY))

"""The machine finds out every box office that breaks a rule."""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.harnesses import machine_over
from tests.laws.test_box_office import ORDINARY
from tests.laws.wrong import WRONG_BOX_OFFICES
from tests.wrong.finding import finding, near

#: The rules that show a fault, where a history of all rules comes to it late.
RULES = {
    "a key that forgets the quantity": ("reserve", "reserve_again"),
    "a key that forgets the buyer": ("reserve", "reserve_again"),
    "an expiry a millisecond too early": ("reserve", "wait_for_deadline"),
    "a limit of customers that does not count": ("create_event", "reserve"),
    "a sale that does not end": ("reserve", "change_times", "wait_for_a_time_of_an_event"),
    "an event moved into the past by a slip": ("move_event",),
    "a count that stays with the address before": ("create_event", "reserve", "correct"),
    "a payment that waits for ever": ("reserve", "pay", "work", "wait", "sweep"),
    "a gateway that lets pay after its deadline": ("reserve", "pay", "work", "wait", "sweep", "decide"),
    "an address found by its case": ("reserve", "cancel", "forget"),
    "tickets of a cancelled event": ("reserve", "pay", "process", "work", "change_event"),
    "a message lost when given back": ("reserve", "pay", "work", "wait"),
}


@pytest.mark.parametrize("wrong", WRONG_BOX_OFFICES)
def test_a_box_office_with_one_rule_broken_is_caught(wrong: str) -> None:
    """The machine would notice if one rule were different."""
    machine = near(machine_over(WRONG_BOX_OFFICES[wrong]), *RULES.get(wrong, ()))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=finding(ORDINARY))

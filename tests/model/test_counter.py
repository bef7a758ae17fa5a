"""The counter protocol holds in every reachable state, and each of its rules is needed."""

from __future__ import annotations

import pytest

from tests.model.checker import check
from tests.model.counter_scenarios import MORE_THAN_PROMISED, SCENARIOS, WITHOUT, more, without


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_counter_protocol_holds(scenario: str) -> None:
    """Whoever interleaves with whom, and whatever befalls the counter, no law is broken."""
    verdict = check(SCENARIOS[scenario])

    assert verdict.broken is None, str(verdict)


@pytest.mark.parametrize("rule", WITHOUT)
def test_each_rule_of_the_counter_is_needed(rule: str) -> None:
    """Without it a law is broken, and the checker says how."""
    verdict = check(without(rule))

    assert verdict.broken == WITHOUT[rule][1], str(verdict)


@pytest.mark.parametrize("law", MORE_THAN_PROMISED)
def test_what_the_counter_does_not_promise(law: str) -> None:
    """A law in a stronger form does not hold; should it hold one day, the documentation may say more."""
    verdict = check(more(law))

    assert verdict.broken is not None

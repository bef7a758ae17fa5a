"""The counter protocol holds in every reachable state, and each of its rules is needed."""

from __future__ import annotations

import pytest

from tests.model.checker import check
from tests.model.counter_scenarios import MORE_THAN_PROMISED, SCENARIOS, WITHOUT, more, without


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_counter_protocol_holds(scenario: str) -> None:
    """No law is broken, in any interleaving and after any faults."""
    verdict = check(SCENARIOS[scenario])

    assert verdict.broken is None, str(verdict)


@pytest.mark.parametrize("rule", WITHOUT)
def test_each_rule_of_the_counter_is_needed(rule: str) -> None:
    """Without the rule the checker finds a broken law."""
    verdict = check(without(rule))

    assert verdict.broken == WITHOUT[rule][1], str(verdict)


@pytest.mark.parametrize("law", MORE_THAN_PROMISED)
def test_the_counter_promises_no_more(law: str) -> None:
    """A law in a stronger form does not hold; if it did, the documentation could promise it."""
    verdict = check(more(law))

    assert verdict.broken is not None

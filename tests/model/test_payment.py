"""The payment protocol holds in every reachable state, comes to rest, and each of its rules is needed."""

from __future__ import annotations

import pytest

from tests.model.checker import check
from tests.model.payment_scenarios import MORE_THAN_PROMISED, SCENARIOS, WITHOUT, without


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_payment_protocol_holds(scenario: str) -> None:
    """No law is broken in any state; once faults stop, all work ends, and no law is broken then."""
    verdict = check(SCENARIOS[scenario], must_end=True)

    assert verdict.broken is None, str(verdict)


@pytest.mark.parametrize("rule", WITHOUT)
def test_each_rule_of_a_payment_is_needed(rule: str) -> None:
    """Without the rule the checker finds a broken law."""
    verdict = check(without(rule), must_end=True)

    assert verdict.broken == WITHOUT[rule][1], str(verdict)


@pytest.mark.parametrize("others", MORE_THAN_PROMISED)
def test_the_payment_depends_on_what_others_promise(others: str) -> None:
    """A gateway that breaks its promise leaves an order half-way."""
    verdict = check(MORE_THAN_PROMISED[others])

    assert verdict.broken is not None

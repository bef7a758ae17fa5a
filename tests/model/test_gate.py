"""The protocol of gates holds in every reachable state, comes to rest, and each of its rules is needed."""

from __future__ import annotations

import pytest

from tests.model.checker import check
from tests.model.gate_scenarios import MORE_THAN_PROMISED, SCENARIOS, WITHOUT, without


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_protocol_of_gates_holds(scenario: str) -> None:
    """No law is broken in any state; once faults stop, all is handed in, and no law is broken then."""
    verdict = check(SCENARIOS[scenario], must_end=True)

    assert verdict.broken is None, str(verdict)


@pytest.mark.parametrize("rule", WITHOUT)
def test_each_rule_of_gates_is_needed(rule: str) -> None:
    """Without the rule the checker finds a broken law."""
    verdict = check(without(rule), must_end=True)

    assert verdict.broken == WITHOUT[rule][1], str(verdict)


@pytest.mark.parametrize("others", MORE_THAN_PROMISED)
def test_gates_depend_on_what_the_network_promises(others: str) -> None:
    """A request that comes after those that were sent later admits a ticket that no gate let in."""
    verdict = check(MORE_THAN_PROMISED[others], must_end=True)

    assert verdict.broken is not None

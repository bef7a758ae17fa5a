"""Payment attempts have ten transitions, and do not show their tokens."""

from __future__ import annotations

from itertools import product

import attrs
import pytest

from tests.core.examples import ATTEMPT
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.errors import InvalidTransition

TRANSITIONS = {
    ("pending", "captured"),
    ("pending", "declined"),
    ("pending", "cancelling"),
    ("pending", "refunding"),
    ("captured", "refunding"),
    ("declined", "refunding"),
    ("cancelling", "cancelled"),
    ("cancelling", "refunding"),
    ("cancelled", "refunding"),
    ("refunding", "refunded"),
}


@pytest.mark.parametrize(("here", "there"), list(product(AttemptStatus, AttemptStatus)))
def test_an_attempt_has_no_other_transition(here: AttemptStatus, there: AttemptStatus) -> None:
    """Of all pairs of statuses, staying included, every other is a bug; after each the token is gone."""
    attempt = attrs.evolve(ATTEMPT, status=here)

    if (here.value, there.value) in TRANSITIONS:
        assert attempt.to(there) == attrs.evolve(attempt, status=there, token=None)
    else:
        with pytest.raises(InvalidTransition, match=f"from {here.value} to {there.value}"):
            attempt.to(there)


def test_an_attempt_does_not_show_its_token() -> None:
    """The means of payment stays out of logs."""
    assert "tok_approved" not in repr(ATTEMPT)

"""The simulated tokens behave as the contract says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore_simulated_payments.tokens import Outcome, outcome


@pytest.mark.parametrize(
    ("token", "outcomes"),
    [
        ("tok_approved", ["approved"] * 5),
        ("tok_declined", ["declined"] * 5),
        ("tok_flaky", [None, None, "approved", "approved", "approved"]),
        ("tok_down", [None] * 5),
    ],
)
def test_each_token_has_its_story(token: str, outcomes: list[str | None]) -> None:
    """Approved, declined, two failures and then approved, or only transient errors."""
    assert [outcome(token, tries) for tries in range(1, 6)] == outcomes


@given(st.text().filter(lambda token: not token.startswith("tok_")), st.integers(1, 100))
def test_any_other_token_is_declined(token: str, tries: int) -> None:
    """An unknown token charges nothing."""
    assert outcome(token, tries) is Outcome.DECLINED


@pytest.mark.parametrize("token", ["", "TOK_APPROVED", " tok_approved", "tok_approved\n", "tok_"])
def test_a_token_has_one_spelling(token: str) -> None:
    """Near misses are declined."""
    assert outcome(token, 1) is Outcome.DECLINED

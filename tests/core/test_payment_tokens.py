"""The simulated tokens behave as the contract says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore.domain.payment_tokens import Answer, answer


@pytest.mark.parametrize(
    ("token", "answers"),
    [
        ("tok_approved", ["approved"] * 5),
        ("tok_declined", ["declined"] * 5),
        ("tok_flaky", ["no_answer", "no_answer", "approved", "approved", "approved"]),
        ("tok_down", ["no_answer"] * 5),
    ],
)
def test_each_token_has_its_story(token: str, answers: list[str]) -> None:
    """Approved, declined, two failures and then approved, or never an answer."""
    assert [answer(token, tries).value for tries in range(1, 6)] == answers


@given(st.text().filter(lambda token: not token.startswith("tok_")), st.integers(1, 100))
def test_any_other_token_is_declined(token: str, tries: int) -> None:
    """What is not known charges nothing."""
    assert answer(token, tries) is Answer.DECLINED


@pytest.mark.parametrize("token", ["", "TOK_APPROVED", " tok_approved", "tok_approved\n", "tok_"])
def test_a_token_has_one_spelling(token: str) -> None:
    """Near misses are declined."""
    assert answer(token, 1) is Answer.DECLINED

"""The simulated payment tokens of the contract: what a simulated gateway answers."""

from __future__ import annotations

import enum

APPROVED = "tok_approved"
DECLINED = "tok_declined"
FLAKY = "tok_flaky"
DOWN = "tok_down"

_FLAKY_FAILURES = 2


class Answer(enum.StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"


def answer(token: str, tries: int) -> Answer:
    """Answer the gateway's behaviour at the ``tries``-th try, counted from 1; an unknown token is declined."""
    if token == DOWN or (token == FLAKY and tries <= _FLAKY_FAILURES):
        return Answer.NO_ANSWER
    if token in {APPROVED, FLAKY}:
        return Answer.APPROVED
    return Answer.DECLINED

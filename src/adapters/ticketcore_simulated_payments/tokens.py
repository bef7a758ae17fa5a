"""The payment tokens of the simulated gateway, and the outcome of a charge with each of them."""

from __future__ import annotations

import enum

APPROVED = "tok_approved"
DECLINED = "tok_declined"
FLAKY = "tok_flaky"
DOWN = "tok_down"
PENDING = "tok_pending"

_FLAKY_FAILURES = 2


class Outcome(enum.StrEnum):
    """The final outcome of a charge."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"


def outcome(token: str, tries: int) -> Outcome | None:
    """Return the outcome of the ``tries``-th try, counted from 1, or ``None`` if it has none.

    ``PENDING`` waits for the buyer, other tokens without an outcome meet a transient error.  An unknown token is declined.
    """
    if token in {DOWN, PENDING} or (token == FLAKY and tries <= _FLAKY_FAILURES):
        return None
    return Outcome.APPROVED if token in {APPROVED, FLAKY} else Outcome.DECLINED

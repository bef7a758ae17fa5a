"""Payment attempts have twelve transitions, and do not show their tokens."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import ATTEMPT, NOW
from ticketcore.domain.attempts import ActionType, AttemptStatus, PaymentAction, Refund
from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.money import Money

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
    ("refunding", "refunding"),
    ("refunding", "captured"),
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


UNTIL = NOW + timedelta(hours=2)
ACTION = PaymentAction(ActionType.QR_CODE, "a secret text")


def test_an_attempt_that_waits_is_polled_at_growing_intervals_until_its_deadline() -> None:
    """The gateway's reference stays, what its buyer has to do is replaced, and the deadline is polled at."""
    attempt, now, seen = ATTEMPT, NOW, list[int]()
    while now < UNTIL:
        attempt = attempt.waiting("ref", ACTION, UNTIL, now)
        assert attempt.poll_at is not None
        assert (attempt.reference, attempt.action, attempt.expires_at, attempt.token) == (
            "ref",
            ACTION,
            UNTIL,
            ATTEMPT.token,
        )
        seen.append((attempt.poll_at - now) // timedelta(minutes=1))
        now = attempt.poll_at
    assert seen == [1, 2, 5, 10, 30, 60, 12]
    assert attempt.polls == len(seen)
    late = attempt.waiting("ref", ACTION, NOW, NOW + timedelta(hours=1))
    assert late.poll_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("status", [AttemptStatus.CAPTURED, AttemptStatus.DECLINED, AttemptStatus.CANCELLING])
def test_an_attempt_that_has_waited_keeps_its_reference_alone(status: AttemptStatus) -> None:
    """The gateway is asked for refunds by it; the action, the deadline and the polling end."""
    ended = ATTEMPT.waiting("ref", ACTION, UNTIL, NOW).to(status)

    assert (ended.reference, ended.action, ended.expires_at, ended.poll_at) == ("ref", None, None, None)
    assert not ended.is_waiting
    assert ATTEMPT.to(status, "another").reference == "another"


def test_refunds_are_made_one_after_the_other() -> None:
    """What is owed meanwhile waits: a refund that may have been made is asked for again, of the same amount."""
    attempt = ATTEMPT.to(AttemptStatus.CAPTURED)
    first = attempt.owing(1000)
    assert first.refund == Refund("an-attempt-0", Money(1000, ATTEMPT.amount.currency))
    both = first.owing(500)
    assert both.refund == first.refund
    second = both.after_refund()
    assert (second.status, second.refund) == (
        AttemptStatus.REFUNDING,
        Refund("an-attempt-1000", Money(500, ATTEMPT.amount.currency)),
    )
    done = second.after_refund()
    assert (done.status, done.refund, done.returned) == (AttemptStatus.CAPTURED, None, 1500)
    rest = done.owing(ATTEMPT.amount.minor - 1500).after_refund()
    assert (rest.status, rest.refund, rest.returned) == (AttemptStatus.REFUNDED, None, ATTEMPT.amount.minor)


@given(st.lists(st.integers(1, 3000), max_size=5), st.lists(st.booleans(), max_size=10))
def test_every_unit_is_returned_once(parts: list[int], finishes: list[bool]) -> None:
    """However refunds and answers of the gateway interleave, ids differ, and what was owed went back in the end."""
    attempt, made = ATTEMPT.to(AttemptStatus.CAPTURED), dict[str, int]()
    left = list(parts)
    for finishes_now in [*finishes, *[True] * 20]:
        if finishes_now and attempt.refund:
            made.setdefault(attempt.refund.id, attempt.refund.amount.minor)
            attempt = attempt.after_refund()
        elif left and attempt.owed + left[0] <= attempt.amount.minor:
            attempt = attempt.owing(left.pop(0))
    assert attempt.refund is None
    assert sum(made.values()) == attempt.owed == attempt.returned


def test_a_refund_of_nothing_is_done_at_once() -> None:
    """An order that cost nothing has no money on its way."""
    free = attrs.evolve(ATTEMPT, amount=Money(0, ATTEMPT.amount.currency)).to(AttemptStatus.CAPTURED)

    assert free.owing(0).status is AttemptStatus.REFUNDED


def test_an_attempt_does_not_show_its_token() -> None:
    """The means of payment and what its buyer pays with stay out of logs."""
    assert "tok_approved" not in repr(ATTEMPT)
    assert "a secret text" not in repr(ATTEMPT.waiting("ref", ACTION, UNTIL, NOW))

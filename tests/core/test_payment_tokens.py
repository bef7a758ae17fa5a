"""Payment tokens: any printable text but the number of a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore.domain.payment_tokens import check


def with_check_digit(digits: str) -> str:
    """Return digits with the one behind them that Luhn's algorithm asks for, found by trying."""
    for last in "0123456789":
        number = digits + last
        doubled = [int(each) * (2 if place % 2 else 1) for place, each in enumerate(reversed(number))]
        if sum(each // 10 + each % 10 for each in doubled) % 10 == 0:
            return number
    raise AssertionError("one of ten digits fits")


cards = st.text("0123456789", min_size=12, max_size=18).map(with_check_digit)


@given(
    card=cards,
    before=st.sampled_from(["", "card ", "pan=", '{"number":"', "é|"]),
    after=st.sampled_from(["", "|12/29|123", '"}', " 12/29"]),
)
def test_the_number_of_a_card_is_refused_wherever_it_stands(card: str, before: str, after: str) -> None:
    """Of 13 to 19 digits with their check digit; the fault does not quote it."""
    fault = check(before + card + after)
    assert fault == "must be a token of the payment gateway, not the number of a card"
    assert card not in repr(fault)


@pytest.mark.parametrize(
    "card", ["4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005", "4111 1111 1111 1111 110"]
)
def test_the_number_of_a_card_is_refused_as_it_is_printed(card: str) -> None:
    """In groups."""
    assert check(card) is not None


@given(card=cards, digit=st.integers(1, 9))
def test_digits_without_their_check_digit_are_no_card(card: str, digit: int) -> None:
    """Luhn's algorithm finds every single wrong digit."""
    assert check(card[:-1] + str((int(card[-1]) + digit) % 10)) is None


@pytest.mark.parametrize(
    "token",
    [
        *("tok_approved", "tok_4111111111111111", "pm_1NXcZ24111111111111111", "a4111111111111111", "411111111112"),
        *("41111111111111111111", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "4111/1111/1111/1111", "0" * 12),
    ],
)
def test_tokens_of_gateways_are_taken(token: str) -> None:
    """Digits within a longer word are part of a token, and others are too few or too many."""
    assert check(token) is None


@pytest.mark.parametrize("token", ["", " ", "a\n", "x" * 201, None, 7])
def test_what_is_no_line_of_text_is_refused(token: object) -> None:
    """As other texts are."""
    assert check(token) is not None

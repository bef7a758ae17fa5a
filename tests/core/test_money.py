"""Money is exact: whole minor units of one currency, never a float."""

from __future__ import annotations

import pickle
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ticketcore.domain.money import DECIMALS, MAX_MINOR_UNITS, Currency, CurrencyMismatch, Money
from ticketcore_testing.strategies import anything, currencies, prices

EUR = Currency("EUR")

NOT_AMOUNTS = [
    "",
    " ",
    "12",
    "12.",
    "12.5",
    "12.500",
    ".50",
    "12,50",
    "1 250.00",
    "1_250.00",
    " 12.50",
    "12.50 ",
    "12.50\n",
    "+12.50",
    "-12.50",
    "1.25e1",
    "0x1.00",
    "NaN",
    "inf",
    "12.5\N{ARABIC-INDIC DIGIT ZERO}",
    "\N{FULLWIDTH DIGIT ONE}2.50",
    "\N{SUPERSCRIPT TWO}2.50",
    "12\N{FULLWIDTH FULL STOP}50",
]


@given(prices)
@example(Money(MAX_MINOR_UNITS, EUR))
@example(Money(MAX_MINOR_UNITS, Currency("JPY")))
def test_an_amount_reads_back_as_the_same_money(money: Money) -> None:
    """What ``amount`` writes, ``parse`` reads, in every currency."""
    assert Money.parse(money.amount, money.currency) == money


@given(prices)
def test_an_amount_is_the_exact_decimal(money: Money) -> None:
    """The text is the minor units shifted by the currency's decimals."""
    exact = Decimal(money.minor).scaleb(-DECIMALS[money.currency])

    assert money.amount == f"{exact:.{DECIMALS[money.currency]}f}"


@given(st.integers(1, MAX_MINOR_UNITS), currencies)
def test_a_negative_amount_is_its_positive_with_a_sign(minor: int, code: Currency) -> None:
    """A debt is written with a minus before the digits, also when it is less than one."""
    assert Money(-minor, code).amount == f"-{Money(minor, code).amount}"


@pytest.mark.parametrize("code", sorted(DECIMALS))
def test_the_number_of_decimals_is_the_currencys(code: Currency) -> None:
    """One decimal more or less than the currency has is refused."""
    decimals = DECIMALS[code]
    whole = {count: "7." + "1" * count if count else "7" for count in (decimals - 1, decimals, decimals + 1)}

    assert Money.parse(whole[decimals], code).minor == int("7" + "1" * decimals)
    for wrong in whole.keys() - {decimals, -1}:
        with pytest.raises(ValueError, match=f"with {decimals} decimals for {code}"):
            Money.parse(whole[wrong], code)


@pytest.mark.parametrize("text", NOT_AMOUNTS)
def test_only_plain_decimals_are_amounts(text: str) -> None:
    """Signs, exponents, spaces, missing decimals and other scripts' digits are refused."""
    with pytest.raises(ValueError, match="must be a decimal string"):
        Money.parse(text, EUR)


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.", "1.0", "1e3", "1_000", " 1", "1\n", "\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_where_there_are_no_decimals_there_is_no_point(text: str) -> None:
    """An amount of yen is digits and nothing else."""
    with pytest.raises(ValueError, match="with 0 decimals for JPY"):
        Money.parse(text, "JPY")


@given(anything | st.text("0123456789."))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Parsing raises nothing but ``ValueError``."""
    with suppress(ValueError):
        assert Decimal(Money.parse(text, EUR).amount) == Decimal(text)


def test_the_largest_amount_is_accepted_and_one_more_refused() -> None:
    """Amounts end at ``MAX_MINOR_UNITS``, whether read or made."""
    assert Money.parse("10000000000000.00", "EUR").minor == MAX_MINOR_UNITS
    with pytest.raises(ValueError, match="too large"):
        Money.parse("10000000000000.01", "EUR")
    with pytest.raises(ValueError, match="must be within"):
        Money(MAX_MINOR_UNITS + 1, EUR)
    with pytest.raises(ValueError, match="must be within"):
        Money(-MAX_MINOR_UNITS - 1, EUR)


def test_a_huge_text_is_refused_at_once() -> None:
    """A million digits are refused by their shape and never become a number."""
    with pytest.raises(ValueError, match="must be a decimal string"):
        Money.parse("9" * 1_000_000 + ".00", EUR)


@pytest.mark.parametrize("minor", [True, False, 12.0, 12.5, "12", Decimal(12), None])
def test_minor_units_are_an_int_and_nothing_else(minor: Any) -> None:
    """A bool, a float and a text are no amounts, whatever they equal."""
    with pytest.raises(TypeError, match="minor must be an int"):
        Money(minor, EUR)


@given(prices, st.integers(0, 100))
def test_times_is_repeated_addition(money: Money, quantity: int) -> None:
    """The price of several is the sum of the prices of each, as an int."""
    small = Money(money.minor // 1000, money.currency)
    total = Money(0, money.currency)
    for _ in range(quantity):
        total += small

    assert small.times(quantity) == total
    assert type(total.minor) is int


def test_currencies_do_not_mix() -> None:
    """Adding euros to yen is a mistake, not a number."""
    with pytest.raises(CurrencyMismatch, match=r"EUR \+ JPY"):
        _ = Money(1, EUR) + Money(1, Currency("JPY"))


def test_money_is_a_value() -> None:
    """Equal amounts of one currency are equal, hash alike, survive pickling and read well."""
    money = Money(1250, EUR)

    assert len({money, Money.parse("12.50", "EUR"), pickle.loads(pickle.dumps(money))}) == 1
    assert money != Money(1250, Currency("USD"))
    assert str(money) == "12.50 EUR"

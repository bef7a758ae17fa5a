"""The currencies are those of ISO 4217, with its decimals."""

from __future__ import annotations

import pytest

from ticketcore.domain.money import DECIMALS, Currency, Money, currency

SPOT_CHECKS = {
    "JPY": 0,
    "KRW": 0,
    "CLP": 0,
    "ISK": 0,
    "VND": 0,
    "XOF": 0,
    "UGX": 0,
    "PYG": 0,
    "BRL": 2,
    "EUR": 2,
    "USD": 2,
    "GBP": 2,
    "CHF": 2,
    "HUF": 2,
    "INR": 2,
    "MGA": 2,
    "MRU": 2,
    "ZWG": 2,
    "BHD": 3,
    "IQD": 3,
    "JOD": 3,
    "KWD": 3,
    "LYD": 3,
    "OMR": 3,
    "TND": 3,
    "CLF": 4,
    "UYW": 4,
}

NOT_CURRENCIES = [
    "",
    "eur",
    "EURO",
    " EUR",
    "EUR ",
    "EU",
    "\N{FULLWIDTH LATIN CAPITAL LETTER E}UR",
    "XXX",
    "XTS",
    "XAU",
    "DEM",
    "ABC",
    "978",
]


@pytest.mark.parametrize(("code", "decimals"), SPOT_CHECKS.items())
def test_decimals_are_those_of_iso_4217(code: str, decimals: int) -> None:
    """Each currency has as many decimals as the standard says."""
    assert DECIMALS[Currency(code)] == decimals


def test_codes_are_three_capital_letters() -> None:
    """No code of the table is misspelt in shape, and none is listed under two numbers of decimals."""
    assert all(len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() for code in DECIMALS)
    assert {number: list(DECIMALS.values()).count(number) for number in (0, 3, 4)} == {0: 17, 3: 7, 4: 2}


@pytest.mark.parametrize("code", NOT_CURRENCIES)
def test_no_other_code_is_a_currency(code: str) -> None:
    """Lower case, old currencies, metals and test codes are refused wherever a currency is expected."""
    with pytest.raises(ValueError, match="must be an ISO 4217 currency code"):
        currency(code)
    with pytest.raises(ValueError, match="must be an ISO 4217 currency code"):
        Money(1, Currency(code))
    with pytest.raises(ValueError, match="must be an ISO 4217 currency code"):
        Money.parse("1.00", code)


def test_the_refusal_of_a_long_code_is_short() -> None:
    """A message repeats only the beginning of the input."""
    with pytest.raises(ValueError, match="must be") as refused:
        currency("E" * 100_000)
    assert len(str(refused.value)) < 100

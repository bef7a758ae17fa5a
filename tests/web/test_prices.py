"""Prices as organisers type them: read in either notation, refused where they can be read in two ways."""

from __future__ import annotations

import pytest

from ticketcore.domain.money import Currency, Money
from ticketcore_texts import languages, render
from ticketcore_web.desk import prices


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("50", "50.00"),
        ("50,00", "50.00"),
        ("50.00", "50.00"),
        ("50,5", "50.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("1.234.567,8", "1234567.80"),
        ("0,00", "0.00"),
        ("007", "7.00"),
        ("1234.50", "1234.50"),
    ],
)
@pytest.mark.parametrize("language", ["en", "pt-BR", "es"])
def test_a_price_is_read_in_either_notation(typed: str, read: str, language: str) -> None:
    """Whatever the language of the page."""
    assert prices.read(typed, "BRL", language) == read
    assert prices.fault(typed, "BRL", language) is None


@pytest.mark.parametrize("typed", ["1.234", "1,234", "999.000"])
def test_a_price_that_can_be_read_in_two_ways_is_refused(typed: str) -> None:
    """With what to write instead, in the notation of the language."""
    assert prices.read(typed, "BRL", "pt-BR") is None
    fault = prices.fault(typed, "BRL", "pt-BR")
    assert fault is not None
    assert render(fault, "pt-BR") == "pode ser lido de duas formas: escreva sem separador de milhares, como 1234,56"


@pytest.mark.parametrize(
    "typed", ["", "x", "5,", ",5", "50,123456", "12.34,50", "1.234,5.0", "1,2,3", "-5", "5e3", "R$ 5", "1" * 40]
)
def test_what_is_no_price_is_refused(typed: str) -> None:
    """With an example."""
    assert prices.read(typed, "BRL", "es") is None
    assert "1234,56" in str(prices.fault(typed, "BRL", "es"))


def test_three_decimals_follow_the_sign_of_the_language() -> None:
    """The other sign may set thousands apart, and is refused."""
    assert prices.read("1,234", "KWD", "pt-BR") == "1.234"
    assert prices.read("1.234", "KWD", "en") == "1.234"
    assert prices.read("1.234", "KWD", "pt-BR") is None


def test_a_currency_without_decimals_has_whole_prices() -> None:
    """Neither sign is one of decimals."""
    assert prices.read("1200", "JPY", "en") == "1200"
    assert prices.read("12.5", "JPY", "en") is None


def test_the_fault_of_an_unknown_currency_is_its_own() -> None:
    """The price is not blamed."""
    assert prices.fault("5", "XXX", "en") is None


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    "price", [Money(1, Currency("BRL")), Money(123456, Currency("KWD")), Money(7, Currency("JPY"))]
)
def test_what_is_written_is_read_again(price: Money, language: str) -> None:
    """In each language, with every number of decimals."""
    assert prices.read(prices.written(price, language), price.currency, language) == price.amount

"""Money: whole minor units of one currency, never a float."""

from __future__ import annotations

import re
from typing import NewType, Self

import attrs
from attrs import field

from ticketcore.domain.texts import InvalidValue, Text

Currency = NewType("Currency", str)

#: Amounts must fit the 64-bit integers of every ledger, with room for sums.
MAX_MINOR_UNITS = 10**15

# ISO 4217:2015, list one (active codes), by number of decimals.
_CODES_BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
          CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
          IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
          MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
          SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG
          YER ZAR ZMW ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

#: Decimals of every active ISO 4217 currency that has minor units.
DECIMALS: dict[Currency, int] = {
    Currency(code): decimals for decimals, codes in _CODES_BY_DECIMALS.items() for code in codes.split()
}


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies were combined."""


def currency(code: str) -> Currency:
    """Return ``code`` as a currency; raise ``InvalidValue`` if ISO 4217 has no such active currency."""
    if not isinstance(code, str) or code not in DECIMALS:
        unknown = f"{code!r:.12}"
        raise InvalidValue(Text("must be an ISO 4217 currency code, such as EUR; there is no %(code)s", code=unknown))
    return Currency(code)


def _whole(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    # bool is an int to isinstance(), and a price of True is a bug.
    if type(value) is not int:
        raise TypeError(f"{attribute.name} must be an int, got {value!r}")
    if abs(value) > MAX_MINOR_UNITS:
        raise ValueError(f"{attribute.name} must be within {MAX_MINOR_UNITS} minor units")


def _known(instance: object, attribute: attrs.Attribute[Currency], value: Currency) -> None:
    currency(value)


@attrs.frozen(order=False)
class Money:
    """An exact amount: ``Money(1250, Currency("EUR"))`` is twelve euro fifty."""

    minor: int = field(validator=_whole)
    currency: Currency = field(validator=_known)

    @classmethod
    def parse(cls, text: str, code: str) -> Self:
        """Read ``"12.50"`` with exactly the currency's number of decimals (ISO 4217), without sign or exponent.

        Raises ``InvalidValue`` for anything else.
        """
        known = currency(code)
        decimals = DECIMALS[known]
        pattern = rf"(0|[1-9][0-9]{{0,15}})\.[0-9]{{{decimals}}}" if decimals else "0|[1-9][0-9]{0,15}"
        if not isinstance(text, str) or not re.fullmatch(pattern, text):
            example = "12." + "0" * decimals if decimals else "12"
            raise InvalidValue(
                Text(
                    'must be a decimal string with %(decimals)s decimals for %(currency)s, such as "%(example)s"',
                    decimals=str(decimals),
                    currency=known,
                    example=example,
                )
            )
        minor = int(text.replace(".", ""))
        if minor > MAX_MINOR_UNITS:
            raise InvalidValue(Text("is too large"))
        return cls(minor, known)

    @property
    def amount(self) -> str:
        """The decimal string that ``parse`` reads: ``"12.50"``."""
        decimals = DECIMALS[self.currency]
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(decimals + 1, "0")
        return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} + {other.currency}")
        return attrs.evolve(self, minor=self.minor + other.minor)

    def times(self, quantity: int) -> Money:
        """Return this amount multiplied by ``quantity``."""
        return attrs.evolve(self, minor=self.minor * quantity)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

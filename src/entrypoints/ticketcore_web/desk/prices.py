"""Prices as people of a language type and read them: with a comma or a point, and with thousands apart."""

from __future__ import annotations

import re

from ticketcore.domain.money import DECIMALS, Currency, Money
from ticketcore.domain.texts import Text

_MAX_DIGITS = 16
_TYPED = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_THOUSANDS = 3
_EXAMPLE = 123456


def written(price: Money, language: str) -> str:
    """Return a price as a field holds it: with the decimal sign of the language, and without thousands apart."""
    return price.amount.replace(".", _decimal_sign(language))


def read(typed: str, currency: str, language: str) -> str | None:
    """Return a price as rules read it, with a point and all decimals of the currency; ``None`` if it cannot be read.

    Where both signs are there, the last one is the decimal sign.  A single sign before three digits may be either one.  It is read
    as the decimal sign only if it is that of the language and the currency has three decimals.
    """
    decimals = DECIMALS.get(Currency(currency))
    bare = "".join(typed.split())
    if decimals is None or not _TYPED.fullmatch(bare) or len(bare) > _MAX_DIGITS + decimals:
        return None
    sign = _sign_of(bare, decimals, language)
    if sign is None:
        return None
    whole, _, fraction = bare.rpartition(sign) if sign else (bare, "", "")
    if len(fraction) > decimals or not _is_whole(whole, sign):
        return None
    digits = re.sub("[.,]", "", whole).lstrip("0") or "0"
    return f"{digits}.{fraction.ljust(decimals, '0')}" if decimals else digits


def fault(typed: str, currency: str, language: str) -> Text | None:
    """Return why a price cannot be read, ``None`` if it can, or the fault is its currency's."""
    decimals = DECIMALS.get(Currency(currency))
    if decimals is None or read(typed, currency, language) is not None:
        return None
    example = written(Money(_EXAMPLE, Currency(currency)), language)
    if _is_ambiguous("".join(typed.split())):
        return Text("can be read in two ways: write it without thousands apart, such as %(example)s", example=example)
    return Text("must be an amount of money, such as %(example)s", example=example)


def _sign_of(bare: str, decimals: int, language: str) -> str | None:
    """Return the decimal sign of an amount, empty if it has none, ``None`` if that cannot be told."""
    signs: list[str] = re.findall("[.,]", bare)
    if not signs:
        return ""
    if len(signs) > 1:
        return "" if len({*signs}) == 1 else signs[-1]
    if not _is_ambiguous(bare) or (decimals == _THOUSANDS and signs[0] == _decimal_sign(language)):
        return signs[0]
    return None


def _is_ambiguous(bare: str) -> bool:
    """Return whether a single sign may set thousands apart as well as decimals."""
    return re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", bare) is not None


def _is_whole(whole: str, sign: str) -> bool:
    """Return whether the digits before the decimal ``sign`` are whole, or apart by thousands with the other sign."""
    other = "[.,]" if not sign else re.escape({".": ",", ",": "."}[sign])
    return re.fullmatch(rf"[0-9]+|[0-9]{{1,3}}(?:{other}[0-9]{{3}})+", whole) is not None


def _decimal_sign(language: str) -> str:
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import, and a service may show no page.

    return formats.decimal_sign(language)

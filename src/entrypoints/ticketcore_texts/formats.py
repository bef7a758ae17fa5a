"""Dates, numbers and money as the readers of a language write them (Unicode CLDR, by way of Babel)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import NumberPattern, format_decimal, get_decimal_symbol, parse_pattern

from ticketcore.domain.money import DECIMALS, Money
from ticketcore_texts.local_time import in_zone

#: English of no country in particular: the day before the month, and 24 hours.
_REGIONS = {"en": "en-GB"}
#: How a date and a time are joined where CLDR has a space alone, behind a year that the time would seem to belong to.
_JOINED = {"pt": "{1}, {0}"}


@cache
def locale(language: str) -> Locale:
    """Return the locale whose formats a language uses."""
    return Locale.parse(region_tag(language), sep="-")


def region_tag(language: str) -> str:
    """Return the tag (BCP 47) of the language with the region whose formats it uses, for programs with formats of their own."""
    return _REGIONS.get(language, language)


def moment(value: datetime, language: str) -> str:
    """Return a time to the second, such as ``1 May 2027, 20:00:00 UTC``."""
    of = locale(language)
    utc = value.astimezone(UTC)
    return _joined(format_date(utc, "long", of), format_time(utc, "long", tzinfo=UTC, locale=of), of)


def day_and_time(value: datetime, timezone: str, language: str) -> str:
    """Return a time in an event's time zone, such as ``Saturday, 1 May 2027, 22:00, America/Sao_Paulo``.

    ``timezone`` is an IANA name.  The time is in UTC if this machine does not know the zone, or it has no year there.
    """
    local, name = in_zone(value, timezone)
    of = locale(language)
    return f"{_joined(format_date(local, 'full', of), f'{local:%H:%M}', of)}, {name}"


def _joined(day: str, time: str, of: Locale) -> str:
    pattern = _JOINED.get(of.language) or str(get_datetime_format("medium", locale=of)).replace("'", "")
    return pattern.replace("{0}", time).replace("{1}", day)


def brief_time(value: datetime, timezone: str, language: str) -> str:
    """Return a time in a time zone, whose name the reader knows, such as ``1 May 2027, 22:00``."""
    local, _ = in_zone(value, timezone)
    of = locale(language)
    return f"{format_date(local, 'medium', of)}, {local:%H:%M}"


def exact_time(value: datetime, timezone: str, language: str) -> str:
    """Return a time to the second in a time zone, whose name the reader knows, such as ``1 May 2027, 22:00:09``."""
    local, _ = in_zone(value, timezone)
    return f"{format_date(local, 'medium', locale(language))}, {local:%H:%M:%S}"


def zoned_time(value: datetime, timezone: str, language: str) -> str:
    """Return a time in a time zone with that zone, such as ``1 May 2027, 22:00, America/Sao_Paulo``."""
    _, name = in_zone(value, timezone)
    return f"{brief_time(value, timezone, language)}, {name}"


def number(value: int, language: str) -> str:
    """Return a whole number, such as ``1,000``."""
    return format_decimal(value, locale=locale(language))


def decimal_sign(language: str) -> str:
    """Return what stands before decimals, such as ``,``."""
    return get_decimal_symbol(locale(language))


def money(value: Money, language: str) -> str:
    """Return an amount with all the decimals that its currency has, such as ``R$45.00``."""
    pattern = _money_pattern(language, DECIMALS[value.currency])
    return str(pattern.apply(Decimal(value.amount), locale(language), currency=value.currency, currency_digits=False))


@cache
def _money_pattern(language: str, decimals: int) -> NumberPattern:
    # CLDR shows no decimals of some currencies that ISO 4217 gives two: an amount must not be rounded.
    pattern = parse_pattern(locale(language).currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals, decimals)
    return pattern


def day_in_parts(value: datetime, timezone: str, language: str) -> dict[str, str]:
    """Return the day of a time in a time zone as a calendar shows it: ``weekday``, ``day``, ``month`` and ``year``."""
    local, _ = in_zone(value, timezone)
    patterns = {"weekday": "EEE", "day": "d", "month": "MMM", "year": "y"}
    return {name: format_date(local, pattern, locale(language)).rstrip(".") for name, pattern in patterns.items()}

"""Rendering texts: the message from the language's catalogue, the values in its formats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ticketcore.domain.money import Money
from ticketcore.domain.texts import LocalTime, Text, fill
from ticketcore_texts.catalogues import ENGLISH, catalogue

_PLAIN = {str, int, float, bool, type(None)}


def render(text: Text, language: str = ENGLISH) -> str:
    """Return a text in a language (``languages``); what its catalogue lacks is in English.

    Raises ``LookupError`` for a language without a catalogue.
    """
    found = catalogue(language)
    if text.plural:
        number = text.values.get(text.counted)
        message = found.ngettext(text.message, text.plural, number if isinstance(number, int) else 0)
    else:
        message = found.gettext(text.message)
    return fill(message, {name: _formatted(value, language) for name, value in text.values.items()})


def rendered(value: Any, language: str = ENGLISH) -> Any:
    """Return a JSON value with every text in it rendered."""
    # Most values are plain, and asking what else they may be takes longer than all of the rest.
    if type(value) in _PLAIN:
        return value
    match value:
        case Text():
            return render(value, language)
        case dict() if _PLAIN.issuperset(map(type, value.values())):
            return value
        case dict() | Mapping():
            return {name: held if type(held) in _PLAIN else rendered(held, language) for name, held in value.items()}
        case list() | tuple():
            return [rendered(held, language) for held in value]
        case _:
            return value


def _formatted(value: object, language: str) -> str:
    match value:
        case Text():
            return render(value, language)
        case str():
            return value
        case tuple():
            return "; ".join(_formatted(each, language) for each in value)
        case _:
            return _with_babel(value, language)


def _with_babel(value: object, language: str) -> str:
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import, and most texts need none of it.

    match value:
        case datetime():
            return formats.moment(value, language)
        case LocalTime():
            return formats.day_and_time(value.moment, value.timezone, language)
        case Money():
            return formats.money(value, language)
        case int():
            return formats.number(value, language)
        case _:
            raise TypeError(f"no format for {type(value).__name__}")

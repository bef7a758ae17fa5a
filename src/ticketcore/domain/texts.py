"""Sentences for people: English with a message id and typed values, so that the edges can render another language.

A catalogue (gettext) is keyed by ``Text.message``; its placeholders are named, such as ``%(available)s``.  ``ticketcore`` itself
knows no language but English: a ``Text`` is the English sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

import attrs


@attrs.frozen
class LocalTime:
    """A time that people read in a zone, an IANA name; where zones are not known it is in UTC."""

    moment: datetime
    timezone: str


class Text(str):
    """An English sentence together with the message id and the values that it was made of.

    Values keep their types (``int``, ``datetime``, ``LocalTime``, ``Money``, other texts, tuples of texts) until an edge formats them.
    Without values the text is its message id.
    """

    message: str
    plural: str
    counted: str
    values: Mapping[str, object]

    __slots__ = ("counted", "message", "plural", "values")

    def __new__(cls, message: str, /, **values: object) -> Self:
        return cls._made(message, "", "", values)

    @classmethod
    def _made(cls, message: str, plural: str, counted: str, values: Mapping[str, object]) -> Self:
        form = plural if plural and values.get(counted) != 1 else message
        text = super().__new__(cls, fill(form, {name: in_english(value) for name, value in values.items()}))
        text.message, text.plural, text.counted, text.values = message, plural, counted, values
        return text

    def with_values(self, **values: object) -> Self:
        """Return the same text with these values."""
        return self._made(self.message, self.plural, self.counted, values)

    def in_zone(self, timezone: str) -> Self:
        """Return the same text with its times, those of texts within it included, in a zone, an IANA name."""
        return self.with_values(**{name: _in_zone(value, timezone) for name, value in self.values.items()})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._made, (self.message, self.plural, self.counted, dict(self.values))


def _in_zone(value: object, timezone: str) -> object:
    match value:
        case datetime():
            return LocalTime(value, timezone)
        case Text():
            return value.in_zone(timezone)
        case tuple():
            return tuple(_in_zone(each, timezone) for each in value)
        case _:
            return value


def plural_text(one: str, many: str, counted: str, /, **values: object) -> Text:
    """Return ``one`` if the value named ``counted`` is 1, else ``many``; other languages have plurals of their own."""
    return Text._made(one, many, counted, values)


class InvalidValue(ValueError):
    """A value that cannot be read; ``text`` says what it must be, and follows the name of a field: "must be …"."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


def fill(message: str, values: Mapping[str, str]) -> str:
    """Return the message with its placeholders filled; as it is without values."""
    return message % values if values else message


def in_english(value: object) -> str:
    """Return a value as it stands in an English sentence."""
    match value:
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d at %H:%M:%S} UTC"
        case LocalTime():
            return in_english(value.moment)
        case tuple():
            return "; ".join(map(in_english, value))
        case _:
            return str(value)

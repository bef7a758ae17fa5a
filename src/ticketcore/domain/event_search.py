"""Searching events: by words of their name and location, whatever their case and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ticketcore.domain import checks
from ticketcore.domain.events import Event
from ticketcore.domain.texts import Text

#: The longest text to search for, in characters.
MAX_LENGTH = 100


def check(value: object) -> Text | None:
    """Check for a text to search for, which may be empty: return the fault, or ``None``."""
    fault = checks.text(value)
    if fault is None and isinstance(value, str) and len(value) > MAX_LENGTH:
        return Text("must be at most %(most)s characters", most=str(MAX_LENGTH))
    return fault


def words_of(text: str) -> Sequence[str]:
    """Return the words of a text, folded as ``matches`` wants them."""
    return _folded(text).split()


def matches(event: Event, words: Sequence[str]) -> bool:
    """Return whether each of the folded words is in the event's name or location, or in a part of these."""
    within = _folded(f"{event.name}\n{event.location}")
    return all(word in within for word in words)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))

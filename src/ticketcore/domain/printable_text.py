"""Texts that people type: names, locations, gates."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from ticketcore.domain.texts import Text

# Control characters, lone surrogates, line and paragraph separators: they break stores, logs and mail headers.
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
# Spaces and format characters show nothing by themselves.
_INVISIBLE = {"Zs", "Cf"}
# Bidirectional overrides and isolates (UAX #9, 3.3) make a text read as another one.
_REORDERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check(most: int, least: int = 1) -> Callable[[object], Text | None]:
    """Return a check for texts of ``least`` to ``most`` characters on one line: it returns the fault, or ``None``."""
    blank = Text("must be a text that is not blank")

    def fault(value: object) -> Text | None:
        if not isinstance(value, str) or not value.strip():
            return blank
        if len(value) < least:
            return Text("must be at least %(least)s characters", least=str(least))
        if len(value) > most:
            return Text("must be at most %(most)s characters", most=str(most))
        categories = {unicodedata.category(character) for character in value}
        if categories & _UNPRINTABLE or _REORDERING & set(value):
            return Text("must not hold control characters or line breaks")
        return None if categories - _INVISIBLE else blank

    return fault

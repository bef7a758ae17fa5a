"""Texts that people type: names, places, gates."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

# Control characters, lone surrogates, line and paragraph separators: they break stores, logs and mail headers.
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
# Spaces and format characters show nothing by themselves.
_INVISIBLE = {"Zs", "Cf"}
# Bidirectional overrides and isolates (UAX #9, 3.3) make a text read as another one.
_REORDERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check(most: int) -> Callable[[object], str | None]:
    """Answer a check for texts of 1 to ``most`` characters on one line: what is wrong, or ``None``."""

    def fault(value: object) -> str | None:
        if not isinstance(value, str) or not value.strip():
            return "must be a text that is not blank"
        if len(value) > most:
            return f"must be at most {most} characters"
        categories = {unicodedata.category(character) for character in value}
        if categories & _UNPRINTABLE or _REORDERING & set(value):
            return "must not hold control characters or line breaks"
        return None if categories - _INVISIBLE else "must be a text that is not blank"

    return fault

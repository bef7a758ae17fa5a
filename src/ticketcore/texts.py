"""Texts that people type: names, places, gates."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

# Control characters, lone surrogates, line and paragraph separators: they break stores, logs and mail headers.
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


def check(most: int) -> Callable[[object], str | None]:
    """Answer a check for texts of 1 to ``most`` characters on one line: what is wrong, or ``None``."""

    def fault(value: object) -> str | None:
        if not isinstance(value, str) or not value.strip():
            return "must be a text that is not blank"
        if len(value) > most:
            return f"must be at most {most} characters"
        if any(unicodedata.category(character) in _UNPRINTABLE for character in value):
            return "must not hold control characters or line breaks"
        return None

    return fault

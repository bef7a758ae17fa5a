"""Texts that people type: names, locations, gates, descriptions."""

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
#: What is shown at most of a text that another program made.
_SHORT = 200


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
        if not _is_printable(value):
            return Text("must not hold control characters or line breaks")
        return None if value.isascii() or {*map(unicodedata.category, value)} - _INVISIBLE else blank

    return fault


def check_lines(most: int) -> Callable[[object], Text | None]:
    """Return a check for texts of at most ``most`` characters on any number of lines, empty ones and tabs included."""

    def fault(value: object) -> Text | None:
        if not isinstance(value, str):
            return Text("must be a string")
        if len(value) > most:
            return Text("must be at most %(most)s characters", most=str(most))
        if not _is_printable(value.replace("\n", "").replace("\t", "")):
            return Text("must not hold control characters except line breaks (LF) and tabs")
        return None

    return fault


def shortened(value: str) -> str:
    """Return a text of another program's as one printable line of at most 200 characters."""
    kept = "".join(each if _is_printable(each) else " " for each in value[:_SHORT])
    return " ".join(kept.split()) or "-"


def _is_printable(value: str) -> bool:
    if value.isascii():
        return value.isprintable()
    return _UNPRINTABLE.isdisjoint(map(unicodedata.category, value)) and _REORDERING.isdisjoint(value)

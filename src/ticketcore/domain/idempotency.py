"""Idempotency keys: secrets of buyers, each of which stands for one order."""

from __future__ import annotations

import re

from ticketcore.domain.texts import Text

#: A short key could be guessed, and with it the order that it stands for.
MIN_LENGTH = 16
MAX_LENGTH = 255

_KEY = re.compile(f"[\x20-\x7e]{{{MIN_LENGTH},{MAX_LENGTH}}}")
FAULT = Text(
    "must be %(least)s to %(most)s printable ASCII characters, such as a random UUID",
    least=str(MIN_LENGTH),
    most=str(MAX_LENGTH),
)


def check(value: object) -> Text | None:
    """Check for an idempotency key: return the fault, or ``None``."""
    return None if isinstance(value, str) and _KEY.fullmatch(value) else FAULT

"""Payment tokens: texts by which a gateway knows a buyer's means of payment, never the means itself."""

from __future__ import annotations

import re

from ticketcore.domain import printable_text
from ticketcore.domain.texts import Text

MAX_LENGTH = 200

_printable = printable_text.check(MAX_LENGTH)
#: Digits that stand alone, in one piece or in the groups that are printed on cards (ISO/IEC 7812: 13 to 19 digits here).
_CARD = re.compile(
    r"(?<![0-9A-Za-z_])"
    r"([0-9]{13,19}|[0-9]{4}([ -])[0-9]{4}\2[0-9]{4}\2[0-9]{1,7}|[0-9]{4}([ -])[0-9]{6}\3[0-9]{5})"
    r"(?![0-9A-Za-z_])"
)


def check(value: object) -> Text | None:
    """Return the fault of a payment token, which does not quote it, or ``None``."""
    fault = _printable(value)
    if fault is None and isinstance(value, str) and _holds_card_number(value):
        return Text("must be a token of the payment gateway, not the number of a card")
    return fault


def _holds_card_number(value: str) -> bool:
    return any(_has_check_digit(re.sub("[ -]", "", found[0])) for found in _CARD.finditer(value))


def _has_check_digit(digits: str) -> bool:
    """Return whether the last digit is that of the Luhn algorithm (ISO/IEC 7812-1, annex B)."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0

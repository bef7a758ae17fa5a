"""Checks of single values: each takes any object and returns its fault, or ``None`` if it has none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ticketcore.domain import timestamps
from ticketcore.domain.refusals import Fault, InvalidRequest
from ticketcore.domain.texts import InvalidValue, Text

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_MAX_TAG = 35

Check = Callable[[object], Text | None]


def whole(most: int) -> Check:
    """Return a check for an int from 1 to ``most``; a bool is none."""

    def check(value: object) -> Text | None:
        if type(value) is not int or not 1 <= value <= most:
            return Text("must be a whole number from 1 to %(most)s", most=str(most))
        return None

    return check


def integer(value: object) -> Text | None:
    """Check for an int of any size; a bool is none."""
    return None if type(value) is int else Text("must be a whole number")


def instance_of(kind: type) -> Check:
    """Return a check for an instance of ``kind``."""

    def check(value: object) -> Text | None:
        return None if isinstance(value, kind) else Text("must be of type %(type)s", type=kind.__name__)

    return check


def language(value: object) -> Text | None:
    """Check for the tag of a language (BCP 47), such as ``pt-BR``."""
    if isinstance(value, str) and len(value) <= _MAX_TAG and _TAG.fullmatch(value):
        return None
    return Text("must be the tag of a language, such as pt-BR")


def text(value: object) -> Text | None:
    """Check for a string of any content."""
    return None if isinstance(value, str) else Text("must be a string")


def readable(read: Callable[[Any], object]) -> Check:
    """Return a check for values that ``read`` accepts."""

    def check(value: object) -> Text | None:
        try:
            read(value)
        except InvalidValue as wrong:
            return wrong.text
        return None

    return check


def optional(check: Check) -> Check:
    """Return a check that admits ``None`` too."""
    return lambda value: None if value is None else check(value)


def date(value: object) -> Text | None:
    """Check for an aware time within the years 1 to 9999 in UTC."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return Text("must be a time with an offset")
    try:
        timestamps.whole_milliseconds(value)
    except OverflowError:
        return Text("must be within the years 1 to 9999 in UTC")
    return None


def cursor(is_name: Callable[[str], object]) -> Check:
    """Return a check for the position at which a page ended: a time, and a text that ``is_name`` admits."""

    def check(value: object) -> Text | None:
        match value:
            case (moment, str() as name) if date(moment) is None and is_name(name):
                return None
            case _:
                return Text("must be where the page before ended")

    return check


def invalid(**faults: Text | None) -> InvalidRequest | None:
    """Return the refusal of the arguments that have faults, or ``None`` if none has one."""
    found = tuple(Fault(name, fault) for name, fault in faults.items() if fault)
    return InvalidRequest(found) if found else None

"""Calls that may be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def attempt(read: Callable[..., T], *given: object) -> tuple[T, None] | tuple[None, ValueError]:
    """Return what a reader returns, or the ``ValueError`` that it raises; any other exception is a bug."""
    try:
        return read(*given), None
    except ValueError as refusal:
        return None, refusal

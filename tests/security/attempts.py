"""Trying what may be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def attempt(read: Callable[..., T], *given: object) -> tuple[T, None] | tuple[None, ValueError]:
    """Answer what a reader answers, or the ``ValueError`` that it refuses with; whatever else it raises is a bug."""
    try:
        return read(*given), None
    except ValueError as refusal:
        return None, refusal

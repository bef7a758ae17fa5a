"""The port of time: nothing else reads a clock."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The current time."""

    __slots__ = ()

    @abstractmethod
    def now(self) -> datetime:
        """Return the current time: aware, in UTC, of whole milliseconds."""

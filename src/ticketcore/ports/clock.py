"""The port of time: the only place where a clock is read."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    __slots__ = ()

    @abstractmethod
    def now(self) -> datetime:
        """Answer the time: aware, in UTC, of whole milliseconds."""

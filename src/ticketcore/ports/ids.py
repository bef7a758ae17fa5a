"""The port of randomness."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Ids(Protocol):
    __slots__ = ()

    @abstractmethod
    def new(self, size: int) -> bytes:
        """Answer ``size`` fresh bytes that nobody can guess."""

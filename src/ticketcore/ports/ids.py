"""The port of randomness, from which ids and secrets are made."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Ids(Protocol):
    """A cryptographically secure random generator."""

    __slots__ = ()

    @abstractmethod
    def new(self, size: int) -> bytes:
        """Return ``size`` fresh bytes that cannot be guessed."""

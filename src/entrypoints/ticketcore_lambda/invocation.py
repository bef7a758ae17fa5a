"""What Lambda and a handler know of each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

Json = dict[str, Any]


class Context(Protocol):
    """What Lambda tells of an invocation, as far as it is used here."""

    __slots__ = ()

    @abstractmethod
    def get_remaining_time_in_millis(self) -> int:
        """Answer the milliseconds until Lambda ends the invocation, 0 if they are over."""


Handler = Callable[[Any, Context], Json]

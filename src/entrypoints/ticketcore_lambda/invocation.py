"""The types of a handler."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

Json = dict[str, Any]


class Context(Protocol):
    """The context of an invocation, as far as handlers use it."""

    __slots__ = ()

    @abstractmethod
    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends the invocation, 0 if that is past."""


Handler = Callable[[Any, Context], Json]

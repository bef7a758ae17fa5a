"""The port that counts the acts of clients against their limits."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from ticketcore.domain.limits import Limit, LimitedAct


class Limits(Protocol):
    """Counts by the rule ``Limit.wait``.  A count may be forgotten at any time: more is accepted then, never less."""

    __slots__ = ()

    @abstractmethod
    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        """Count one act of a client, atomically, and return 0; beyond its limit count nothing and return how long to wait.

        Acts and clients are counted apart; a limit may differ from the one of an earlier call.  Calling it twice counts two
        acts.  Raises ``Unavailable`` if the counts cannot be reached, a second later at most.
        """

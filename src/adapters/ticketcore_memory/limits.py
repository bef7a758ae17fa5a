"""Counts of clients' acts in process."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

import attrs

from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.ports import Limits

MAX_CLIENTS = 10_000


@attrs.define(eq=False)
class MemoryLimits(Limits):
    """Counts for one process.  Of more than ``max_clients`` those are forgotten that were accepted least recently."""

    max_clients: int = MAX_CLIENTS
    _accepted: OrderedDict[tuple[LimitedAct, str], deque[datetime]] = attrs.field(factory=OrderedDict, repr=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        with self._lock:
            accepted = self._accepted.get((act, client), deque())
            wait = limit.wait(accepted, now)
            if not wait:
                self._count(
                    act, client, accepted if accepted.maxlen == limit.amount else deque(accepted, limit.amount), now
                )
            return wait

    def _count(self, act: LimitedAct, client: str, accepted: deque[datetime], now: datetime) -> None:
        accepted.append(now)
        self._accepted[act, client] = accepted
        self._accepted.move_to_end((act, client))
        if len(self._accepted) > self.max_clients:
            self._accepted.popitem(last=False)

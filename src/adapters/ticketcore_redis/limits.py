"""Counts of clients' acts on Redis, shared by all processes: one script, one round trip."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from ticketcore.domain import timestamps
from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.ports import Limits
from ticketcore_redis import key_names
from ticketcore_redis.breaker import Breaker
from ticketcore_redis.connection import RedisServer

_MILLISECOND = timedelta(milliseconds=1)


@attrs.frozen(eq=False)
class RedisLimits(Limits):
    """Counts on a server or a cluster; one that does not respond is not called for a while (``Breaker``)."""

    _server: RedisServer
    _breaker: Breaker = attrs.field(factory=lambda: Breaker("limits"))

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        arguments = (limit.amount, limit.period // _MILLISECOND, timestamps.milliseconds(now))
        with self._breaker.guard():
            wait: int = self._server.run("admit", key_names.limit(act, client), arguments)
        return wait * _MILLISECOND

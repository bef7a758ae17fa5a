"""The limits of each client of a service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.limits import Limit, LimitedAct, client_of
from ticketcore.ports import Clock, Limits


@attrs.frozen(eq=False)
class ClientLimits:
    """Counts the acts of clients by ``counts``, and by those of this process while the former cannot be reached.

    An act without a limit is not counted.
    """

    limits: Mapping[LimitedAct, Limit]
    clock: Clock
    counts: Limits
    counts_of_process: Limits

    def wait(self, act: LimitedAct, address: str) -> timedelta:
        """Count an act of the client at a network address and return 0, or return how long the client has to wait."""
        limit = self.limits.get(act)
        if limit is None:
            return timedelta(0)
        client, now = client_of(address), self.clock.now()
        try:
            return self.counts.admit(act, client, limit, now)
        except Unavailable:
            return self.counts_of_process.admit(act, client, limit, now)

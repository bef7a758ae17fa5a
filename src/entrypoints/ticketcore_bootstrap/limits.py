"""The limits of clients that the settings choose."""

from __future__ import annotations

from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.limits import REFUSED_KEYS, Limit, LimitedAct
from ticketcore.ports import Clock, Limits
from ticketcore_memory import MemoryLimits


def client_limits(
    orders: Limit | None, payments: Limit | None, requests: Limit | None, clock: Clock, counts: Limits | None = None
) -> ClientLimits:
    """Return the limits of a service; without ``counts`` each process counts for itself.

    Refused keys have a limit where requests have one.
    """
    chosen = {
        LimitedAct.ORDER: orders,
        LimitedAct.PAYMENT: payments,
        LimitedAct.REQUEST: requests,
        LimitedAct.REFUSED_KEY: requests and REFUSED_KEYS,
    }
    of_process = MemoryLimits()
    kept = {act: limit for act, limit in chosen.items() if limit is not None}
    return ClientLimits(kept, clock, counts or of_process, of_process)

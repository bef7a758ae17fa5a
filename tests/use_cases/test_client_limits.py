"""The limits of each client of a service."""

from __future__ import annotations

from datetime import datetime, timedelta

from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.ports import Limits
from ticketcore_memory import MemoryLimits, VirtualClock

MINUTE = timedelta(minutes=1)


class LostLimits(Limits):
    """Counts that cannot be reached."""

    def admit(self, act: LimitedAct, client: str, limit: Limit, now: datetime) -> timedelta:
        raise Unavailable("limits", "lost")


def test_without_the_shared_counts_each_process_counts_for_itself() -> None:
    """Nothing is refused because a server is away, and nothing is unlimited either."""
    limits = ClientLimits({LimitedAct.ORDER: Limit(2, MINUTE)}, VirtualClock(), LostLimits(), MemoryLimits())
    waits = [limits.wait(LimitedAct.ORDER, "192.0.2.1") for _ in range(3)]
    assert waits == [timedelta(0), timedelta(0), MINUTE]


def test_processes_share_their_counts() -> None:
    """What one process has accepted counts for the other."""
    shared = MemoryLimits()
    one, two = (
        ClientLimits({LimitedAct.ORDER: Limit(2, MINUTE)}, VirtualClock(), shared, MemoryLimits()) for _ in range(2)
    )
    assert [each.wait(LimitedAct.ORDER, "192.0.2.1") for each in (one, two, one, two)] == [
        *(timedelta(0), timedelta(0)),
        *(MINUTE, MINUTE),
    ]


def test_an_act_without_a_limit_is_not_counted() -> None:
    """It asks nothing of the counts."""
    limits = ClientLimits({}, VirtualClock(), LostLimits(), LostLimits())
    assert limits.wait(LimitedAct.REQUEST, "192.0.2.1") == timedelta(0)


def test_a_process_remembers_a_bounded_number_of_clients() -> None:
    """Those are forgotten that were accepted least recently: no flood of addresses fills the memory."""
    counts = MemoryLimits(max_clients=2)
    one, now = Limit(1, MINUTE), VirtualClock().now()
    for client in ("a", "b", "c"):
        counts.admit(LimitedAct.ORDER, client, one, now)
    assert [counts.admit(LimitedAct.ORDER, client, one, now) for client in ("c", "b", "a")] == [
        *(MINUTE, MINUTE),
        timedelta(0),
    ]

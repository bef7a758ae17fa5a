"""Agreement of limits: all adapters admit the same acts, and name the same waits for the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.ports import Limits
from ticketcore_testing.samples import NOW

_PERIOD = timedelta(seconds=10)
_pauses = st.sampled_from([0, 0, 0, 1, 1_000, 2_500, 9_999, 10_000, 10_001, -1, -3_000])


class LimitsAgree(RuleBasedStateMachine):
    """One history of acts, counted by every adapter.  ``open_limits`` returns the adapters by their names."""

    def __init__(self, open_limits: Callable[[], Mapping[str, Limits]]) -> None:
        super().__init__()
        self.limits = open_limits()
        self.now = NOW

    @rule(milliseconds=_pauses)
    def pass_time(self, milliseconds: int) -> None:
        """Let time pass, or go on with a process whose clock is behind."""
        self.now += timedelta(milliseconds=milliseconds)

    @rule(act=st.sampled_from(LimitedAct), client=st.sampled_from(["192.0.2.1", "::/64"]), amount=st.integers(1, 4))
    def admit(self, act: LimitedAct, client: str, amount: int) -> None:
        """Count an act against a limit, which may be another one than before."""
        limit = Limit(amount, _PERIOD)
        waits = {name: limits.admit(act, client, limit, self.now) for name, limits in self.limits.items()}
        assert len(set(waits.values())) == 1, waits

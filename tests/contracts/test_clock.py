"""Every clock keeps the contract of its port."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.ports import Clock
from ticketcore_memory import SystemClock, VirtualClock
from ticketcore_testing.contracts.clock import ClockContract


class TestClock(ClockContract):
    """The machine's clock, and one that a test moves."""

    @pytest.fixture(params=[SystemClock, VirtualClock])
    def clock(self, request: pytest.FixtureRequest) -> Clock:
        """Answer one."""
        made: Clock = request.param()
        return made


def test_a_virtual_clock_stands_until_it_is_moved() -> None:
    """Whoever has it says when time passes."""
    clock = VirtualClock()
    before = clock.now()
    assert clock.now() == before
    clock.move(timedelta(seconds=1))
    assert clock.now() == before + timedelta(seconds=1)

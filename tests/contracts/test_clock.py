"""Every clock passes the suite of its port."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.ports import Clock
from ticketcore_memory import SystemClock, VirtualClock
from ticketcore_testing.contracts.clock import ClockContract


class TestClock(ClockContract):
    """The system's clock, and one that a test advances."""

    @pytest.fixture(params=[SystemClock, VirtualClock])
    def clock(self, request: pytest.FixtureRequest) -> Clock:
        """Return a clock."""
        made: Clock = request.param()
        return made


def test_a_virtual_clock_stands_until_it_is_moved() -> None:
    """Its time changes only when a test advances it."""
    clock = VirtualClock()
    before = clock.now()
    assert clock.now() == before
    clock.move(timedelta(seconds=1))
    assert clock.now() == before + timedelta(seconds=1)

"""Contract suite of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ticketcore.ports import Clock


class ClockContract:
    """Hold ``Clock`` to its contract; override ``clock``."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Return a clock: the one fixture to override."""
        raise NotImplementedError("override clock")

    def readings(self, clock: Clock) -> list[datetime]:
        return [clock.now() for _ in range(1000)]

    def test_times_are_in_utc(self, clock: Clock) -> None:
        """Times are aware, with an offset of zero."""
        assert {now.utcoffset() for now in self.readings(clock)} == {timedelta(0)}

    def test_times_are_of_whole_milliseconds(self, clock: Clock) -> None:
        """Every store keeps milliseconds and nothing finer."""
        assert {now.microsecond % 1000 for now in self.readings(clock)} == {0}

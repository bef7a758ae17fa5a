"""What the port of time promises."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ticketcore.ports import Clock


class ClockContract:
    """Hold ``Clock`` to its contract; override ``clock``."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Answer a clock: the one fixture to override."""
        raise NotImplementedError("override clock")

    def looks(self, clock: Clock) -> list[datetime]:
        """Answer what the clock says when it is looked at often."""
        return [clock.now() for _ in range(1000)]

    def test_times_are_in_utc(self, clock: Clock) -> None:
        """Aware, and without an offset."""
        assert {now.utcoffset() for now in self.looks(clock)} == {timedelta(0)}

    def test_times_are_of_whole_milliseconds(self, clock: Clock) -> None:
        """The grain that every store keeps."""
        assert {now.microsecond % 1000 for now in self.looks(clock)} == {0}

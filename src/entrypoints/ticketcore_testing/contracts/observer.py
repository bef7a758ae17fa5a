"""What the port of the observer promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings

from ticketcore.ports import Act, Observer, Occurrence
from ticketcore_testing.samples import new_order_id
from ticketcore_testing.strategies import occurrences


class ObserverContract:
    """Hold ``Observer`` to its contract; override ``observer``.  What it does with what it is told is its own affair."""

    @pytest.fixture
    def observer(self) -> Observer:
        """Answer an observer: the one fixture to override."""
        raise NotImplementedError("override observer")

    def test_it_takes_whatever_it_is_told(self, observer: Observer) -> None:
        """Any act with any outcome, about an order or none, and it has no say in it."""

        @settings(deadline=None)  # Logs may be written to a disk.
        @given(occurrence=occurrences)
        def takes(occurrence: Occurrence) -> None:
            observer.observe(occurrence)

        takes()

    @pytest.mark.parametrize("act", list(Act))
    def test_it_may_be_told_twice(self, observer: Observer, act: Act) -> None:
        """Any act."""
        occurrence = Occurrence(act, "done", new_order_id())
        observer.observe(occurrence)
        observer.observe(occurrence)

    def test_it_may_be_told_by_several_threads(self, observer: Observer) -> None:
        """They do not wait for each other's occurrences."""
        told = [Occurrence(Act.WORK, "done", new_order_id()) for _ in range(200)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(observer.observe, told))

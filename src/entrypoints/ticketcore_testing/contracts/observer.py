"""Contract suite of the observer."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings

from ticketcore.ports import Act, Observer, Occurrence
from ticketcore_testing.concurrency import all_at_once
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import new_order_id
from ticketcore_testing.strategies import occurrences


class ObserverContract:
    """Hold ``Observer`` to its contract; override ``observer``.  The suite does not look at what an observer records."""

    @pytest.fixture
    def observer(self) -> Observer:
        """Return an observer: the one fixture to override."""
        raise NotImplementedError("override observer")

    def test_every_occurrence_is_accepted(self, observer: Observer) -> None:
        """Any act with any outcome, with an order or without one, raises nothing."""

        @settings(deadline=None)  # Logs may be written to a disk.
        @given(occurrence=occurrences)
        def accepted(occurrence: Occurrence) -> None:
            observer.observe(occurrence)

        accepted()

    @pytest.mark.parametrize("act", list(Act))
    def test_a_repeated_occurrence_is_accepted(self, observer: Observer, act: Act) -> None:
        """The same occurrence twice raises nothing, whatever the act."""
        occurrence = Occurrence(act, "done", new_order_id())
        observer.observe(occurrence)
        observer.observe(occurrence)

    def test_several_threads_may_observe(self, observer: Observer) -> None:
        """Four threads at once raise nothing."""
        all_at_once([partial(_observe_often, observer)] * 4)

    def test_two_calls_are_atomic(self, observer: Observer) -> None:
        """A call that interrupts another one makes neither raise."""

        def race() -> Race:
            return Race.of_one(lambda: observer.observe(Occurrence(Act.WORK, "done", new_order_id())), lambda: None)

        assert_atomic(observer, race)


def _observe_often(observer: Observer) -> None:
    for _ in range(50):
        observer.observe(Occurrence(Act.WORK, "done", new_order_id()))

"""Many callers at one counter."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from ticketcore.ports import Take, Taken, TooFew
from ticketcore_testing.contracts.inventory.base import Counted, CountedContract
from ticketcore_testing.samples import NOW

CALLERS = 16


class RacingContract(CountedContract):
    """Take the last places."""

    def test_the_last_places_are_taken_once(self, counted: Counted) -> None:
        """Of sixteen callers for ten places ten take one, and six hear that there is none."""
        start = threading.Barrier(CALLERS)

        def take(_: int) -> Take:
            start.wait(30)
            return counted.inventory.take(counted.wanted(), NOW)

        with ThreadPoolExecutor(CALLERS) as pool:
            answers = list(pool.map(take, range(CALLERS)))
        assert answers.count(Taken()) == 10
        assert answers.count(TooFew(0)) == CALLERS - 10
        assert counted.free() == 0

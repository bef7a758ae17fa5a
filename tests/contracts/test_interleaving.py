"""The search for interleavings finds every check that is separate from its write, and accepts what a lock protects."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable

import attrs
import pytest

from tests.wrong.lockless import NO_LOCK
from ticketcore_testing.concurrency import all_at_once, frequent_switches, rounds
from ticketcore_testing.interleaving import Race, assert_atomic


@attrs.define(eq=False)
class Places:
    """One place, which can be taken once."""

    lock: threading.Lock = attrs.field(factory=threading.Lock)
    free: int = 1

    def take(self) -> bool:
        with self.lock:
            if self.free == 0:
                return False
            self.free -= 1
            return True

    def take_in_two_steps(self) -> bool:
        with self.lock:
            is_free = self.free > 0
        with self.lock:
            self.free -= is_free
        return is_free

    def fail_if_taken_meanwhile(self) -> None:
        before = self.free
        self.take()
        if self.free != before - 1:
            raise RuntimeError("taken meanwhile")


def race_of(
    take: Callable[[Places], object], lock: Callable[[], threading.Lock] = threading.Lock
) -> Callable[[], Race]:
    def race() -> Race:
        places = Places(lock())
        return Race.of_one(lambda: take(places), lambda: places.free)

    return race


def test_a_call_under_a_lock_is_atomic() -> None:
    """The other call waits for the lock at every pause of the first one."""
    assert_atomic(Places(), race_of(Places.take))


def test_a_call_without_a_lock_is_found() -> None:
    """The report has the place of the interruption and both outcomes that would have been right."""
    with pytest.raises(AssertionError) as raised:
        assert_atomic(Places(), race_of(Places.take, lambda: NO_LOCK))
    message = str(raised.value)
    assert f"interrupted at {__file__}:" in message
    # Which of the two lost updates is found first depends on the instructions of the interpreter.
    assert re.search(r"\(True, True, (-1|0)\) is neither \(True, False, 0\) nor \(False, True, 0\)", message)


def test_a_call_that_releases_its_lock_meanwhile_is_found() -> None:
    """Separate locks around the check and the write are not enough."""

    def search() -> None:
        # On a busy machine the other call may not come to its end while the first one is paused.
        for _ in range(5):
            assert_atomic(Places(), race_of(Places.take_in_two_steps))

    with pytest.raises(AssertionError, match="interrupted at"):
        search()


def test_either_call_is_interrupted() -> None:
    """A fault of the second call is found, too."""

    def race() -> Race:
        places = Places()
        return Race(places.take, places.take_in_two_steps, lambda: places.free)

    with pytest.raises(AssertionError, match="interrupted at"):
        assert_atomic(Places(), race)


def test_an_error_says_where_the_call_was_interrupted() -> None:
    """An exception of a call is raised with a note."""

    def race() -> Race:
        places = Places(free=9)
        return Race(places.fail_if_taken_meanwhile, places.take, lambda: places.free)

    with pytest.raises(RuntimeError) as raised:
        assert_atomic(Places(), race)
    assert any(note.startswith("interrupted at") for note in raised.value.__notes__)


def test_only_packages_of_the_adapter_are_interrupted() -> None:
    """Code of other packages is not traced."""
    assert_atomic(object(), race_of(Places.take_in_two_steps))


def test_the_trace_function_of_a_thread_is_restored() -> None:
    """A debugger or a coverage measurement continues afterwards."""
    before = sys.gettrace()
    assert_atomic(Places(), race_of(Places.take))
    assert sys.gettrace() is before


def test_the_switch_interval_is_restored() -> None:
    """It is restored after an error, too."""
    before = sys.getswitchinterval()
    with frequent_switches():
        assert sys.getswitchinterval() < before
    with pytest.raises(ZeroDivisionError), frequent_switches():
        _ = 1 // 0
    assert sys.getswitchinterval() == before


def test_calls_start_together_and_return_in_their_order() -> None:
    """Each call waits until all have begun."""
    begun = threading.Barrier(8)

    def call(number: int) -> int:
        begun.wait(10)
        return number

    assert all_at_once([lambda number=number: call(number) for number in range(8)]) == list(range(8))  # type: ignore[misc]  # Bound at once.


def test_an_error_of_a_call_is_raised() -> None:
    """It is raised when all calls have ended."""
    with pytest.raises(ZeroDivisionError):
        all_at_once([lambda: 1 // 1, lambda: 1 // 0])


def test_quick_rounds_are_all_run() -> None:
    """Slow rounds end after a second, and the first one always runs."""
    assert list(rounds(20)) == list(range(20))
    slow = rounds(20)
    next(slow)
    time.sleep(1)
    assert list(slow) == []

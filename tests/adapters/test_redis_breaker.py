"""The circuit breaker in front of Redis: calls do not wait for a server that does not respond."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from tests.adapters.counters import Counted, counting
from tests.servers.redis import RedisServer, serve
from tests.servers.redis_programs import any_program
from ticketcore.domain.errors import Unavailable
from ticketcore_redis.breaker import FAILURES, PAUSE_SECONDS, Breaker

_THREADS = 16


@attrs.define
class Guarded:
    """A breaker with a clock that is set by hand, and a server behind it that responds or not."""

    seconds: float = 1000.0
    answers: bool = False
    asked: int = 0
    breaker: Breaker = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.breaker = Breaker("inventory", lambda: self.seconds)

    def call(self) -> str | None:
        """Call the server through the breaker; return the reason if it was unavailable."""
        try:
            with self.breaker.guard():
                self.asked += 1
                self._ask()
        except Unavailable as failure:
            return failure.reason
        return None

    def _ask(self) -> None:
        if not self.answers:
            raise Unavailable("inventory", "no answer")

    def fail(self, times: int) -> None:
        for _ in range(times):
            assert self.call() == "no answer"


REFUSED = "not called after failures in a row"


def test_it_opens_after_failures_in_a_row() -> None:
    """From then on calls fail without reaching the server."""
    guarded = Guarded()
    guarded.fail(FAILURES)
    assert [guarded.call() for _ in range(5)] == [REFUSED] * 5
    assert guarded.asked == FAILURES


def test_an_answer_in_between_keeps_it_closed() -> None:
    """Only failures in a row count."""
    guarded = Guarded()
    for _ in range(3):
        guarded.fail(FAILURES - 1)
        guarded.answers = True
        assert guarded.call() is None
        guarded.answers = False
    assert guarded.asked == 3 * FAILURES


def test_other_exceptions_are_no_failures_of_the_server() -> None:
    """A bug is passed on and does not open it."""
    guarded = Guarded(answers=True)
    for _ in range(FAILURES):
        with pytest.raises(KeyError), guarded.breaker.guard():
            raise KeyError
    assert guarded.call() is None


def test_one_call_tries_after_the_pause() -> None:
    """Only one call is let through; if it fails, the next pause begins."""
    guarded = Guarded()
    guarded.fail(FAILURES)
    guarded.seconds += PAUSE_SECONDS - 0.001
    assert guarded.call() == REFUSED
    for _ in range(3):
        guarded.seconds += PAUSE_SECONDS
        assert guarded.call() == "no answer"
        assert guarded.call() == REFUSED


def test_it_closes_on_an_answer() -> None:
    """All calls are let through again, and as many failures as at first open it."""
    guarded = Guarded()
    guarded.fail(FAILURES)
    guarded.seconds += PAUSE_SECONDS
    guarded.answers = True
    assert [guarded.call() for _ in range(5)] == [None] * 5
    guarded.answers = False
    guarded.fail(FAILURES)
    assert guarded.call() == REFUSED


def test_others_do_not_wait_for_the_one_that_tries() -> None:
    """While the trial call waits for a response, calls of other threads fail; one that hangs is followed by another."""
    guarded = Guarded()
    guarded.fail(FAILURES)
    guarded.seconds += PAUSE_SECONDS
    trying, answered = threading.Event(), threading.Event()

    def try_long() -> None:
        with guarded.breaker.guard():
            trying.set()
            assert answered.wait(60)

    with ThreadPoolExecutor(_THREADS) as threads:
        attempt = threads.submit(try_long)
        assert trying.wait(60)
        assert {each.result() for each in [threads.submit(guarded.call) for _ in range(_THREADS)]} == {REFUSED}
        guarded.seconds += PAUSE_SECONDS
        assert guarded.call() == "no answer"
        answered.set()
        attempt.result()
    guarded.answers = True
    assert guarded.call() is None


def test_one_of_many_threads_tries() -> None:
    """Of calls at the instant at which the pause ends only one is let through."""
    guarded = Guarded()
    guarded.fail(FAILURES)
    guarded.seconds += PAUSE_SECONDS
    together = threading.Barrier(_THREADS)

    def call() -> str | None:
        together.wait()
        return guarded.call()

    with ThreadPoolExecutor(_THREADS) as threads:
        reasons = [each.result() for each in [threads.submit(call) for _ in range(_THREADS)]]
    assert sorted(map(str, reasons)) == ["no answer"] + [REFUSED] * (_THREADS - 1)


# A real server


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Yield a server of this test alone."""
    with serve(any_program()) as server:
        yield server


def why(counted: Counted) -> str | None:
    """Take a place and return the reason of ``Unavailable``."""
    try:
        counted.take()
    except Unavailable as failure:
        return failure.reason
    return None


def test_a_paused_server_is_waited_for_a_few_times(server: RedisServer) -> None:
    """The first calls time out, later ones are not made, and after the pause one reaches the resumed server."""
    seconds = [1000.0]
    inventory = attrs.evolve(counting(server.url), breaker=Breaker("inventory", lambda: seconds[0]))
    counted = Counted(inventory)
    server.pause()
    assert [why(counted) for _ in range(FAILURES + 3)] == ["no answer in time"] * FAILURES + [REFUSED] * 3
    seconds[0] += PAUSE_SECONDS
    assert [why(counted) for _ in range(2)] == ["no answer in time", REFUSED]
    server.resume()
    assert why(counted) == REFUSED
    seconds[0] += PAUSE_SECONDS
    assert [why(counted) for _ in range(2)] == [None, None]


def test_many_threads_at_a_paused_server_come_back(server: RedisServer) -> None:
    """Each call raises ``Unavailable``; none hangs or fails otherwise, and all work again afterwards."""
    seconds = [1000.0]
    inventory = attrs.evolve(counting(server.url), breaker=Breaker("inventory", lambda: seconds[0]))
    counted = [Counted(inventory) for _ in range(_THREADS)]
    server.pause()
    with ThreadPoolExecutor(_THREADS) as threads:
        assert set(threads.map(why, counted * 4)) == {"no answer in time", REFUSED}
        server.resume()
        seconds[0] += PAUSE_SECONDS
        assert why(counted[0]) is None
        assert set(threads.map(why, counted * 2)) == {None}

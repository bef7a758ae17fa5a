"""A sample of what ``real.py`` plays in full, so that it stays fit to be played."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crashes.enumeration import Client, Staging, enumerate_crashes, play
from tests.crashes.killing import DEADLY, Strike, Way
from tests.crashes.laws import in_the_end
from tests.crashes.memory import on_memory
from tests.crashes.servers import on_servers
from tests.crashes.stories import STORIES


@pytest.fixture(scope="module")
def staging(postgres_server: str, redis_url: str) -> Iterator[Staging]:
    """Yield stages on real servers."""
    with on_servers(postgres_server, redis_url) as stages:
        yield stages


def test_no_kill_breaks_a_law(staging: Staging) -> None:
    """Before and after each call of a port, whether or not the client comes back."""
    for at, run in enumerate_crashes(staging, "cancel", DEADLY):
        assert not run.violations, "\n".join([at, *run.violations])


def test_a_lock_dies_with_its_holder(staging: Staging) -> None:
    """Whoever is killed while the event is locked keeps nobody from locking it."""
    strike = Strike(play(on_memory, "raise the capacity", None).calls.index("events.locked") + 1, Way.AFTER)
    assert not play(staging, "raise the capacity", strike, Client.REPEATS).violations


@pytest.mark.parametrize("name", ["work on several", "sweep by a function"])
def test_real_parts_are_called_as_those_of_memory(staging: Staging, name: str) -> None:
    """The points at which a process may die are the same."""
    assert play(staging, name, None).calls == play(on_memory, name, None).calls


def test_what_a_killed_process_leaves_is_found(staging: Staging) -> None:
    """Without recovery the laws are broken: the money is taken, and nobody works on the order."""
    call = play(on_memory, "work", None).calls.index("payment_gateway.charge") + 1
    with staging() as stage:
        STORIES["work"].begin(stage.desk())
        assert stage.perform("work", Strike(call, Way.AFTER)).died
        broken = "\n".join(in_the_end(stage.desk(), stage.books, STORIES["work"]))
    assert "money was kept 1 times for 0 paid orders" in broken
    assert "1 in flight" in broken

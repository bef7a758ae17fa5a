"""The scripts on Redis: one round trip each, declared keys only, bounded work, loaded again when the server has lost them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import resources

import pytest
from redis import Redis

from tests.adapters.counters import Counted, counting, now, raw
from ticketcore.domain import timestamps
from ticketcore_redis.connection import _SCRIPTS
from ticketcore_redis.key_names import Keys
from ticketcore_testing.samples import OPEN, free_places, new_show

#: Commands that scripts may call: their work does not grow with the reservations of an event.
CALLS = {
    *("EXISTS", "TYPE", "GET", "SET", "INCRBY", "DECRBY", "DEL", "PEXPIRE", "PEXPIREAT"),
    *("LINDEX", "RPUSH", "LTRIM"),
    *("HSET", "HMGET", "HINCRBY", "ZADD", "ZREM", "ZSCORE", "ZRANGEBYSCORE", "ZREMRANGEBYSCORE"),
}


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    """Yield a client that reads the keys."""
    with raw(redis_url) as client:
        yield client


@pytest.fixture
def counted(redis_url: str) -> Counted:
    """Return a new event with a counter."""
    return Counted(counting(redis_url))


# Round trips and work


def commands(client: Redis, act: Callable[[], object]) -> list[tuple[str, str]]:
    """Yield the commands that the server runs within the block, each with its source: ``tcp`` or ``lua``."""
    with client.monitor() as monitor:  # type: ignore[no-untyped-call]  # redis-py has no types here.

        def until(mark: str) -> list[tuple[str, str]]:
            client.echo(mark)
            seen = []
            while (command := monitor.next_command() or {})["command"] != f"ECHO {mark}":
                seen.append((command["client_type"], command["command"].split()[0]))
            return seen

        until("begin")
        act()
        return until("end")


def test_every_call_is_one_round_trip(client: Redis, counted: Counted) -> None:
    """A call sends one command, but for the first on a connection."""
    wanted = counted.take()
    calls: list[Callable[[], object]] = [
        lambda: counted.inventory.take(counted.wanted(), now()),
        lambda: counted.inventory.take(counted.wanted(10), now()),
        lambda: counted.sync(wanted.order_id, counted.availability(2, 9)),
        lambda: counted.inventory.reset(counted.availability(2, 9), OPEN, now()),
        counted.free,
        counted.inventory.check,
    ]
    for call in calls:
        call()
    for call in calls:
        assert [name for who, name in commands(client, call) if who == "tcp"] == ["EVALSHA"]


def test_a_page_of_events_is_read_in_one_go(client: Redis, counted: Counted) -> None:
    """For many events it sends one command."""
    events = [counted.event.id] * 50
    free_places(counted.inventory, events, now())
    seen = commands(client, lambda: free_places(counted.inventory, events, now()))
    assert [name for who, name in seen if who == "tcp"] == ["EVALSHA"]


def test_work_does_not_grow_with_the_reservations(client: Redis, counted: Counted) -> None:
    """A take, a sync and a read run as many commands with ten reservations as with five thousand."""

    def works() -> list[int]:
        wanted = counted.wanted()
        calls = [
            lambda: counted.inventory.take(wanted, now()),
            lambda: counted.sync(wanted.order_id, counted.availability(2, 10)),
            lambda: counted.inventory.take(counted.wanted(99), now()),
            counted.free,
        ]
        return [len(commands(client, call)) for call in calls]

    counted.free()
    deadlines = counted.keys(counted.wanted())[3]
    deadline = timestamps.milliseconds(counted.wanted().expires_at)
    client.zadd(deadlines, {f"order-{number}": deadline for number in range(10)})
    few = works()
    client.zadd(deadlines, {f"order-{number}": deadline for number in range(5_000)})
    assert works() == few


# Scripts


@pytest.mark.parametrize("name", _SCRIPTS)
def test_a_script_says_what_it_does(name: str) -> None:
    """Its first line has keys checked by a cluster; its head names keys, arguments, answers, changes and work."""
    first, *head = _script(name).partition("\n\n")[0].splitlines()
    assert re.fullmatch(r"#!lua( flags=[a-z-]+)?", first)
    assert [word for line in head if (word := line[3:].partition(" ")[0]) and line[3:4].isupper()][1:6]
    for word in ("KEYS", "ARGV", "Returns", "Changes", "Work"):
        assert any(line.startswith(f"-- {word} ") for line in head), word


@pytest.mark.parametrize("name", _SCRIPTS)
def test_a_script_touches_declared_keys_only(name: str) -> None:
    """Each command is one that is cheap, on a key that was passed in."""
    script = _script(name)
    declared = re.search(r"local (.+) = unpack\(KEYS\)|local function read\((.+)\)\n", script)
    assert declared is not None
    keys = {*(declared[1] or declared[2]).split(", ")}
    loops = ("for _, key in ipairs({available, counter, flights, deadlines})", "for key, kind in pairs({[available] =")
    if any(loop in script for loop in loops):
        keys.add("key")
    called = re.findall(r"redis\.call\('(\w+)', (\w+)", script)
    assert len(called) == script.count("redis.") > 0
    assert {command for command, _ in called} <= CALLS
    assert {key for _, key in called} <= keys


@pytest.mark.parametrize("number", range(3))
def test_what_stands_under_a_key_of_ours_is_removed_by_a_reset(counted: Counted, client: Redis, number: int) -> None:
    """Meanwhile other events are read and counted as usual."""
    other = Counted(counted.inventory)
    key = Keys(clustered=False).event(counted.event.id)[number]
    client.delete(key)
    client.rpush(key, "something else")

    found = free_places(counted.inventory, [counted.event.id, other.event.id], now())
    assert found[other.event.id] == 10
    assert found.get(counted.event.id) in {None, 10}

    counted.inventory.reset(counted.availability(6, 7), OPEN, now())
    counted.take(6)
    assert free_places(counted.inventory, [counted.event.id], now()) == {counted.event.id: 1}


def _script(name: str) -> str:
    return (resources.files("ticketcore_redis") / "scripts" / f"{name}.lua").read_text("utf-8")


def test_scripts_are_loaded_again(client: Redis, counted: Counted) -> None:
    """They are sent again to a server that has lost them, for a single call and for a page of events."""
    events = [counted.event.id, new_show().id]
    for call in (counted.take, lambda: free_places(counted.inventory, events, now())):
        call()
        client.script_flush()
        call()
    assert counted.free() == 6 + 2

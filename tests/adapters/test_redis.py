"""The Redis adapter beyond its port's contract: its keys, any id, any server, few connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest
from redis import Redis, RedisCluster

from tests.adapters.counters import WEEK, Counted, assert_it_counts, counting, now, raw, raw_cluster
from tests.servers.redis import running_tls_redis, serve
from tests.servers.redis_programs import binaries, can_do_tls
from ticketcore.domain import timestamps
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.ports import Taken, Unknown
from ticketcore_redis import RedisInventory
from ticketcore_redis.connection import _CONNECTIONS
from ticketcore_testing.samples import OPEN, STRANGE_IDS, free_places, new_reservation, new_show

BINARIES = binaries()
TLS_PROGRAMS = {can_do_tls(program): program for program in BINARIES.values()}


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    """Yield a client that reads the keys."""
    with raw(redis_url) as client:
        yield client


@pytest.fixture
def counted(redis_url: str) -> Counted:
    """Return a new event with a counter."""
    return Counted(counting(redis_url))


# Keys


def test_keys_are_those_of_the_contract(client: Redis, counted: Counted) -> None:
    """The free places are a number; a reservation is a hash that ends at its deadline."""
    wanted = counted.take(3)
    assert client.get(f"event:{counted.event.id}:available") == "7"
    deadline = timestamps.milliseconds(wanted.expires_at)
    reservation = f"reservation:{wanted.order_id}"
    assert client.hgetall(reservation) == {
        "eventId": counted.event.id,
        "quantity": "3",
        "expiresAt": str(deadline),
    }
    assert client.pexpiretime(reservation) == deadline


def test_a_reservation_is_gone_when_it_is_none_any_more(client: Redis, counted: Counted) -> None:
    """A sync of a reservation that is held keeps its key, any other sync deletes it, with a counter or without."""
    first, second = counted.take(), counted.take()
    counted.sync(first.order_id, counted.availability(2, 9))
    assert client.exists(f"reservation:{first.order_id}")
    counted.sync(first.order_id, None, keep=False)
    assert not client.exists(f"reservation:{first.order_id}")
    counted.inventory.drop(counted.event.id)
    counted.sync(second.order_id, None, keep=False)
    assert not client.exists(f"reservation:{second.order_id}")


def test_every_key_has_an_end(client: Redis, counted: Counted) -> None:
    """After every step each key of the event lives a week at most, and at least until now."""

    def lives() -> list[int]:
        return [client.pttl(key) for key in client.scan_iter(f"*{counted.event.id}*", count=10_000)]

    found = [lives()]
    wanted = counted.take()
    found += [lives(), [client.pttl(f"reservation:{wanted.order_id}")]]
    counted.sync(wanted.order_id, counted.availability(2, 9))
    found.append(lives())
    counted.inventory.reset(counted.availability(3, 9), OPEN, now())
    found.append(lives())
    assert [len(each) for each in found] == [2, 4, 1, 3, 3]
    assert all(0 < life <= WEEK.total_seconds() * 1000 for each in found for life in each)


def test_keys_of_an_event_share_a_slot_and_events_use_all_nodes(redis_cluster_url: str) -> None:
    """On a cluster the event's id is a hash tag in every key."""
    inventory = counting(redis_cluster_url)
    nodes = Counter[str]()
    with raw_cluster(redis_cluster_url) as cluster:
        for _ in range(30):
            counted = Counted(inventory)
            keys = counted.keys(wanted := counted.take(), clustered=True)
            assert cluster.exists(*keys) == len(keys)
            assert len({cluster.keyslot(key) for key in keys}) == 1
            assert cluster.get(f"event:{{{counted.event.id}}}:available") == "9"
            assert cluster.hget(f"reservation:{{{counted.event.id}}}:{wanted.order_id}", "quantity") == "1"
            nodes[str(cluster.get_node_from_key(keys[0]))] += 1
    assert len(nodes) == 3


# Ids


@pytest.mark.parametrize("kind", ["redis", "redis_cluster"])
def test_any_id_may_be_asked_for(request: pytest.FixtureRequest, kind: str) -> None:
    """A text that is no event's id is unknown or unavailable, creates no key and does not count as a failure of the server."""
    url: str = request.getfixturevalue(f"{kind}_url")
    counted = Counted(counting(url))
    before = _size(url)
    for text in [*STRANGE_IDS, "}", "{", "{}", "a}b", "*"]:
        _ask_for(text, counted.inventory)
        assert counted.free() == 10
    assert _size(url) == before


def _ask_for(text: str, inventory: RedisInventory) -> None:
    strange = attrs.evolve(new_show(), id=EventId(text))
    request = new_reservation(strange)
    assert _answer(lambda: inventory.take(request, now())) in (Unknown(), Unavailable)
    _answer(lambda: inventory.sync(strange.id, request.order_id, strange.availability, keep=False))
    assert _answer(lambda: free_places(inventory, [strange.id], now())) in ({}, Unavailable)
    _answer(lambda: inventory.drop(strange.id))


def _answer(call: Callable[[], object]) -> object:
    try:
        return call()
    except Unavailable:
        return Unavailable


def _size(url: str) -> int:
    if "+cluster" not in url:
        with raw(url) as client:
            return int(client.dbsize())
    with raw_cluster(url) as cluster:
        return int(cluster.dbsize(target_nodes=RedisCluster.PRIMARIES))


# Servers and connections


@pytest.mark.parametrize("name", BINARIES)
def test_every_server_counts(name: str) -> None:
    """All scripts run on each kind and version of server of this machine."""
    with serve(BINARIES[name]) as server:
        assert_it_counts(counting(server.url))


@pytest.mark.parametrize("program", TLS_PROGRAMS.values(), ids=lambda program: program.name)
def test_a_url_names_tls_and_a_user(program: Path, tmp_path: Path) -> None:
    """A user with rights on events and reservations alone is enough."""
    with running_tls_redis(tmp_path, program) as url:
        assert_it_counts(counting(url))


def test_connections_are_bounded_and_closed(client: Redis, redis_url: str) -> None:
    """However many threads there are, connections are few; closing leaves none, and the next call opens one."""
    inventory = RedisInventory(counting(f"{redis_url}&client_name=closing")._server)

    def connections() -> int:
        return sum(each["name"] == "closing" for each in client.client_list())

    counted = Counted(inventory)
    answers = [inventory.take(counted.wanted(), now()) for _ in range(3)]
    assert answers == [Taken()] * 3
    assert 1 <= connections() <= _CONNECTIONS
    inventory._server.close()
    assert connections() == 0
    counted.take()
    assert connections() == 1

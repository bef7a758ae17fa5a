"""A cluster whose slots move and whose nodes fail."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager

import attrs
import pytest
from redis import Redis

from tests.adapters.counters import Counted, assert_it_counts, counting, eventually, now, raw, raw_cluster, why
from tests.servers.redis import running_cluster
from ticketcore.ports import TooFew
from ticketcore_redis import RedisInventory

_THREADS = 32


@attrs.frozen
class Cluster:
    """A running cluster, its nodes by port."""

    url: str
    nodes: dict[int, Redis]

    def port_of(self, counted: Counted) -> int:
        with raw_cluster(self.url) as cluster:
            node = cluster.get_node_from_key(counted.keys(counted.wanted(), clustered=True)[0])
            assert node is not None
            return int(node.port)

    def one_event_of_each_node(self, inventory: RedisInventory) -> dict[int, Counted]:
        found: dict[int, Counted] = {}
        while len(found) < len(self.nodes):
            counted = Counted(inventory)
            found.setdefault(self.port_of(counted), counted)
        return found

    def process(self, port: int) -> int:
        return int(self.nodes[port].info("server")["process_id"])

    def state(self, port: int) -> str:
        return str(self.nodes[port].cluster("INFO")["cluster_state"])

    @contextmanager
    def paused(self, *ports: int) -> Iterator[None]:
        processes = [self.process(port) for port in ports]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Yield a cluster of this module alone."""
    with running_cluster() as url, _nodes(url) as cluster:
        yield cluster


@contextmanager
def _nodes(url: str) -> Iterator[Cluster]:
    with ExitStack() as clients, raw_cluster(url) as all_nodes:
        ports = [int(node.port) for node in all_nodes.get_primaries()]
        yield Cluster(url, {port: clients.enter_context(raw(f"redis://127.0.0.1:{port}")) for port in ports})


def test_a_cluster_counts(cluster: Cluster) -> None:
    """All scripts run, on events of all nodes."""
    inventory = counting(cluster.url)
    for _ in range(6):
        assert_it_counts(inventory)
    for counted in cluster.one_event_of_each_node(inventory).values():
        counted.take()


def test_a_slot_that_moves_is_followed(cluster: Cluster) -> None:
    """While its keys migrate it may be unavailable; then the counter continues with its value on the other node."""
    counted = Counted(counting(cluster.url))
    wanted = counted.take(4)
    keys = counted.keys(wanted, clustered=True)
    old = cluster.port_of(counted)
    new = next(port for port in cluster.nodes if port != old)
    names = {port: node.cluster("MYID") for port, node in cluster.nodes.items()}
    slot = cluster.nodes[old].cluster("KEYSLOT", keys[0])
    cluster.nodes[new].cluster("SETSLOT", slot, "IMPORTING", names[old])
    cluster.nodes[old].cluster("SETSLOT", slot, "MIGRATING", names[new])
    reasons = [why(counted.free)]
    for key in keys:
        cluster.nodes[old].migrate("127.0.0.1", new, key, 0, 5_000)
        reasons.append(why(counted.free))
    assert set(reasons) <= {None, "TryAgainError", "ClusterError", "not called after failures in a row"}
    for port in (new, old):
        cluster.nodes[port].cluster("SETSLOT", slot, "NODE", names[new])
    eventually(lambda: why(counted.free) is None, "the breaker closes")
    assert counted.inventory.take(counted.wanted(7), now()) == TooFew(6, in_flight=4)
    counted.sync(wanted.order_id, counted.availability(2, 6))
    assert counted.free() == 6
    assert cluster.port_of(counted) == new


def test_many_threads_at_a_cluster_that_does_not_answer_come_back(cluster: Cluster) -> None:
    """They do not wait for one another, and all work again once it responds."""
    inventory = counting(cluster.url)
    counted = Counted(inventory)
    with ThreadPoolExecutor(_THREADS) as threads:
        with cluster.paused(*cluster.nodes):
            calls = [threads.submit(why, counted.free) for _ in range(_THREADS)]
            # Serialized calls would take half a minute; the bound is far from both.
            done, late = wait(calls, timeout=12)
        assert not late
        assert None not in {call.result() for call in done}
        eventually(lambda: why(counted.free) is None, "the cluster answers again")
        assert set(threads.map(why, [counted.free] * _THREADS)) == {None}


def test_a_paused_node_leaves_the_others(cluster: Cluster) -> None:
    """Events of other nodes are served meanwhile, and its own again once it is back."""
    events = cluster.one_event_of_each_node(counting(cluster.url))
    port, *others = events
    with cluster.paused(port):
        assert why(events[port].take) == "no answer in time"
        assert [why(events[other].take) for other in others] == [None, None]
    assert why(events[port].take) is None


def test_a_killed_node_leaves_the_others_or_none() -> None:
    """A cluster that does not need all slots serves the events that are left; one that does becomes unavailable as a whole."""
    with running_cluster() as url, _nodes(url) as cluster:
        for node in cluster.nodes.values():
            node.config_set("cluster-node-timeout", 500)
            node.config_set("cluster-require-full-coverage", "no")
        port, *others = events = cluster.one_event_of_each_node(counting(url))
        os.kill(cluster.process(port), signal.SIGKILL)
        assert why(events[port].take) == "connection refused: nothing listens there"
        assert [why(events[other].take) for other in others] == [None, None]

        for other in others:
            cluster.nodes[other].config_set("cluster-require-full-coverage", "yes")
        eventually(lambda: all(cluster.state(other) == "fail" for other in others), "the others notice")
        assert None not in {why(events[each].take) for each in cluster.nodes}

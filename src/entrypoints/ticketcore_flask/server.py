"""The HTTP service in processes: in each uvicorn owns the connections, and threads answer whole requests.

The background loops of the assembly run in each of them too.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import socket
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import attrs
import uvicorn
from prometheus_client.multiprocess import mark_process_dead

from ticketcore_bootstrap import Background, Settings, assemble
from ticketcore_bootstrap.telemetry import Telemetry
from ticketcore_flask.app import create_app
from ticketcore_flask.connections import KEEP_ALIVE_SECONDS, Connection
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.supervisor import CANNOT_BEGIN, Supervisor
from ticketcore_flask.whole_requests import WholeRequests

if TYPE_CHECKING:
    from types import FrameType
    from wsgiref.types import WSGIApplication

_LOG = logging.getLogger("ticketcore")

_BACKLOG = 2048
_MAX_CONNECTIONS = 2000
_GRACEFUL_SECONDS = 30


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at a name or an address, of IPv6 in brackets or not; raise ``OSError`` if it cannot."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    return socket.create_server(address[:2], family=family, backlog=_BACKLOG, dualstack_ipv6=both)


def url_of(listener: socket.socket) -> str:
    """Return the address of the service on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(listener: socket.socket) -> bool:
    """Return whether a socket can be reached from this machine alone."""
    return ip_address(listener.getsockname()[0]).is_loopback


@attrs.frozen(eq=False)
class Server:
    """The service on a socket, in a number of processes.

    Each opens an assembly of its own, so that no connection is shared across a fork.
    """

    settings: Settings
    processes: int

    def run(self, listener: socket.socket) -> bool:
        """Serve until SIGTERM or SIGINT; return whether it could begin."""
        with listener:
            return Supervisor(partial(self._serve, listener), self.processes, self._mark_dead).run()

    def _mark_dead(self, pid: int) -> None:
        if self.processes > 1:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # The library has no type for it.

    def _serve(self, listener: socket.socket, first_process: int) -> int:
        try:
            telemetry = Telemetry.of(assemble(self.settings))
            app = create_app(telemetry.assembly, Metrics.of(telemetry.counted, telemetry.scraped))
        except Exception:
            _LOG.critical("the service cannot be opened", exc_info=True)
            return CANNOT_BEGIN
        # What lives as long as the process need not be searched for garbage: that takes 0.1 s each time, and all wait.
        gc.collect()
        gc.freeze()
        with telemetry.assembly, Background.beside(telemetry.assembly):
            serve(app, self.settings.public_url, listener, first_process)
        return 0


def serve(app: WSGIApplication, public_url: str | None, listener: socket.socket, first_process: int) -> None:
    """Serve a WSGI application on a socket until a signal comes, or until the file ``first_process`` can be read."""
    requests = WholeRequests(app, public_url)
    config = uvicorn.Config(
        _no_asgi,
        interface="asgi3",
        lifespan="off",
        ws="none",
        http=partial(Connection, requests=requests, most=_most_connections(), public_url=public_url),  # type: ignore[arg-type]  # It is only called.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        # Its warnings are about requests, whose number clients decide.
        log_level="error",
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    _Process(config, first_process).run([listener])
    requests.close()


async def _no_asgi(_scope: object, _receive: object, _send: object) -> None:
    raise AssertionError("connections hand requests to threads by themselves")


def _most_connections() -> int:
    """Return how many connections leave as many files to everything else."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(_MAX_CONNECTIONS, files // 2)


class _Process(uvicorn.Server):
    """A process that serves, and ends when it is told to or when the first process is gone.

    Otherwise it would keep the port while it serves kept-alive connections, and no new service could start.
    """

    def __init__(self, config: uvicorn.Config, first_process: int) -> None:
        super().__init__(config)
        self._first_process = first_process

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self._first_process, self._end)
        # What came since the fork arrives now.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End with success, once requests are answered, however many signals come."""
        self.should_exit = True

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._first_process)
        self.should_exit = True

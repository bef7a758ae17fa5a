"""The HTTP service in gunicorn: processes with threads, each with the background loops of its assembly."""

from __future__ import annotations

import logging
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker
from prometheus_client.multiprocess import mark_process_dead

from ticketcore_bootstrap import Assembly, Background, Settings, assemble
from ticketcore_bootstrap.telemetry import Telemetry
from ticketcore_flask.app import create_app
from ticketcore_flask.metrics import Metrics

_LOG = logging.getLogger("ticketcore")

_THREADS = 16
_STALLED_SECONDS = 10
_REQUEST_SECONDS = 20
_GRACEFUL_SECONDS = 30
_ENDING = {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM}


class Worker(ThreadWorker):
    """A worker that drops stalled clients, and ends at once when the process that started it is gone.

    Otherwise it would keep the port while it serves kept-alive connections, and no new service could start.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._begun: dict[Any, float] = {}
        self.arbiter: Any = None

    def init_signals(self) -> None:
        """Obey signals that came since the fork, which the handlers inherited from the arbiter have only queued."""
        super().init_signals()
        with suppress(Empty):
            while True:
                number = self.arbiter.SIG_QUEUE.get_nowait()
                if number in _ENDING:
                    signal.raise_signal(number)

    def handle(self, conn: Any) -> Any:
        # A client that stops in the middle of a request must not keep a thread for good.
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _STALLED_SECONDS, 0))
        self._begun[conn] = time.monotonic()
        try:
            stays = super().handle(conn)
        finally:
            del self._begun[conn]
        if not stays:
            # Closing waits up to two seconds for the client to close too, and would block the main thread for all clients.
            conn.close(graceful=True)
            conn.close = _is_closed
        return stays

    def murder_keepalived(self, *arguments: Any, **options: Any) -> None:
        """Also drop clients that send or read slowly: each byte restarts the time-out of the socket."""
        super().murder_keepalived(*arguments, **options)
        latest = time.monotonic() - _REQUEST_SECONDS
        for conn, begun in list(self._begun.items()):
            if begun < latest:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End at once, without shutting the thread pool down: the interrupted code may hold its lock."""
        super(ThreadWorker, self).handle_quit(sig, frame)

    def is_parent_alive(self) -> bool:
        if not super().is_parent_alive():
            self.alive = False
        return bool(self.alive)


def _is_closed(*, graceful: bool = False) -> None:
    """Do nothing: the connection is closed."""


class Log(Logger):
    """Gunicorn's logger, which hands its records on to the root logger."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.propagate = True


class Server(BaseApplication):
    """Opens an assembly in each process that serves, so that no connection is shared across a fork."""

    def __init__(self, settings: Settings, bind: str, processes: int, announce: Callable[[str], None]) -> None:
        self._settings = settings
        self._bind = bind
        self._processes = processes
        self._announce = announce
        self._assembly: Assembly | None = None
        self._background: Background | None = None
        super().__init__()

    def load_config(self) -> None:
        wanted = {
            "bind": self._bind,
            "workers": self._processes,
            "worker_class": Worker,
            "threads": _THREADS,
            "limit_request_line": 8190,
            "graceful_timeout": _GRACEFUL_SECONDS,
            "logger_class": Log,
            "errorlog": None,
            # Gunicorn's warnings quote malformed requests, which may hold an order's id.
            "loglevel": "error",
            # The control socket widens the attack surface, and its thread would exist at a fork.
            "control_socket_disable": True,
            "when_ready": self._ready,
            "post_fork": self._forked,
            "worker_exit": self._stop,
            "child_exit": self._mark_dead,
        }
        for name, value in wanted.items():
            # Older gunicorns have no control socket.
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        try:
            return self._open()
        except Exception:
            # Gunicorn would print the exception's message.
            _LOG.critical("the service cannot be opened", exc_info=True)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def _open(self) -> Any:
        telemetry = Telemetry.of(assemble(self._settings))
        self._assembly = telemetry.assembly
        self._background = Background.beside(self._assembly)
        self._background.start()
        return create_app(self._assembly, Metrics.of(telemetry.counted, telemetry.scraped))

    def _ready(self, _arbiter: Any) -> None:
        self._announce(f"http://{self._bind}")

    def _forked(self, arbiter: Any, worker: Any) -> None:
        worker.arbiter = arbiter

    def _stop(self, _arbiter: Any, _worker: Any) -> None:
        if self._background is not None:
            self._background.stop()
        if self._assembly is not None:
            self._assembly.close()

    def _mark_dead(self, _arbiter: Any, worker: Any) -> None:
        if self._processes > 1:
            mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # The library has no type for it.

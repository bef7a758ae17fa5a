"""The HTTP service in gunicorn: one process with threads, and beside them the worker and the sweeper."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from ticketcore_bootstrap import Assembly, Background, Settings, assemble
from ticketcore_flask import Options, create_app

_THREADS = 16
_STALLED_SECONDS = 10
_GRACEFUL_SECONDS = 30


class Worker(ThreadWorker):
    """A worker that gives up on stalled clients, and ends at once when the process that started it is gone.

    Else it would keep the port while it serves kept-alive connections, and no new service could start.
    """

    def handle(self, conn: Any) -> Any:
        # A client that stops in the middle of a request must not keep a thread for good.
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _STALLED_SECONDS, 0))
        return super().handle(conn)

    def is_parent_alive(self) -> bool:
        if not super().is_parent_alive():
            self.alive = False
        return bool(self.alive)


class Server(BaseApplication):
    """Opens its box office in the process that serves, so that no connection crosses a fork."""

    def __init__(self, settings: Settings, host: str, port: int, announce: Callable[[str], None]) -> None:
        self._settings = settings
        self._announce = announce
        self._bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._assembly: Assembly | None = None
        self._background: Background | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._bind,
            "worker_class": Worker,
            "threads": _THREADS,
            "limit_request_line": 8190,
            "graceful_timeout": _GRACEFUL_SECONDS,
            # Its warnings quote malformed requests, which may hold an order's id.
            "loglevel": "error",
            "when_ready": self._ready,
            "worker_exit": self._stop,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        settings = self._settings
        self._assembly = assemble(settings)
        self._background = Background(self._assembly.box_office)
        self._background.start()
        options = Options(settings.public_url, settings.admin_key, settings.gate_key, settings.rate_limit)
        return create_app(self._assembly.box_office, options)

    def _ready(self, _arbiter: Any) -> None:
        self._announce(f"http://{self._bind}")

    def _stop(self, _arbiter: Any, _worker: Any) -> None:
        if self._background is not None:
            self._background.stop()
        if self._assembly is not None:
            self._assembly.close()

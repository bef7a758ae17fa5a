"""The HTTP service in gunicorn: one process with threads, and beside them the worker and the sweeper."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import BaseApplication

from ticketcore_bootstrap import Assembly, Background, Settings, assemble
from ticketcore_flask import Options, create_app

_THREADS = 8
_GRACEFUL_SECONDS = 30


class Server(BaseApplication):
    """Opens its box office in the process that serves, so that no connection crosses a fork."""

    def __init__(self, settings: Settings, host: str, port: int) -> None:
        self._settings = settings
        self._bind = f"{host}:{port}"
        self._assembly: Assembly | None = None
        self._background: Background | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._bind,
            "worker_class": "gthread",
            "threads": _THREADS,
            "graceful_timeout": _GRACEFUL_SECONDS,
            "loglevel": "warning",
            "when_ready": self._announce,
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

    def _announce(self, _arbiter: Any) -> None:
        print(f"ticketcore serves http://{self._bind}", flush=True)  # noqa: T201  The command's own output.

    def _stop(self, _arbiter: Any, _worker: Any) -> None:
        if self._background is not None:
            self._background.stop()
        if self._assembly is not None:
            self._assembly.close()

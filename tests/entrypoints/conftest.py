"""Fixtures of the entry points' tests."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.http import Json, Service, create_event, serve
from tests.servers.postgres import drop_database, fresh_database


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Restore the logger after each test, as the end of a process would."""
    log = logging.getLogger("ticketcore")
    level, filters = log.level, list(log.filters)
    yield
    log.setLevel(level)
    log.filters[:] = filters


@pytest.fixture
def service() -> Service:
    """Return a fresh service in memory."""
    return serve()


@pytest.fixture
def event(service: Service) -> Json:
    """Return an event of ten places on sale."""
    return create_event(service)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _sqlite_template: Path) -> Path:
    """Return the data directory that the environment names, with an empty database in it."""
    for variable in [name for name in os.environ if name.startswith("TICKETCORE_")]:
        monkeypatch.delenv(variable)
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    (directory / "ticketcore.db").touch(mode=0o600)
    shutil.copyfile(_sqlite_template, directory / "ticketcore.db")
    monkeypatch.setenv("TICKETCORE_DATA", str(directory))
    return directory


@pytest.fixture
def postgres(data: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of an empty database, which the environment names."""
    url = fresh_database(postgres_server)
    monkeypatch.setenv("TICKETCORE_DATABASE_URL", url)
    yield url
    drop_database(url)

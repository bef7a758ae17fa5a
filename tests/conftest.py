"""Databases for the tests: each test gets an empty one with the schema in place."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import PATIENCE_SECONDS
from tests.routes_compiled_once import compile_routes_once
from tests.servers.postgres import drop_database, empty, fresh_database, running_postgres, set_up
from tests.servers.redis import patient, running_cluster, running_redis
from ticketcore_sql import bulkhead

if TYPE_CHECKING:
    from tests.servers.aws import Aws, StubbornAws


def pytest_configure() -> None:
    compile_routes_once()


def pytest_collection_finish() -> None:
    """Have the collector leave out what was imported: looking at that again and again takes a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _patient_ledgers() -> Iterator[None]:
    """Let adapters in this process wait: what a sale may take is too short where many tests share a machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulkhead, "STALL_SECONDS", PATIENCE_SECONDS)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the URL of a Postgres that serves this test process, started at its first use."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_of_process(postgres_server: str) -> Iterator[str]:
    """Yield the URL of a database with the schema in place, which `postgres_url` empties before each test."""
    url = fresh_database(postgres_server)
    set_up(url)
    yield url
    drop_database(url)


@pytest.fixture
def postgres_url(postgres_of_process: str) -> str:
    """Return the URL of an empty Postgres database.

    The tests of one process share it, one after the other: deleting a test's few rows takes a tenth of the time of copying
    a database, and a quarter of that of truncating the tables.
    """
    empty(postgres_of_process)
    return postgres_of_process


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Yield the URL of a Redis that serves this test process, started at its first use, and is waited for."""
    with running_redis() as server:
        yield patient(server.url)


@pytest.fixture(scope="session")
def redis_cluster_url() -> Iterator[str]:
    """Yield the URL of a cluster of three nodes that serves this test process, started at its first use, and is waited for."""
    with running_cluster() as url:
        yield patient(url)


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """Yield an AWS that serves this test process, started at its first use."""
    from tests.servers.aws import running_aws  # noqa: PLC0415  Moto is slow to import and seldom needed.

    with running_aws() as server:
        yield server


@pytest.fixture(scope="session")
def stubborn_aws() -> Iterator[StubbornAws]:
    """Yield an AWS that answers what a test tells it to."""
    from tests.servers.aws import running_stubborn_aws  # noqa: PLC0415  It comes with moto.

    with running_stubborn_aws() as server:
        yield server


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    set_up(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of an empty SQLite database, a copy of one that was made once."""
    path = tmp_path / "ledger.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"

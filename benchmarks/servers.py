"""What a benchmark runs: Postgres, Redis, the service, and yardsticks on the same server code or on gunicorn."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import attrs
import redis

from benchmarks.processes import cpu_seconds, parent_of
from tests.servers.ports import HOST, free_port
from tests.servers.postgres import connect, drop_database, fresh_database, running_own_postgres
from tests.servers.redis import serve as serve_redis
from tests.servers.redis_programs import any_program

SERVICE = "ticketcore_cli"
WITHOUT_WORKER = "benchmarks.without_worker"
WITHOUT_BACKGROUND = "benchmarks.without_background"

ROOT = Path(__file__).parents[1]
_START_SECONDS = 30
_STOP_SECONDS = 40
_GUNICORN_PROCESSES, _GUNICORN_THREADS = 2, 16


@attrs.frozen
class Stores:
    """A Postgres and a Redis with their process ids, and the environment of programs that use them."""

    database_url: str
    redis_url: str
    postgres: int
    redis: int
    environment: Mapping[str, str]

    def cpu_seconds(self) -> tuple[float, float]:
        """Return the CPU seconds that Postgres and Redis have used."""
        return cpu_seconds(self.postgres), cpu_seconds(self.redis)


@attrs.frozen
class Program:
    """A server of HTTP that runs; ``process`` is the id of its first process."""

    url: str
    process: int


@contextmanager
def running_stores(**settings: str) -> Generator[Stores]:
    """Yield a new Postgres, with these settings, and a new Redis, and stop them at the end.

    Both are set up as the tests have them: Postgres does not wait for the disk (``fsync=off``), which is no part of what is
    measured.  Raises ``LookupError`` if either cannot be had.
    """
    with (
        running_own_postgres(**settings) as server_url,
        serve_redis(any_program()) as redis_server,
        tempfile.TemporaryDirectory(prefix="bench-") as data,
    ):
        database_url = fresh_database(server_url)
        with connect(database_url) as connection, redis.Redis.from_url(redis_server.url) as client:
            postgres = parent_of(connection.info.backend_pid)
            redis_process = int(client.info("server")["process_id"])
        settings = _environment(data, database_url, redis_server.url)
        yield Stores(database_url, redis_server.url, postgres, redis_process, settings)


@contextmanager
def fresh(template: Stores) -> Generator[Stores]:
    """Yield the same servers with a copy of a database to which nothing is connected, so that no run finds another's leavings."""
    server_url, name = template.database_url, urlsplit(template.database_url).path.removeprefix("/")
    url = fresh_database(server_url.replace(name, "postgres"), template=name)
    yield attrs.evolve(template, database_url=url, environment={**template.environment, "TICKETCORE_DATABASE_URL": url})
    drop_database(url)


def _environment(data: str, database_url: str, redis_url: str) -> dict[str, str]:
    # Tickets of orders that are made by the database have no seal.
    own = {
        "TICKETCORE_DATABASE_URL": database_url,
        "TICKETCORE_INVENTORY_URL": redis_url,
        "TICKETCORE_NEW_SIGNING_KEY": "1",
    }
    return environment(data) | own


def environment(data: str) -> dict[str, str]:
    """Return the settings of a service with its files in a directory, default but for the limits of clients."""
    signing_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    foreign = {name: value for name, value in os.environ.items() if not name.startswith("TICKETCORE_")}
    return foreign | {
        "TICKETCORE_DATA": data,
        "TICKETCORE_SIGNING_KEY": f"tcsk_{signing_key}",
        "TICKETCORE_ORDER_LIMIT": "none",
        "TICKETCORE_PAYMENT_LIMIT": "none",
        "TICKETCORE_RATE_LIMIT": "none",
    }


@contextmanager
def running_service(stores: Stores, processes: int, module: str = SERVICE) -> Generator[Program]:
    """Yield ``ticketcore serve``, or a module's that leaves some of the work in the background to others."""
    with serving(stores.environment, processes, module) as program:
        yield program


@contextmanager
def serving(environment: Mapping[str, str], processes: int, module: str = SERVICE) -> Generator[Program]:
    """Yield the service with these settings (``running_service``)."""
    port = free_port()
    command = [sys.executable, "-m", module, "serve", "--workers", str(processes), "--port", str(port)]
    with _running(command, port, environment) as program:
        yield program


@contextmanager
def running_yardstick(stores: Stores, name: str, processes: int) -> Generator[Program]:
    """Yield a yardstick on the server of ``ticketcore serve``, in as many processes."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.yardsticks.serve", name, str(port), str(processes)]
    with _running(command, port, stores.environment) as program:
        yield program


@contextmanager
def running_on_gunicorn(stores: Stores, name: str) -> Generator[Program]:
    """Yield a yardstick on gunicorn, as people run Flask today."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "--bind", f"{HOST}:{port}"),
        *("--workers", str(_GUNICORN_PROCESSES), "--threads", str(_GUNICORN_THREADS)),
        f"benchmarks.yardsticks.{name}:create_app()",
    ]
    with _running(command, port, stores.environment) as program:
        yield program


@contextmanager
def _running(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Generator[Program]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        program = Program(f"http://{HOST}:{port}", process.pid)
        try:
            if not _is_ready(program, process):
                log.seek(0)
                raise RuntimeError(f"{' '.join(command)} did not start:\n{log.read().decode(errors='replace')}")
            yield program
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _is_ready(program: Program, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urlopen(f"{program.url}/health/live", timeout=1).close()
        except HTTPError:
            return True  # A yardstick knows no such path, and says so.
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False

"""A real PgBouncer before the tests' Postgres, in session or in transaction mode."""

import os
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psycopg
import sqlalchemy as sa

from tests.patience import PATIENCE_SECONDS
from tests.servers.packages import program
from tests.servers.ports import HOST, free_port
from tests.servers.postgres import connect, server_account

PROGRAM_VARIABLE = "TICKETCORE_TEST_PGBOUNCER"

Mode = Literal["session", "transaction"]

# Its own defaults but for these; few server sessions, so that clients of transaction mode take turns in them.
_CONFIGURATION = """
[databases]
* = {server}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {sessions}
max_client_conn = 500
"""

# Standard input is a pipe from the tests: a line, or the end of it when they were killed, kills the pooler.
_SUPERVISOR = '"$@" 3<&- & pooler=$!; { read -r _ <&3; kill -KILL $pooler; } & wait $pooler'


@contextmanager
def running_pgbouncer(postgres_url: str, mode: Mode) -> Generator[str]:
    """Yield the URL of the database at ``postgres_url`` behind a new pooler.

    Skips the test if there is no PgBouncer, which fails it in CI (`packages.program`).
    """
    path = program("pgbouncer", "pgbouncer", PROGRAM_VARIABLE)
    behind = sa.make_url(postgres_url)
    port = free_port()
    # In session mode each client keeps a session to itself.
    text = _CONFIGURATION.format(
        server=_server(behind), host=HOST, port=port, mode=mode, sessions=4 if mode == "transaction" else 50
    )
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        configuration = Path(name) / "pgbouncer.ini"
        configuration.write_text(text)
        log = Path(name) / "log"
        pooler = _start(path, configuration, log)
        try:
            url = sa.URL.create("postgresql+psycopg", behind.username, None, HOST, port, behind.database)
            _wait_until_ready(url.render_as_string(), pooler, log)
            yield url.render_as_string()
        finally:
            pooler.communicate(b"\n", timeout=PATIENCE_SECONDS)


def _server(url: sa.URL) -> str:
    host = url.host or url.query["host"]
    parameters = {"host": host, "port": url.port or url.query.get("port", "5432"), "user": url.username}
    password = f" password='{url.password}'" if url.password else ""
    return " ".join(f"{name}={value}" for name, value in parameters.items()) + password


def _start(path: str, configuration: Path, log: Path) -> subprocess.Popen[bytes]:
    # It refuses to run as root.
    account = server_account()
    if account is not None:
        for each in (configuration.parent, configuration):
            os.chown(each, account.pw_uid, account.pw_gid)
    with log.open("wb") as file:
        return subprocess.Popen(
            ["/bin/sh", "-c", f"exec 3<&0 </dev/null; {_SUPERVISOR}", "sh", path, str(configuration)],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            start_new_session=True,
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=account and (),
        )


def _wait_until_ready(url: str, pooler: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    failure: Exception | None = None
    while pooler.poll() is None and time.monotonic() < deadline:
        try:
            connect(url).close()
        except psycopg.OperationalError as error:
            failure = error
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PgBouncer did not become ready ({failure}):\n{log.read_text()[-2000:]}")

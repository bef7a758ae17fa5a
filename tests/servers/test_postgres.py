"""The tests' Postgres starts, keeps databases apart and never outlives the tests."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy

from tests.servers.postgres import (
    URL_VARIABLE,
    connect,
    drop_database,
    fresh_database,
    running_postgres,
    serve,
    stopped,
    wheel_binaries,
)

ROOT = Path(__file__).parents[2]

HOLD_A_SERVER = """
import time
from tests.servers.postgres import running_postgres
with running_postgres() as url:
    print(url, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the URL of a running server."""
    with running_postgres() as url:
        yield url


def table_exists(url: str, table: str) -> bool:
    """Return whether the database has the table."""
    with connect(url) as connection:
        return connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone() == (True,)


def is_gone(url: str) -> bool:
    """Return whether no server responds at the URL."""
    try:
        connect(url).close()
    except psycopg.OperationalError:
        return True
    return False


def is_gone_within(url: str, seconds: float) -> bool:
    """Return whether the server at the URL stops answering in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_gone(url):
            return True
        time.sleep(0.1)
    return False


def socket_directory(url: str) -> Path:
    """Return the directory in which the server at the URL keeps its socket and its data."""
    host = sqlalchemy.make_url(url).query["host"]
    assert isinstance(host, str)
    return Path(host)


def test_server_answers(server: str) -> None:
    """SQLAlchemy reaches the server at the URL."""
    engine = sqlalchemy.create_engine(server)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("select 1")) == 1
    engine.dispose()


def test_fresh_databases_are_independent(server: str) -> None:
    """A table of one fresh database is not in another one."""
    first, second = fresh_database(server), fresh_database(server)
    with connect(first) as connection:
        connection.execute("CREATE TABLE ticket ()")
    assert table_exists(first, "ticket")
    assert not table_exists(second, "ticket")
    drop_database(first)
    drop_database(second)


def test_database_from_template(server: str) -> None:
    """A database made from a template has the template's tables."""
    template = fresh_database(server)
    with connect(template) as connection:
        connection.execute("CREATE TABLE ticket ()")
    copy = fresh_database(server, template=urlsplit(template).path.removeprefix("/"))
    assert table_exists(copy, "ticket")
    drop_database(copy)
    drop_database(template)


def test_dropped_database_is_gone_even_when_in_use(server: str) -> None:
    """A database is dropped although a session is open in it."""
    url = fresh_database(server)
    with connect(url):
        drop_database(url)
    assert is_gone(url)


def test_server_from_the_environment_is_used_as_it_is(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server named by the environment is handed out and left running."""
    monkeypatch.setenv(URL_VARIABLE, server)
    with running_postgres() as url:
        assert url == server
    assert not is_gone(server)


def test_server_is_gone_after_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the server nor its data outlive the context, even with a session open."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with running_postgres() as url:
        session = connect(url)
    session.close()
    assert is_gone(url)
    assert not socket_directory(url).exists()


def test_stopped_server_keeps_its_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a server is stopped its sessions end and connections fail; afterwards its data is there again."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with running_postgres() as url:
        session = connect(url)
        session.execute("CREATE TABLE kept ()")
        with stopped(url):
            assert is_gone(url)
            with pytest.raises(psycopg.OperationalError):
                session.execute("SELECT 1")
        assert table_exists(url, "kept")
    session.close()
    assert is_gone(url)
    assert not socket_directory(url).exists()


def test_server_that_is_stopped_dies_with_its_holder_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving the context, or the test, while the server is stopped leaves nothing behind."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with suppress(KeyboardInterrupt), running_postgres() as url, stopped(url):
        raise KeyboardInterrupt
    assert is_gone(url)
    assert not socket_directory(url).exists()


def test_server_dies_with_its_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server stops when the process which holds it is killed."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    command = [sys.executable, "-c", HOLD_A_SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as holder:
        assert holder.stdout is not None
        url = holder.stdout.readline().strip()
        assert not is_gone(url)
        holder.kill()
    assert is_gone_within(url, seconds=10)


def test_server_of_the_wheel() -> None:
    """The wheel's server works, with PL/pgSQL, whatever the system has."""
    binaries = wheel_binaries()
    assert binaries is not None
    with serve(binaries) as url, connect(url) as connection:
        connection.execute("DO $$ BEGIN PERFORM 1; END $$")


def test_server_of_a_wheel_in_a_private_directory(tmp_path: Path) -> None:
    """The wheel's server works where only the account of the tests may read, also if that is root."""
    binaries = wheel_binaries()
    assert binaries is not None
    package = binaries.parents[1]
    tmp_path.chmod(0o700)
    for source in package.parent.glob(f"{package.name}*"):
        shutil.copytree(source, tmp_path / source.name)
    with serve(tmp_path / binaries.relative_to(package.parent)) as url:
        assert not is_gone(url)


def test_server_which_cannot_start_says_why(tmp_path: Path) -> None:
    """The error about a server which does not start ends with its log."""
    binaries = wheel_binaries()
    assert binaries is not None
    broken = tmp_path / "package" / "pginstall" / "bin"
    broken.mkdir(parents=True)
    (broken / "initdb").write_text("#!/bin/sh\n")
    (broken / "postgres").write_text("#!/bin/sh\necho out of order\nexit 1\n")
    for program in broken.iterdir():
        program.chmod(0o755)
    with pytest.raises(RuntimeError, match="out of order"), serve(broken):
        pass

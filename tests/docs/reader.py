"""A reader who types what a page says into terminals and compares what comes back with what the page shows.

A block of ``sh`` is typed; a block of ``text`` or ``json`` right after it is the output that must follow, where ``…`` stands
for anything on its line.  ``<!-- until -->`` before a command says to repeat it until the output is the one shown.
``NAME=…`` is a value that the reader copies from what was printed before.  What serves (``_SERVERS``) goes to a terminal of
its own.
A block of ``python`` that begins with ``# name.py`` is saved under that name.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import attrs

from tests.docs.markdown import Block, blocks
from tests.patience import PATIENCE_SECONDS
from tests.servers.ports import free_port

_DEFAULT_PORT = "8000"
#: What serves, and the words that it prints when connections are accepted.
_SERVERS = {
    "ticketcore serve": "ticketcore serves ",
    "python3 -m uvicorn": "Uvicorn running on ",
    "python3 -m gunicorn": "Listening at: ",
}
_END = "end of the answer"

_ADMIN_KEY = re.compile(r"this once: (tck_\w+)")
_KEY = re.compile(r"^(tck_\w+)$", re.MULTILINE)
_ID = re.compile(r'^    "id": "(\w+)"', re.MULTILINE)
_QR_CODE = re.compile(r'"qr_code": "(\w+)"')
_PRIVATE_KEY = re.compile(r"^(tcsk_[\w-]{43})$", re.MULTILINE)
_PUBLIC_KEY = re.compile(r"^(tcpk_[\w-]{43})$", re.MULTILINE)

_SECRET = re.compile(r"^(whsec_\S+)$", re.MULTILINE)
_WEBHOOK = re.compile(r"^(\w+)  https?://", re.MULTILINE)

#: What the reader of our pages copies into which variable: the last that was printed.
_COPIED = {
    "KEY": _ADMIN_KEY,
    "GATE_KEY": _KEY,
    "EVENT": _ID,
    "ORDER": _ID,
    "QR_CODE": _QR_CODE,
    "OLD_PUBLIC_KEY": _PUBLIC_KEY,
    "NEW_KEY": _PRIVATE_KEY,
    "SECRET": _SECRET,
    "WEBHOOK": _WEBHOOK,
}
_SAVED = re.compile(r"# (\w+\.py)\n")
_TO_COPY = re.compile(r"^([A-Z_]+)=\S*…$", re.MULTILINE)


@attrs.frozen
class Step:
    """One command block, the output shown for it, if any, and whether to repeat it until it is so."""

    command: str
    shown: str | None
    until: bool


def steps(page: str) -> Iterator[Step]:
    """Yield the steps of a page in their order."""
    found = list(blocks(page))
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.language == "sh":
            yield Step(block.text, _output(after), "<!-- until -->" in block.before)
        elif block.language == "python" and (saved := _SAVED.match(block.text)):
            yield Step(f"cat >{saved[1]} <<'END OF FILE'\n{block.text}END OF FILE", None, until=False)


def _output(after: Block | None) -> str | None:
    is_output = after is not None and after.language in {"text", "json"} and not after.before.strip()
    return after.text if after is not None and is_output else None


@attrs.define(eq=False)
class Reader:
    """One reader with a directory, a shell, and any number of services started in other terminals."""

    directory: Path
    environment: Mapping[str, str]
    _stack: ExitStack
    _shell: subprocess.Popen[str]
    port: str = attrs.field(factory=lambda: str(free_port()))
    _printed: str = ""

    def follow(self, page: str) -> int:
        """Follow the page; fail where the output differs.  Return the number of steps."""
        found = list(steps(page))
        for step in found:
            self._do(step)
        return len(found)

    def know(self, variables: Mapping[str, str]) -> None:
        """Have what a guide takes for granted in variables of the shell."""
        for name, value in variables.items():
            self._ask(f"{name}={shlex.quote(value)}")

    def _do(self, step: Step) -> None:
        command = self._filled(step.command).replace(_DEFAULT_PORT, self.port)
        server = next((name for name in _SERVERS if name in command), None)
        printed = self._serve(command, server) if server else self._type(command, step)
        self._printed += printed
        if step.shown is not None:
            shown = step.shown.replace(_DEFAULT_PORT, self.port)
            assert _matches(shown, printed), f"{step.command}\nshould print\n{shown}\nbut prints\n{printed}"

    def _filled(self, command: str) -> str:
        return _TO_COPY.sub(lambda found: f"{found[1]}={_COPIED[found[1]].findall(self._printed)[-1]}", command)

    def _type(self, command: str, step: Step) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            printed, status = self._ask(command)
            if not step.until or _matches(step.shown or "", printed) or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        assert step.shown is not None or status == 0, f"{command}\nexits with {status}\n{printed}"
        return printed

    def _ask(self, command: str) -> tuple[str, int]:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{{ {command.rstrip()}\n}} 2>&1 </dev/null; printf '\\n%s %s\\n' '{_END}' $?\n")
        self._shell.stdin.flush()
        printed = ""
        for line in self._shell.stdout:
            if line.startswith(_END):
                return printed.removesuffix("\n"), int(line.removeprefix(_END))
            printed += line
        raise AssertionError(f"the shell ended within\n{command}")

    def _serve(self, command: str, server: str) -> str:
        assigned, _, arguments = command.rpartition(server)
        before, _, variables = assigned.rpartition("\n")
        self._ask(before or "true")
        printed, _ = self._ask(f"{variables} env")
        exported = dict(line.split("=", 1) for line in printed.splitlines() if re.match("[A-Z_]+=", line))
        more = ["--port", self.port] if server == "ticketcore serve" else []
        ours, terminal = pty.openpty()
        self._stack.enter_context(
            _running([*server.split(), *more, *shlex.split(arguments)], self.directory, exported, terminal, terminal)
        )
        os.close(terminal)
        return _read_until(_SERVERS[server], self._stack.enter_context(open(ours)))


def _read_until(words: str, output: TextIO) -> str:
    printed = ""
    # When the service has ended, reading its terminal is an error.
    with suppress(OSError):
        while line := output.readline():
            printed += line
            if words in line:
                return printed
    raise AssertionError(f"the service ended:\n{printed}")


@contextmanager
def _running(
    command: list[str],
    directory: Path,
    environment: Mapping[str, str],
    output: int = subprocess.PIPE,
    errors: int | None = None,
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=errors, text=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


@contextmanager
def reading(directory: Path, **settings: str) -> Iterator[Reader]:
    """Yield a reader in an empty directory, with ``ticketcore`` at hand and nothing set but ``settings``."""
    programs = directory / "programs"
    programs.mkdir()
    _write_program(programs / "ticketcore", f'exec {shlex.quote(sys.executable)} -m ticketcore_cli "$@"')
    _write_program(
        programs / "openapi-python-client", f'exec {shlex.quote(sys.executable)} -m openapi_python_client "$@"'
    )
    _write_program(programs / "python3", f'exec {shlex.quote(sys.executable)} "$@"')
    # Where CI is set, programs print more than a reader sees.
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("TICKETCORE_", "PG", "CI"))}
    environment = {**bare, **settings, "PATH": f"{programs}:{os.environ['PATH']}"}
    home = directory / "home"
    home.mkdir()
    with ExitStack() as stack, _running(["bash"], home, environment) as shell:
        try:
            yield Reader(home, environment, stack, shell)
        finally:
            stack.close()


def _write_program(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


def _matches(shown: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch(pattern, printed.strip()) is not None

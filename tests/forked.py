"""Commands of ``ticketcore`` that start quickly: each is forked from a process that has imported what they need."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from multiprocessing.reduction import DupFd
from typing import IO, Protocol

import attrs

from ticketcore_cli import run

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.forked_imports"])


class _Duplicate(Protocol):
    """The duplicate on its way."""

    def detach(self) -> int: ...


@attrs.define(eq=False)
class Forked:
    """A running command; what of ``subprocess.Popen`` the tests use."""

    _process: ForkServerProcess
    stdout: IO[str] | None = None
    stderr: IO[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, once the process has ended."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Return the exit status; raise ``TimeoutError`` if the process goes on for longer."""
        self._process.join(seconds)
        code = self._process.exitcode
        if code is None:
            raise TimeoutError(f"process {self.pid} goes on")
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    arguments: tuple[str, ...], environment: Mapping[str, str], stdout: int, stderr: int, first: str = ""
) -> Forked:
    """Start ``ticketcore`` in a session of its own; ``first`` is Python that it runs before it begins."""
    process = FORKS.Process(target=_be, args=(arguments, dict(environment), first, _Sent(stdout), _Sent(stderr)))
    process.start()
    return Forked(process)


def piped(
    arguments: tuple[str, ...], environment: Mapping[str, str], *, first: str = "", one_stream: bool = False
) -> Forked:
    """Start ``ticketcore`` with pipes to its output, or with one for both streams."""
    out, into_out = os.pipe()
    err, into_err = (out, into_out) if one_stream else os.pipe()
    try:
        forked = start(arguments, environment, into_out, into_err, first)
    finally:
        for descriptor in {into_out, into_err}:
            os.close(descriptor)
    forked.stdout = os.fdopen(out)
    forked.stderr = None if one_stream else os.fdopen(err)
    return forked


@attrs.frozen
class _Sent:
    """A file descriptor that another process gets a duplicate of."""

    number: int

    def __reduce__(self) -> tuple[object, ...]:
        return _received, (DupFd(self.number),)


def _received(duplicate: _Duplicate) -> int:
    return duplicate.detach()


def _be(arguments: tuple[str, ...], environment: dict[str, str], first: str, out: int, err: int) -> None:
    os.setsid()
    for descriptor, number in ((out, 1), (err, 2)):
        os.dup2(descriptor, number)
    os.environ.clear()
    os.environ.update(environment)
    exec(first, {})
    sys.argv = ["ticketcore", *arguments]
    run()

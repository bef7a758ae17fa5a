"""Functions and commands that run to their end in a forked process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from tests.forked import FORKS
from tests.patience import PATIENCE_SECONDS
from ticketcore_cli.main import main


@attrs.frozen
class Ended:
    """A process that has ended; a negative ``code`` is the signal that killed it."""

    code: int | None
    output: str
    errors: str


def run(target: Callable[..., object], *arguments: object, directory: Path) -> Ended:
    """Call ``target`` in a process of its own; its output is kept in ``directory``."""
    output, errors = directory / "output", directory / "errors"
    process = FORKS.Process(target=_redirected, args=(output, errors, target, arguments))
    process.start()
    process.join(PATIENCE_SECONDS)
    try:
        return Ended(process.exitcode, output.read_text(), errors.read_text())
    finally:
        process.kill()
        process.join()
        process.close()


def _redirected(output: Path, errors: Path, target: Callable[..., object], arguments: tuple[object, ...]) -> None:
    for path, stream in ((output, sys.stdout), (errors, sys.stderr)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    target(*arguments)


def command(environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    """Be the command line of ``ticketcore`` with this environment."""
    os.environ.clear()
    os.environ.update(environment)
    main(arguments, prog_name="ticketcore")

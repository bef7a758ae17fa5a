"""Output of every command: what a stream cannot show is replaced, and a stream that cannot be written ends in one line."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click


class OutputLost(click.ClickException):
    """Standard output cannot be written; what the command did is done, but for what ``undone`` says."""

    def __init__(self, error: OSError, undone: str = "") -> None:
        super().__init__(f"the output could not be written: {error.strerror or 'it is closed'}{undone}")
        self.error = error

    def show(self, file: Any = None) -> None:
        """Print the error, if standard error can be written."""
        echo(f"Error: {self.format_message()}", err=True)


def echo(text: str, *, err: bool = False, ends_line: bool = True) -> None:
    """Print a text, as a line unless it ends by itself; raise ``OutputLost`` if standard output cannot be written, and be silent if standard error cannot."""
    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(text.encode(_encoding(stream), "replace").decode(_encoding(stream)), file=stream, nl=ends_line)
    except OSError as error:
        _discard(stream)
        if not err:
            raise OutputLost(error) from error


@contextmanager
def undone_unless_shown(undo: Callable[[], object], outcome: str) -> Iterator[None]:
    """Call ``undo`` if a secret that is shown once cannot be written within the block; the error says its ``outcome``."""
    try:
        yield
    except OutputLost as lost:
        undo()
        raise OutputLost(lost.error, f"; {outcome}") from lost


def style(text: str, color: str | None = None, *, bold: bool = False) -> str:
    """Return a text in a colour for terminals, unless NO_COLOR is set (https://no-color.org)."""
    return text if os.environ.get("NO_COLOR") else click.style(text, fg=color, bold=bold or None)


def json_text(value: Any) -> str:
    """Return JSON; characters are escaped if standard output cannot show them."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(_encoding(sys.stdout))
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def run(command: Callable[[], Any]) -> None:
    """Run a command of click; end in one line if its help cannot be written."""
    _open_closed_streams()
    try:
        command()
    except OSError as error:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if frames[-1].f_code is not click.echo.__code__:
            raise
        # What click prints is an exception, to standard error, or its help.
        for frame in frames:
            printed = frame.f_locals.get("self")
            if isinstance(printed, click.ClickException):
                # The interpreter would try once more, and end with a status of its own.
                _discard(sys.stderr)
                sys.exit(printed.exit_code)
        _discard(sys.stdout)
        OutputLost(error).show()
        sys.exit(1)


def _open_closed_streams() -> None:
    """Replace the streams that Python lacks because their descriptors were closed: output is lost, errors go nowhere."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull)  # noqa: SIM115  Writing to it fails, and it lives as long as the process.
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115  Reading finds its end, and it lives as long as the process.
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  As above.


def _encoding(stream: TextIO) -> str:
    return stream.encoding or "utf-8"


def _discard(stream: TextIO) -> None:
    """Let what the stream still holds go nowhere: at its end the interpreter would write it again and fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)

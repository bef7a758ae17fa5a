"""Files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ticketcore.domain.errors import Unavailable


def write(path: Path, content: bytes) -> None:
    """Write or replace a file atomically, readable by its owner only; a concurrent reader gets the old content or the new.

    A crash may leave a temporary file behind, whose name begins with a dot.
    """
    _make_privately(path.parent)
    descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # Otherwise a power cut could keep the new name and lose the content.
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def check_writable(directory: Path) -> None:
    """Raise ``OSError`` unless files can be made in the directory, which is made if it is missing."""
    _make_privately(directory)
    with tempfile.TemporaryFile(prefix=".", dir=directory):
        pass


def _make_privately(directory: Path) -> None:
    """Make a directory and its missing parents for their owner alone: ``mkdir`` would give parents away."""
    for missing in reversed([each for each in (directory, *directory.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def unavailable(part: str) -> Iterator[None]:
    """Turn the operating system's errors into ``Unavailable``."""
    try:
        yield
    except OSError as error:
        raise Unavailable(part, error.strerror or type(error).__name__) from error

"""Files and directories that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path

from ticketcore_bootstrap.settings import SettingError

WRITABLE = "a place that can be written"


def make_directory(path: Path, variable: str) -> None:
    """Create a directory for its owner alone; raise ``SettingError`` for the variable that names it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(variable, f'"{path}"', WRITABLE) from error


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner may read, and that survives a power cut once this returns."""
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

"""Files and directories that only their owner may read."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

from ticketcore_bootstrap.variables import SettingError

_LOG = logging.getLogger("ticketcore")

_VARIABLE = "TICKETCORE_DATA"
WRITABLE = "a place that can be written"
_SECRET_SIZE = 256
_OF_OTHERS = 0o007
_OURS = re.compile(r"(ticketcore|simulated-payments)\.db(-wal|-shm|-journal)?|signing-key|first-admin-key|files|mail")


def make_directory(path: Path, variable: str) -> None:
    """Create a directory for its owner alone; raise ``SettingError`` for the variable that names it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(variable, f'"{path}"', WRITABLE) from error


def write_secret(path: Path, make: Callable[[], str]) -> None:
    """Write a secret to a file in the data directory, and make it only if that can be written; raise ``SettingError`` if not.

    No file is left behind if it cannot be made.
    """
    make_directory(path.parent, _VARIABLE)
    try:
        # A full disk is noticed before there is a secret to lose.
        write_privately(path, " " * _SECRET_SIZE)
        _overwrite(path, f"{make()}\n")
    except OSError as error:
        path.unlink(missing_ok=True)
        raise SettingError(_VARIABLE, f'"{path.parent}"', WRITABLE) from error
    except BaseException:
        path.unlink()
        raise


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner may read, and that survives a power cut once this returns."""
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _overwrite(path: Path, text: str) -> None:
    with open(path, "r+") as file:
        file.write(text)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def protect(data: Path) -> None:
    """Take the rights of other users off a data directory and what is ours in it; each is named in a warning.

    Rights of a group are left to those who gave them.  A directory that holds other things, too, is only warned of.
    """
    if not data.is_dir():
        return
    inside = list(data.iterdir())
    ours = [path for path in inside if _OURS.fullmatch(path.name) and not path.is_symlink()]
    for path in ours:
        _close(path)
    if len(ours) == len(inside):
        _close(data)
    elif data.stat().st_mode & _OF_OTHERS:
        _LOG.warning("other users may look into the data directory %s", data)


def _close(path: Path) -> None:
    if not path.stat().st_mode & _OF_OTHERS:
        return
    try:
        path.chmod(0o700 if path.is_dir() else 0o600)
    except PermissionError:
        _LOG.warning("other users may read %s, and its mode cannot be changed", path)
    else:
        _LOG.warning("other users could read %s: its mode was changed", path)

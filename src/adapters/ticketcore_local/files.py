"""Files in a directory."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from ticketcore.ports.files import Files
from ticketcore_local import atomic

# No part begins with a dot: none climbs, and none is a temporary file.
_NAME = re.compile(r"[A-Za-z0-9-][A-Za-z0-9.-]*(/[A-Za-z0-9-][A-Za-z0-9.-]*)*")


@attrs.frozen(eq=False)
class DirectoryFiles(Files):
    """Keeps files under ``directory``, which is made when the first one is put.

    Raises ``ValueError`` for a name that is not one.
    """

    directory: Path

    def put(self, name: str, content: bytes, content_type: str) -> None:
        path = self._path(name)
        with atomic.unavailable("files"):
            atomic.write(path, content)

    def get(self, name: str) -> bytes | None:
        path = self._path(name)
        with atomic.unavailable("files"):
            try:
                return path.read_bytes()
            except (FileNotFoundError, IsADirectoryError):
                return None

    def url(self, name: str) -> str | None:
        return None

    def check(self) -> None:
        with atomic.unavailable("files"):
            atomic.check_writable(self.directory)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not the name of a file: {name!r}")
        return self.directory / name

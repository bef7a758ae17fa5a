"""Files in a directory."""

from __future__ import annotations

from pathlib import Path

import attrs

from ticketcore.ports.files import Files, check_name
from ticketcore_local import atomic


@attrs.frozen(eq=False)
class DirectoryFiles(Files):
    """Keeps files under ``directory``, which is created with the first file."""

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
        check_name(name)
        return None

    def check(self) -> None:
        with atomic.unavailable("files"):
            atomic.check_writable(self.directory)

    def _path(self, name: str) -> Path:
        check_name(name)
        return self.directory / name

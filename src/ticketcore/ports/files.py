"""The port of files: QR images, which can be made again from the ledger at any time."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Files(Protocol):
    """Every method raises ``Unavailable`` if the files cannot be reached.

    A name is a relative path of letters, digits, ``/``, ``-`` and ``.`` that never climbs.
    """

    __slots__ = ()

    @abstractmethod
    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Store a file atomically.  A file of this name is replaced."""

    @abstractmethod
    def get(self, name: str) -> bytes | None:
        """Return the content, or ``None`` if there is no such file."""

    @abstractmethod
    def url(self, name: str) -> str | None:
        """Return a URL where a browser finds the file for a limited time, or ``None`` if there is no such file or URL."""

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if the files cannot be reached."""

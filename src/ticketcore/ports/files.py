"""The port of files: QR images, which can be made again from the ledger at any time."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Protocol

MAX_NAME = 200

# No segment begins with a dot: none climbs, and adapters may use hidden files of their own.
_SEGMENT = "[A-Za-z0-9-][A-Za-z0-9.-]*"
_NAME = re.compile(f"{_SEGMENT}(?:/{_SEGMENT})*")


class Files(Protocol):
    """Every method raises ``Unavailable`` if the files cannot be reached.

    A name is one or more segments joined by ``/``, of ASCII letters, digits, ``-`` and ``.``, none of which begins with a dot;
    it has at most 200 characters.  ``put``, ``get`` and ``url`` raise ``ValueError`` for any other name, as ``check_name`` does.
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


def check_name(name: str) -> None:
    """Raise ``ValueError`` if a text is not the name of a file."""
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a file: {name!r}")

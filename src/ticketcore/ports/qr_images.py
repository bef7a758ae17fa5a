"""The port of QR images."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class QrImages(Protocol):
    """A drawer of QR codes."""

    __slots__ = ()

    @abstractmethod
    def draw(self, text: str) -> bytes:
        """Return a PNG of the QR code of a text in QR's alphanumeric alphabet; the same text has the same bytes.

        Raises ``ValueError`` for any other text, or one that is too long, without quoting it.
        """

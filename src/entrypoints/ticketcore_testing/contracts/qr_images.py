"""Contract suite of the QR images."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketcore.ports import QrImages
from ticketcore_testing.interleaving import Race, assert_atomic

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
#: More than any QR code holds: 4296 characters in version 40 at error correction L (ISO/IEC 18004, table 7).
TOO_LONG = "A" * 4297
#: The empty text, texts in other alphabets, and one that is too long.
REFUSED = ["", "a ticket", "A TICKET\n", "ÉTÉ", "東京", "A_B", "\ud800", TOO_LONG]


@attrs.frozen
class Drawing:
    """An adapter, and a function that reads the text from a PNG that it drew, or returns ``None`` if there is none."""

    images: QrImages
    read: Callable[[bytes], str | None]


class QrImagesContract:
    """Hold ``QrImages`` to its contract; override ``drawing``."""

    @pytest.fixture
    def drawing(self) -> Drawing:
        """Return the adapter and a reader of its images: the one fixture to override."""
        raise NotImplementedError("override drawing")

    def test_the_text_can_be_read_from_its_image(self, drawing: Drawing) -> None:
        """Any text in QR's alphanumeric alphabet is read as it was drawn."""

        @settings(deadline=None)  # Scanning takes its time on a busy machine.
        @given(text=st.text(ALPHABET, min_size=1, max_size=400))
        def can_be_read(text: str) -> None:
            assert drawing.read(drawing.images.draw(text)) == text

        can_be_read()

    def test_an_image_is_a_png(self, drawing: Drawing) -> None:
        """It begins with the signature of a PNG and ends with its last chunk."""
        png = drawing.images.draw("A TICKET")
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert png.endswith(b"IEND\xaeB`\x82")

    def test_the_same_text_has_the_same_bytes(self, drawing: Drawing) -> None:
        """An image that is drawn again equals the stored one; another text has another image."""
        assert drawing.images.draw("A TICKET") == drawing.images.draw("A TICKET")
        assert drawing.images.draw("A TICKET") != drawing.images.draw("ANOTHER TICKET")

    @pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:12])
    def test_a_text_that_does_not_fit_is_refused(self, drawing: Drawing, text: str) -> None:
        """``draw`` raises ``ValueError`` without quoting the text, which may be that of a ticket."""
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # The port promises no words.
            drawing.images.draw(text)
        assert not text or text not in str(raised.value)

    def test_two_calls_are_atomic(self, drawing: Drawing) -> None:
        """A call that interrupts another one does not change its image."""

        def race() -> Race:
            return Race(lambda: drawing.images.draw("A TICKET"), lambda: drawing.images.draw("B"), lambda: None)

        assert_atomic(drawing.images, race)

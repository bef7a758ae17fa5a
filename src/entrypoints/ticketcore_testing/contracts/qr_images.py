"""What the port of QR images promises."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketcore.ports import QrImages

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
#: More than any QR code holds: 4296 characters in version 40 at error correction L (ISO/IEC 18004, table 7).
TOO_LONG = "A" * 4297
#: Nothing, texts of other alphabets, and one that is too long.
REFUSED = ["", "a ticket", "A TICKET\n", "ÉTÉ", "東京", "A_B", "\ud800", TOO_LONG]


@attrs.frozen
class Drawing:
    """An adapter, and what reads the text out of a PNG that it drew, or ``None`` if there is none in it."""

    images: QrImages
    read: Callable[[bytes], str | None]


class QrImagesContract:
    """Hold ``QrImages`` to its contract; override ``drawing``."""

    @pytest.fixture
    def drawing(self) -> Drawing:
        """Answer the adapter and a reader of its images: the one fixture to override."""
        raise NotImplementedError("override drawing")

    def test_the_image_says_the_text(self, drawing: Drawing) -> None:
        """Any text of QR's alphanumeric alphabet is read from its image."""

        @settings(deadline=None)  # Scanning takes its time on a busy machine.
        @given(text=st.text(ALPHABET, min_size=1, max_size=400))
        def says(text: str) -> None:
            assert drawing.read(drawing.images.draw(text)) == text

        says()

    def test_an_image_is_a_png(self, drawing: Drawing) -> None:
        """It begins with the signature of a PNG and ends with its last chunk."""
        png = drawing.images.draw("A TICKET")
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert png.endswith(b"IEND\xaeB`\x82")

    def test_the_same_text_has_the_same_bytes(self, drawing: Drawing) -> None:
        """An image that is drawn again is the image that was stored; another text has another one."""
        assert drawing.images.draw("A TICKET") == drawing.images.draw("A TICKET")
        assert drawing.images.draw("A TICKET") != drawing.images.draw("ANOTHER TICKET")

    @pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:12])
    def test_what_a_qr_code_cannot_say_is_refused(self, drawing: Drawing, text: str) -> None:
        """The text is not quoted: it may be somebody's ticket."""
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # The port promises no words.
            drawing.images.draw(text)
        assert not text or text not in str(raised.value)

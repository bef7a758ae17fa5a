"""Agreement of QR images: all adapters draw and refuse the same texts, each with the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ticketcore_testing.contracts.qr_images import ALPHABET, TOO_LONG, Drawing
from ticketcore_testing.strategies import anything, qr_texts


def _drawn(drawing: Drawing, text: str) -> bytes | None:
    try:
        return drawing.images.draw(text)
    except ValueError:
        return None


class QrImagesAgree(RuleBasedStateMachine):
    """One history of texts, drawn by every adapter.  ``open_drawings`` returns the adapters by their names."""

    def __init__(self, open_drawings: Callable[[], Mapping[str, Drawing]]) -> None:
        super().__init__()
        self.drawings = open_drawings()
        self.drawn: dict[str, Mapping[str, bytes]] = {}

    def _draw(self, text: str) -> Mapping[str, bytes]:
        """Draw a text with every adapter; all images contain it, or all adapters refuse it."""
        images = {name: _drawn(drawing, text) for name, drawing in self.drawings.items()}
        refused = {name for name, image in images.items() if image is None}
        assert refused in (set(), set(images)), f"refused by {refused} only"
        drawn = {name: image for name, image in images.items() if image is not None}
        assert all(self.drawings[name].read(image) == text for name, image in drawn.items())
        return drawn

    @rule(text=qr_texts | st.text(ALPHABET, min_size=1, max_size=300))
    def draw(self, text: str) -> None:
        """Draw the text of a ticket, or any other text of the alphabet."""
        self.drawn[text] = self._draw(text)
        assert self.drawn[text]

    @rule(text=st.sampled_from(["", TOO_LONG]) | anything.filter(lambda text: not set(text) <= set(ALPHABET)))
    def draw_what_cannot_be_drawn(self, text: str) -> None:
        """Draw an empty text, one that is too long, or one in another alphabet: it is refused."""
        assert not self._draw(text)

    @invariant()
    def the_same_text_has_the_same_bytes(self) -> None:
        """The last text, drawn again, has the same image."""
        for text in list(self.drawn)[-1:]:
            assert self._draw(text) == self.drawn[text]

    def teardown(self) -> None:
        """Compare the images of different texts, which differ."""
        for name in self.drawings:
            assert len({images[name] for images in self.drawn.values()}) == len(self.drawn)

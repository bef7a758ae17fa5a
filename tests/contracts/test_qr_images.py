"""What every adapter of the port ``QrImages`` keeps."""

from __future__ import annotations

import io
from collections.abc import Callable

import attrs
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from ticketcore.ports import QrImages
from ticketcore_codes import QrcodeQrImages
from ticketcore_memory import TextImages

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@attrs.frozen
class Case:
    """An adapter and what reads its images."""

    images: QrImages
    read: Callable[[PngImageFile], str | None]


def scan(image: Image.Image) -> str | None:
    """Answer what a scanner reads."""
    found = zxingcpp.read_barcode(image)
    return found.text if found else None


def read_title(image: PngImageFile) -> str | None:
    return image.text.get("Title")


#: Each adapter by its name.
ADAPTERS: dict[str, Case] = {
    "qrcode": Case(QrcodeQrImages(), scan),
    "text": Case(TextImages(), read_title),
}


@pytest.fixture(params=ADAPTERS, scope="session")
def case(request: pytest.FixtureRequest) -> Case:
    return ADAPTERS[request.param]


def read(case: Case, png: bytes) -> str | None:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        assert isinstance(image, PngImageFile)
        image.load()
        return case.read(image)


@settings(deadline=None)  # Scanning takes its time on a busy machine.
@given(text=st.text(ALPHABET, min_size=1, max_size=400))
def test_the_image_says_the_text(case: Case, text: str) -> None:
    """Any text of QR's alphanumeric alphabet is read from its image."""
    assert read(case, case.images.draw(text)) == text


def test_the_same_text_has_the_same_bytes(case: Case) -> None:
    """An image that is drawn again is the image that was stored; another text has another one."""
    assert case.images.draw("A TICKET") == case.images.draw("A TICKET")
    assert case.images.draw("A TICKET") != case.images.draw("ANOTHER TICKET")

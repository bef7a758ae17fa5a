"""Every maker of QR images keeps the contract of its port, and they agree."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial

import pytest
import zxingcpp
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from tests.contracts.agreeing import agree
from ticketcore_codes import QrcodeQrImages
from ticketcore_memory import TextImages
from ticketcore_testing.agreement.qr_images import QrImagesAgree
from ticketcore_testing.contracts.qr_images import Drawing, QrImagesContract


def scan(image: Image.Image) -> str | None:
    """Answer what a scanner reads."""
    found = zxingcpp.read_barcode(image)
    return found.text if found else None


def read_title(image: PngImageFile) -> str | None:
    return image.text.get("Title")


def read(look: Callable[[PngImageFile], str | None], png: bytes) -> str | None:
    """Open a PNG and look at it."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        assert isinstance(image, PngImageFile)
        image.load()
        return look(image)


#: Each adapter by its name.
ADAPTERS: Mapping[str, Drawing] = {
    "qrcode": Drawing(QrcodeQrImages(), partial(read, scan)),
    "text": Drawing(TextImages(), partial(read, read_title)),
}


class TestQrImages(QrImagesContract):
    """Images for scanners, and ones for programs."""

    @pytest.fixture(params=ADAPTERS)
    def drawing(self, request: pytest.FixtureRequest) -> Drawing:
        """Answer an adapter and what reads its images."""
        return ADAPTERS[request.param]


def test_the_images_agree() -> None:
    """Both say the same texts and refuse the same."""
    agree(partial(QrImagesAgree, lambda: ADAPTERS), examples=3)

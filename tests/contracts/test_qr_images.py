"""Every adapter for QR images passes the suite of its port, and they agree."""

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
    """Return what a scanner reads."""
    found = zxingcpp.read_barcode(image)
    return found.text if found else None


def read_title(image: PngImageFile) -> str | None:
    return image.text.get("Title")


def read(look: Callable[[PngImageFile], str | None], png: bytes) -> str | None:
    """Read the code in a PNG."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        assert isinstance(image, PngImageFile)
        image.load()
        return look(image)


#: Adapters by name.
ADAPTERS: Mapping[str, Drawing] = {
    "qrcode": Drawing(QrcodeQrImages(), partial(read, scan)),
    "text": Drawing(TextImages(), partial(read, read_title)),
}


class TestQrImages(QrImagesContract):
    """Images for scanners, and images for programs."""

    @pytest.fixture(params=ADAPTERS)
    def drawing(self, request: pytest.FixtureRequest) -> Drawing:
        """Return an adapter with a reader for its images."""
        return ADAPTERS[request.param]


def test_the_images_agree() -> None:
    """Both draw the same texts and refuse the same."""
    agree(partial(QrImagesAgree, lambda: ADAPTERS), examples=3)

"""A camera for Chromium that shows QR codes, as a file of pictures that it plays again and again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

_WIDTH, _HEIGHT = 640, 480
_PER_SECOND = 2
_HEADER = f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F{_PER_SECOND}:1 Ip A1:1 C420jpeg\n".encode()
_NO_COLOUR = b"\x80" * (_WIDTH * _HEIGHT // 2)
_SIDE = 390


def camera(file: Path, scenes: Iterable[tuple[str | None, int]]) -> list[str]:
    """Return the arguments of a Chromium whose camera shows a QR code, or nothing, for so many seconds each."""
    with file.open("wb") as written:
        written.write(_HEADER)
        for text, seconds in scenes:
            picture = b"FRAME\n" + _picture(text) + _NO_COLOUR
            written.write(picture * (seconds * _PER_SECOND))
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={file}",
    ]


def _picture(text: str | None) -> bytes:
    grey = Image.new("L", (_WIDTH, _HEIGHT), 110)
    if text is not None:
        code = QRCode(error_correction=ERROR_CORRECT_M)
        code.add_data(text)
        rows = code.get_matrix()
        drawn = Image.frombytes("L", (len(rows), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row))
        grey.paste(drawn.resize((_SIDE, _SIDE)), ((_WIDTH - _SIDE) // 2, (_HEIGHT - _SIDE) // 2))
    return grey.tobytes()

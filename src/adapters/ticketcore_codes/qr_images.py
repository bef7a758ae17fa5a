"""QR codes of tickets, for screens and paper and for a terminal (ISO/IEC 18004)."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ticketcore.ports.qr_images import QrImages

if TYPE_CHECKING:
    from qrcode.main import QRCode

_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
#: What version 40 holds at error correction M.
_MAX_LENGTH = 3391
# Choosing the best of the eight masks takes five times as long as all the rest, and this one reads as well.
_MASK = 2
_QUIET_ZONE = 4

# A module is eight pixels wide, so that it is one byte of an image with one bit a pixel.
_PIXELS = 8
# A quarter of the default level's time, for one per cent more octets.
_COMPRESSION = 4
_PIXELS_OF = bytes.maketrans(bytes([False, True]), b"\xff\x00")

# Black on white of the fixed 256 colours: a theme may show the eight basic ones as it likes.
_INK = "\x1b[38;5;16;48;5;231m"
_PLAIN = "\x1b[0m"
_HALF_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class QrcodeQrImages(QrImages):
    """Draws with the qrcode library, at error correction M."""

    __slots__ = ()

    def draw(self, text: str) -> bytes:
        return _png(_modules(text))


def terminal(text: str) -> str:
    """Return the QR code of a text as lines for a terminal of 256 colours, one character for two modules."""
    rows = _modules(text)
    light = [False] * len(rows)
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=light)
    return "\n".join(_INK + "".join(_HALF_BLOCKS[both] for both in zip(*pair, strict=True)) + _PLAIN for pair in pairs)


def svg(text: str) -> str | None:
    """Return the QR code of any text as the content of an SVG image, ``None`` if it is too long for one.

    The image has one unit for a module, black on white.
    """
    from qrcode.exceptions import DataOverflowError  # noqa: PLC0415  As in ``_new_code``.

    code = _new_code(None)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        return None
    rows = code.get_matrix()
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{dark}"/></svg>'
    )


def _modules(text: str) -> list[list[bool]]:
    """Return the rows of the QR code with its quiet zone, dark modules as ``True``."""
    _check(text)
    code = _new_code(_version(len(text), is_number=text.isdigit()))
    code.add_data(text, optimize=0)
    code.make(fit=False)
    modules: list[list[bool]] = code.get_matrix()
    return modules


def _new_code(version: int | None) -> QRCode[Any]:
    import qrcode  # noqa: PLC0415  Slow to import, and gates never draw.

    return qrcode.QRCode(version, qrcode.ERROR_CORRECT_M, border=_QUIET_ZONE, mask_pattern=_MASK)


@lru_cache
def _version(length: int, *, is_number: bool) -> int:
    """Return the smallest version for texts of a length; to search it again takes a quarter of the drawing."""
    code = _new_code(None)
    code.add_data(("0" if is_number else "A") * length, optimize=0)
    return code.best_fit()


def _check(text: str) -> None:
    if not 0 < len(text) <= _MAX_LENGTH:
        raise ValueError(f"a QR code holds 1 to {_MAX_LENGTH} characters, not {len(text)}")
    if strange := set(text) - _ALPHABET:
        raise ValueError(f"not in QR's alphanumeric alphabet: {''.join(sorted(strange))!r}")


def _png(rows: list[list[bool]]) -> bytes:
    """Return a one-bit greyscale PNG (W3C, Portable Network Graphics, third edition)."""
    side = len(rows) * _PIXELS
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    pixels = b"".join(_scan_line(row) * _PIXELS for row in rows)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(pixels, _COMPRESSION)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _scan_line(row: list[bool]) -> bytes:
    return b"\0" + bytes(row).translate(_PIXELS_OF)


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

"""A seal and QR images that need no library: for tests, simulation and trying things out."""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Sequence

import attrs

from ticketcore.domain import qr_text
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.ports import QrImages, Seal

# QR's alphanumeric mode, and what version 40 holds of it at error correction L (ISO/IEC 18004, tables 5 and 7).
_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_MAX_LENGTH = 4296


@attrs.define(eq=False)
class HmacSeal(Seal):
    """HMAC-SHA-512 (RFC 2104) in place of the signature: any holder of the key that verifies a code can also make one."""

    _secret: bytes = attrs.field(repr=False)

    @property
    def _key_id(self) -> bytes:
        return hashlib.sha256(self._secret).digest()[: qr_text.KEY_ID_BYTES]

    def _mac(self, signed: bytes) -> bytes:
        return hmac.digest(self._secret, signed, hashlib.sha512)

    @property
    def public_keys(self) -> Sequence[bytes]:
        return ()

    def seal(self, claim: Claim) -> str:
        signed = qr_text.signed_part(claim, self._key_id)
        return qr_text.write(signed, self._mac(signed))

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        if isinstance(code, TicketNotAuthentic):
            return code
        if not hmac.compare_digest(code.signature, self._mac(code.signed)):
            return TicketNotAuthentic(is_untrusted=code.key_id != self._key_id)
        return code.claim


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@attrs.define(eq=False)
class TextImages(QrImages):
    """A PNG of one pixel with the text as its title (PNG, 11.3.3.2 tEXt): what a program reads, not a scanner."""

    def draw(self, text: str) -> bytes:
        if not 0 < len(text) <= _MAX_LENGTH or set(text) - _ALPHABET:
            raise ValueError(f"must be 1 to {_MAX_LENGTH} characters of QR's alphanumeric alphabet")
        header = struct.pack(">IIBBBBB", 1, 1, 1, 0, 0, 0, 0)
        title = b"Title\0" + text.encode("ascii")
        pixel = zlib.compress(b"\0\0")
        chunks = _chunk(b"IHDR", header) + _chunk(b"tEXt", title) + _chunk(b"IDAT", pixel) + _chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + chunks

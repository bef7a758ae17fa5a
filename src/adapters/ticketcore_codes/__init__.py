"""Ticket codes: QR images by qrcode, the Ed25519 seal by cryptography."""

from __future__ import annotations

from ticketcore_codes.qr_images import QrcodeQrImages, svg, terminal
from ticketcore_codes.seal import (
    Ed25519Opener,
    Ed25519Seal,
    new_private_key,
    public_key_of,
    read_private_key,
    read_public_keys,
)

__all__ = [
    "Ed25519Opener",
    "Ed25519Seal",
    "QrcodeQrImages",
    "new_private_key",
    "public_key_of",
    "read_private_key",
    "read_public_keys",
    "svg",
    "terminal",
]

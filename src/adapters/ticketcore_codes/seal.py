"""The Ed25519 seal (RFC 8032) and its keys.

A key's text is ``tcsk_`` for a private or ``tcpk_`` for a public one, and the base64url (RFC 4648, section 5), without padding,
of its 32 raw bytes.  To rotate, sign with a new key and trust the old one's public key for as long as its tickets may come.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ticketcore.domain import qr_text
from ticketcore.domain.errors import CannotSeal, WrongKindOfKey
from ticketcore.domain.qr_text import Claim, ReadCode
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.ports.seal import Seal

# The last character carries two bits that decoding drops: a key has one spelling.
_KEY = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
# Every encoding of a point of low order: a signature that holds under one needs no private key (RFC 8032, section 8).
_LOW_ORDER = frozenset(
    bytes.fromhex(encoding)[:31] + bytes([bytes.fromhex(encoding)[31] | sign])
    for sign in (0x00, 0x80)
    for encoding in (
        "01" + "00" * 31,
        "00" * 32,
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    )
)
_PRIVATE = "tcsk_"
_PUBLIC = "tcpk_"
_FORM = "43 letters, digits, - and _ (base64url of 32 bytes, without padding)"


class Ed25519Opener(Seal):
    """Opens what the public keys ``trusted`` have sealed, and seals nothing."""

    __slots__ = ("_trusted",)

    def __init__(self, trusted: Iterable[Ed25519PublicKey]) -> None:
        self._trusted = [(_key_id(public), public) for public in trusted]

    @property
    def public_keys(self) -> Sequence[bytes]:
        return [public.public_bytes_raw() for _, public in self._trusted]

    def seal(self, claim: Claim) -> str:
        raise CannotSeal

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        code = qr_text.read(text)
        if isinstance(code, TicketNotAuthentic):
            return code
        # Three bytes are a hint, not a name: two keys may share them.
        named = [public for key_id, public in self._trusted if key_id == code.key_id]
        if any(_has_signed(public, code) for public in named):
            return code.claim
        return TicketNotAuthentic(is_untrusted=not named)


class Ed25519Seal(Ed25519Opener):
    """Signs with one key; trusts that one and ``trusted``."""

    __slots__ = ("_key", "_key_id")

    def __init__(self, key: Ed25519PrivateKey, trusted: Iterable[Ed25519PublicKey] = ()) -> None:
        super().__init__((key.public_key(), *trusted))
        self._key = key
        self._key_id = _key_id(key.public_key())

    def seal(self, claim: Claim) -> str:
        signed = qr_text.signed_part(claim, self._key_id)
        return qr_text.write(signed, self._key.sign(signed))


def _has_signed(public: Ed25519PublicKey, code: ReadCode) -> bool:
    try:
        public.verify(code.signature, code.signed)
    except InvalidSignature:
        return False
    return True


def _key_id(public: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(public.public_bytes_raw()).digest()[: qr_text.KEY_ID_BYTES]


def new_private_key() -> str:
    """Return the text of a new private key."""
    return _text(_PRIVATE, Ed25519PrivateKey.generate().private_bytes_raw())


def public_key_of(key: Ed25519PrivateKey) -> str:
    """Return the text of a private key's public key."""
    return _text(_PUBLIC, key.public_key().public_bytes_raw())


def read_private_key(text: str) -> Ed25519PrivateKey:
    """Read a private key; raise ``ValueError`` with a sentence fit for a user that does not give the text away."""
    wanted = f"a private key: {_PRIVATE} and {_FORM}"
    text = text.strip()
    if text.startswith(_PUBLIC):
        raise WrongKindOfKey("a public key", wanted)
    return Ed25519PrivateKey.from_private_bytes(_raw(_PRIVATE, text, f"must be {wanted}"))


def read_public_keys(text: str) -> list[Ed25519PublicKey]:
    """Read any number of public keys with commas between; raise ``ValueError`` as ``read_private_key`` does."""
    wanted = f"public keys with commas between them, each {_PUBLIC} and {_FORM}"
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if any(part.startswith(_PRIVATE) for part in parts):
        raise WrongKindOfKey("a private key", wanted)
    found = [_raw(_PUBLIC, part, f"must be {wanted}") for part in parts]
    if _LOW_ORDER & set(found):
        raise ValueError("must not be a public key of low order, for which anyone can sign")
    return [Ed25519PublicKey.from_public_bytes(raw) for raw in found]


def _text(kind: str, raw: bytes) -> str:
    return kind + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(kind: str, text: str, complaint: str) -> bytes:
    key = text.removeprefix(kind)
    if key == text or not _KEY.fullmatch(key):
        raise ValueError(complaint)
    return base64.urlsafe_b64decode(key + "=")

"""The text inside a QR code.

Layout, 96 bytes: version (1), key id (3), event id (12), ticket id (16), Ed25519 signature of all before it (64, RFC 8032).
Written as base32 (RFC 4648, section 6) without padding: 154 characters of QR's alphanumeric mode, which is just what
version 6 holds at error correction M (ISO/IEC 18004, table 7).  Base45 (RFC 9285) would save nothing at this size, and has
spaces and shell characters in its alphabet.
"""

from __future__ import annotations

import base64
import re
import unicodedata

import attrs

from ticketcore.domain import ids
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.refusals import TicketNotAuthentic

VERSION = 1
KEY_ID_BYTES = 3
SIGNATURE_BYTES = 64
_SIGNED_BYTES = 1 + KEY_ID_BYTES + ids.EVENT_BYTES + ids.SECRET_BYTES
TEXT_LENGTH = 154
#: The beginning of a text that tells keys apart: 30 bits, of which the version has 8 and the key id 22.
SIGNER_LENGTH = 6
# ISO/IEC 15424: a scanner may put the symbology of what it has read before it, such as ]Q1 for a QR code.
_AIM_PREFIX = re.compile(r"\][A-Za-z][0-9A-Za-z]")
#: Those of base32 (RFC 4648, table 3) whose last two bits are 0.
_LAST_CHARACTERS = "AEIMQUY4"
# White space, control characters, and format characters such as the byte order mark.
_ADDED = {"Cc", "Cf", "Zs", "Zl", "Zp"}


@attrs.frozen
class Claim:
    """What a seal vouches for."""

    event_id: EventId
    ticket_id: TicketId


@attrs.frozen
class ReadCode:
    """A QR text taken apart; nothing in it is to be believed before ``signature`` was verified over ``signed``."""

    key_id: bytes
    claim: Claim
    signed: bytes
    signature: bytes


def signed_part(claim: Claim, key_id: bytes) -> bytes:
    """Return the bytes that the key ``key_id`` has to sign; raise ``ValueError`` for what does not fit the layout."""
    if len(key_id) != KEY_ID_BYTES:
        raise ValueError(f"a key id has {KEY_ID_BYTES} bytes")
    event = ids.bytes_of(claim.event_id, ids.EVENT_BYTES)
    ticket = ids.bytes_of(claim.ticket_id, ids.SECRET_BYTES)
    return bytes([VERSION]) + key_id + event + ticket


def write(signed: bytes, signature: bytes) -> str:
    """Return the QR text."""
    return base64.b32encode(signed + signature).decode().rstrip("=")


def read(text: str) -> ReadCode | TicketNotAuthentic:
    """Take a QR text apart, in any case and with what scanners add around it; any other text whatever is refused."""
    text = _bare(_without_prefix(_bare(text)))
    if len(text) != TEXT_LENGTH or not text.isascii():
        return TicketNotAuthentic()
    text = text.upper()
    try:
        raw = base64.b32decode(text + "=" * (-TEXT_LENGTH % 8))
    except ValueError:
        return TicketNotAuthentic()
    # The last character carries two bits that decoding drops: only one spelling of a code is ours.
    if raw[0] != VERSION or text[-1] not in _LAST_CHARACTERS:
        return TicketNotAuthentic()
    signed, signature = raw[:_SIGNED_BYTES], raw[_SIGNED_BYTES:]
    key_id, rest = signed[1 : 1 + KEY_ID_BYTES], signed[1 + KEY_ID_BYTES :]
    claim = Claim(
        EventId(ids.text_of(rest[: ids.EVENT_BYTES])),
        TicketId(ids.text_of(rest[ids.EVENT_BYTES :])),
    )
    return ReadCode(key_id, claim, signed, signature)


def _bare(text: str) -> str:
    begin, end = 0, len(text)
    while begin < end and unicodedata.category(text[begin]) in _ADDED:
        begin += 1
    while begin < end and unicodedata.category(text[end - 1]) in _ADDED:
        end -= 1
    return text[begin:end]


def _without_prefix(text: str) -> str:
    prefix = _AIM_PREFIX.match(text)
    return text[prefix.end() :] if prefix else text

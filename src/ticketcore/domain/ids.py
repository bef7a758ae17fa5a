"""Ids: opaque to everybody else, lower-case base32 of random bytes here.

An order's id is its buyer's credential and a ticket's id is its holder's, so both carry 128 bits (OWASP ASVS 5.0, 11.5.1).
An event's id is public; its 96 bits let a QR code stay within version 6 (see ``codes``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import NewType

EventId = NewType("EventId", str)
OrderId = NewType("OrderId", str)
TicketId = NewType("TicketId", str)
AttemptId = NewType("AttemptId", str)
KeyId = NewType("KeyId", str)
TicketCode = NewType("TicketCode", str)

EVENT_BYTES = 12
SECRET_BYTES = 16
TICKET_CODE_BYTES = 10

_ID = re.compile("[a-z2-7]{1,32}")
# Crockford's base32: no I, L, O or U, so that a code survives being read aloud.
_READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def text_of(raw: bytes) -> str:
    """Answer bytes as an id: lower-case base32 (RFC 4648, section 6) without padding."""
    return base64.b32encode(raw).decode().rstrip("=").lower()


def bytes_of(identifier: str, size: int) -> bytes:
    """Answer the ``size`` bytes of an id; raise ``ValueError`` unless it is exactly what ``text_of`` writes."""
    wrong = ValueError(f"not an id of {size} bytes")
    try:
        raw = base64.b32decode(identifier.upper() + "=" * (-len(identifier) % 8))
    except ValueError:
        raise wrong from None
    if len(raw) != size or text_of(raw) != identifier:
        raise wrong
    return raw


def is_id(text: str, size: int) -> bool:
    """Whether ``text`` could be an id of ``size`` bytes; a store need not be asked about any other."""
    try:
        bytes_of(text, size)
    except ValueError:
        return False
    return True


def event_id(text: str) -> EventId:
    """Return a text from outside as an event's id; a malformed one becomes the empty id, which no event has.

    So no store is asked about megabytes or control characters.
    """
    return EventId(_well_formed(text))


def order_id(text: str) -> OrderId:
    """Return a text from outside as an order's id; a malformed one becomes the empty id, which no order has."""
    return OrderId(_well_formed(text))


def ticket_id(text: str) -> TicketId:
    """Return a text from outside as a ticket's id; a malformed one becomes the empty id, which no ticket has."""
    return TicketId(_well_formed(text))


def key_id(text: str) -> KeyId:
    """Return a text from outside as an API key's id; a malformed one becomes the empty id, which no key has."""
    return KeyId(_well_formed(text))


def _well_formed(text: str) -> str:
    return text if _ID.fullmatch(text) else ""


def ticket_code(raw: bytes) -> TicketCode:
    """Answer a ticket code such as ``7QXK2-M3PTV``: five bits of each byte of ``raw`` to a character."""
    characters = "".join(_READABLE[byte % 32] for byte in raw)
    half = len(characters) // 2
    return TicketCode(f"{characters[:half]}-{characters[half:]}")


def order_id_for(secret: bytes, customer_email: str, idempotency_key: str) -> OrderId:
    """Answer the order id that belongs to a buyer's idempotency key: the same key is the same order on every store.

    A keyed hash (HMAC-SHA-256, RFC 2104, cut to 128 bits), so that nobody without ``secret`` can guess an order's id.
    """
    message = f"{len(customer_email)}:{customer_email}{idempotency_key}".encode(errors="surrogatepass")
    return OrderId(text_of(hmac.digest(secret, message, hashlib.sha256)[:SECRET_BYTES]))


def digest(identifier: str) -> str:
    """Answer twelve hexadecimal digits that stand for a secret id in logs and metrics and do not give it away."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:12]

"""Ids: opaque to clients, lower-case base32 of random bytes here.

An order's id is its buyer's credential and a ticket's id is its holder's, so both carry 128 bits (OWASP ASVS 5.0, 11.5.1).
An event's id is public; its 96 bits let a QR code stay within version 6 (see ``qr_text``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from functools import cache
from typing import NewType

EventId = NewType("EventId", str)
OrderId = NewType("OrderId", str)
TicketId = NewType("TicketId", str)
AttemptId = NewType("AttemptId", str)
KeyId = NewType("KeyId", str)
WebhookId = NewType("WebhookId", str)
#: A message to a webhook, whose receiver knows it again by this id.
MessageId = NewType("MessageId", str)
TicketCode = NewType("TicketCode", str)
#: Stands for the buyer of an event's orders, without his address.
CustomerDigest = NewType("CustomerDigest", str)

EVENT_BYTES = 12
SECRET_BYTES = 16
TICKET_CODE_BYTES = 10

# Base32 of RFC 4648 in lower case.
_DIGITS, _BITS_PER_DIGIT = "abcdefghijklmnopqrstuvwxyz234567", 5
_PAIRS, _BITS_PER_PAIR = [first + second for first in _DIGITS for second in _DIGITS], 10
_PAIR = 2**_BITS_PER_PAIR - 1
_ID = re.compile(f"[{_DIGITS}]{{1,32}}")
#: The hexadecimal digits of a digest: two of ten million orders share one with a probability of three in a million.
DIGEST_DIGITS = 16
_DIGEST = re.compile(f"[0-9a-f]{{{DIGEST_DIGITS}}}")
# Crockford's base32: no I, L, O or U, so that a code survives being read aloud.
_READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")


def text_of(raw: bytes) -> str:
    """Return bytes as an id: lower-case base32 (RFC 4648, section 6) without padding."""
    # By two digits at a time, which takes half as long as base64.b32encode: a scan writes three ids.
    bits, pairs = 8 * len(raw), -(-8 * len(raw) // _BITS_PER_PAIR)
    number = int.from_bytes(raw, "big") << (_BITS_PER_PAIR * pairs - bits)
    places = range(_BITS_PER_PAIR * (pairs - 1), -1, -_BITS_PER_PAIR)
    text = "".join([_PAIRS[number >> place & _PAIR] for place in places])
    return text[: -(-bits // _BITS_PER_DIGIT)]


def bytes_of(identifier: str, size: int) -> bytes:
    """Return the ``size`` bytes of an id; raise ``ValueError`` unless it is exactly what ``text_of`` writes."""
    wrong = ValueError(f"not an id of {size} bytes")
    try:
        raw = base64.b32decode(identifier.upper() + "=" * (-len(identifier) % 8))
    except ValueError:
        raise wrong from None
    if len(raw) != size or text_of(raw) != identifier:
        raise wrong
    return raw


def is_id(text: str, size: int) -> bool:
    """Return whether ``text`` could be an id of ``size`` bytes; no store needs to be asked about any other."""
    return _ids_of(size).fullmatch(text) is not None


@cache
def _ids_of(size: int) -> re.Pattern[str]:
    """Return a pattern of the texts that ``text_of`` writes: the bits that the last digit has too many are zero."""
    digits = -(-8 * size // _BITS_PER_DIGIT)
    unused = digits * _BITS_PER_DIGIT - 8 * size
    return re.compile(f"[{_DIGITS}]{{{digits - 1}}}[{_DIGITS[:: 2**unused]}]")


def event_id(text: object) -> EventId:
    """Return a text from outside as an event's id; a malformed one becomes the empty id, which no event has.

    So no store is asked about megabytes or control characters.
    """
    return EventId(_well_formed(text))


def order_id(text: object) -> OrderId:
    """Return a text from outside as an order's id; a malformed one becomes the empty id, which no order has."""
    return OrderId(_well_formed(text))


def ticket_id(text: object) -> TicketId:
    """Return a text from outside as a ticket's id; a malformed one becomes the empty id, which no ticket has."""
    return TicketId(_well_formed(text))


def key_id(text: object) -> KeyId:
    """Return a text from outside as an API key's id; a malformed one becomes the empty id, which no key has."""
    return KeyId(_well_formed(text))


def webhook_id(text: object) -> WebhookId:
    """Return a text from outside as a webhook's id; a malformed one becomes the empty id, which no webhook has."""
    return WebhookId(_well_formed(text))


def message_id(text: object) -> MessageId:
    """Return a text from outside as the id of a message to a webhook; a malformed one becomes the empty id."""
    return MessageId(_well_formed(text))


def _well_formed(text: object) -> str:
    return text if isinstance(text, str) and _ID.fullmatch(text) else ""


def ticket_code(raw: bytes) -> TicketCode:
    """Return a ticket code such as ``7QXK2-M3PTV``: five bits of each byte of ``raw`` to a character."""
    characters = "".join(_READABLE[byte % 32] for byte in raw)
    half = len(characters) // 2
    return TicketCode(f"{characters[:half]}-{characters[half:]}")


def read_ticket_code(text: object) -> TicketCode:
    """Return a ticket code as a person has typed it: in any case, with O for 0, I or L for 1, with or without hyphen.

    Any other text becomes the empty code, which no order has.
    """
    if not isinstance(text, str):
        return TicketCode("")
    typed = re.sub(r"[\s-]", "", text).upper().translate(_LOOKALIKES)
    if len(typed) != TICKET_CODE_BYTES or set(typed) - set(_READABLE):
        return TicketCode("")
    half = TICKET_CODE_BYTES // 2
    return TicketCode(f"{typed[:half]}-{typed[half:]}")


def order_id_for(secret: bytes, idempotency_key: str) -> OrderId:
    """Return the order id that belongs to an idempotency key: the same key is the same order on every store.

    A keyed hash (HMAC-SHA-256, RFC 2104, cut to 128 bits), so that an order's id cannot be guessed without ``secret``.
    """
    message = idempotency_key.encode(errors="surrogatepass")
    return OrderId(text_of(hmac.digest(secret, message, hashlib.sha256)[:SECRET_BYTES]))


def customer_digest(secret: bytes, event_id: EventId, address: str) -> CustomerDigest:
    """Return what stands for a buyer's canonical address (``emails.canonical``) among the orders of one event.

    A keyed hash (HMAC-SHA-256, cut to 128 bits): addresses are few enough to be guessed one by one, which a plain hash
    would confirm.  The event is part of it, so that nothing shows which events one person goes to.
    """
    message = f"{event_id}:{address}".encode(errors="surrogatepass")
    return CustomerDigest(text_of(hmac.digest(secret, message, hashlib.sha256)[:SECRET_BYTES]))


def is_digest(text: object) -> bool:
    """Return whether ``text`` could be the digest of an id."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def read_digest(text: object) -> str:
    """Return a text from outside, in any case, as a digest; any other text becomes empty, which no id has."""
    return text.lower() if isinstance(text, str) and is_digest(text.lower()) else ""


def digest(identifier: str) -> str:
    """Return sixteen hexadecimal digits that stand for a secret id in logs and metrics without revealing it."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:DIGEST_DIGITS]

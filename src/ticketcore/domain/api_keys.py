"""API keys: credentials of admins, gates and what reads metrics."""

from __future__ import annotations

import enum
import hashlib
import hmac
from datetime import datetime

import attrs

from ticketcore.domain import ids
from ticketcore.domain.ids import EventId, KeyId

MAX_NAME = 100
_SECRET_BYTES = 20
_KEY_ID_BYTES = 5
#: How many random bytes ``make`` takes.
RANDOM_BYTES = _KEY_ID_BYTES + _SECRET_BYTES
_PREFIX = "tck"


class Role(enum.StrEnum):
    """What an API key entitles its holder to do: everything, admit tickets, or read metrics."""

    ADMIN = "admin"
    GATE = "gate"
    METRICS = "metrics"


class KeyRefusal(enum.StrEnum):
    """Why a key is refused: there is no such key, it was revoked, or its role may not do what was asked."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    FORBIDDEN = "forbidden"


@attrs.frozen
class ApiKey:
    """A key as it is stored, with the hash of its secret; a gate's key may be bound to the events ``event_ids``.

    A plain SHA-256 is enough: a secret of 160 random bits cannot be found by trying.
    """

    id: KeyId
    name: str
    role: Role
    secret_hash: bytes = attrs.field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None
    event_ids: frozenset[EventId] | None = None

    @property
    def holder(self) -> Holder:
        """Its holder, as the journal names who acts."""
        return Holder(self.id, self.name, self.role, self.event_ids)

    def refusal_of(self, secret: str) -> KeyRefusal | None:
        """Return why this key is refused with ``secret``, or ``None`` if it is valid; compare in constant time."""
        if not hmac.compare_digest(self.secret_hash, hash_of(secret)):
            return KeyRefusal.UNKNOWN
        return None if self.revoked_at is None else KeyRefusal.REVOKED


@attrs.frozen
class Holder:
    """Who acts: the holder of the key with this id and name; ``event_ids`` are the events that a gate's key is bound to."""

    id: str
    name: str
    role: Role
    event_ids: frozenset[EventId] | None = None


#: Acts of a program that uses the library without a key.
LIBRARY = Holder("library", "library", Role.ADMIN)


def hash_of(secret: str) -> bytes:
    """Return the hash under which a secret is stored."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def make(
    name: str, role: Role, random: bytes, now: datetime, event_ids: frozenset[EventId] | None = None
) -> tuple[ApiKey, str]:
    """Return a new key and its text, which is shown once and not stored.

    Raises ``ValueError`` unless ``random`` is ``RANDOM_BYTES`` long.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a key is made of {RANDOM_BYTES} random bytes")
    key_id = KeyId(ids.text_of(random[:_KEY_ID_BYTES]))
    secret = ids.text_of(random[_KEY_ID_BYTES:])
    return ApiKey(key_id, name, role, hash_of(secret), now, None, event_ids), f"{_PREFIX}_{key_id}_{secret}"


def random_with_id(random: bytes, idempotency_key: str) -> bytes:
    """Return random bytes for ``make`` with the id that belongs to an idempotency key, and the secret of ``random``."""
    digest = hashlib.sha256(b"ticketcore.keys\0" + idempotency_key.encode(errors="surrogatepass")).digest()
    return digest[:_KEY_ID_BYTES] + random[_KEY_ID_BYTES:]


def split(text: str) -> tuple[KeyId, str] | None:
    """Return a key text's id and secret, or ``None`` if it is no key text."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != _PREFIX or not ids.is_id(key_id, _KEY_ID_BYTES):
        return None
    return KeyId(key_id), secret

"""API keys: who may act as an admin or as a gate."""

from __future__ import annotations

import enum
import hashlib
import hmac
from datetime import datetime

import attrs

from ticketcore.domain import ids
from ticketcore.domain.ids import KeyId

MAX_NAME = 100
_SECRET_BYTES = 20
_KEY_ID_BYTES = 5
#: What ``make`` needs to be unguessable.
RANDOM_BYTES = _KEY_ID_BYTES + _SECRET_BYTES
_PREFIX = "tck"


class Role(enum.StrEnum):
    """What the holder of an API key may do."""

    ADMIN = "admin"
    GATE = "gate"


@attrs.frozen
class ApiKey:
    """A key as it is stored: the secret's hash only.

    A plain SHA-256 is enough for a secret of 160 random bits: there is nothing to guess from.
    """

    id: KeyId
    name: str
    role: Role
    secret_hash: bytes = attrs.field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None

    def admits(self, secret: str) -> bool:
        """Whether ``secret`` opens this key; compared in constant time."""
        return hmac.compare_digest(self.secret_hash, hash_of(secret)) and self.revoked_at is None


def hash_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def make(name: str, role: Role, random: bytes, now: datetime) -> tuple[ApiKey, str]:
    """Answer a new key and its text, which is shown once and stored nowhere.

    Raises ``ValueError`` unless ``random`` is ``RANDOM_BYTES`` long.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a key is made of {RANDOM_BYTES} random bytes")
    key_id = KeyId(ids.text_of(random[:_KEY_ID_BYTES]))
    secret = ids.text_of(random[_KEY_ID_BYTES:])
    return ApiKey(key_id, name, role, hash_of(secret), now), f"{_PREFIX}_{key_id}_{secret}"


def split(text: str) -> tuple[KeyId, str] | None:
    """Answer a key text's id and secret, or ``None`` for any other text."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != _PREFIX or not ids.is_id(key_id, _KEY_ID_BYTES):
        return None
    return KeyId(key_id), secret

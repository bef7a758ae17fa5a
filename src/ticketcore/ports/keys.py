"""The port of API keys and of the ledger's own secrets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.ids import KeyId


class Keys(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached."""

    __slots__ = ()

    @abstractmethod
    def add(self, key: ApiKey) -> None:
        """Record a new key.  Adding the same id again changes nothing."""

    @abstractmethod
    def get(self, key_id: KeyId) -> ApiKey | None:
        """Return the key, revoked or not, or ``None`` if there is none."""

    @abstractmethod
    def list(self) -> Sequence[ApiKey]:
        """Return all keys, oldest first."""

    @abstractmethod
    def revoke(self, key_id: KeyId, now: datetime) -> ApiKey | None:
        """Revoke a key and return it, or ``None`` if there is none.  Repeating it keeps the time of the first call."""

    @abstractmethod
    def secret(self, name: str, fresh: bytes) -> bytes:
        """Return the secret of this name; the first call stores ``fresh`` as the secret, for all processes on this ledger."""

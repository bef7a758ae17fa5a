"""The port of API keys, of the acts of admins, and of the ledger's own secrets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ticketcore.domain.acts import ActPage
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.ids import KeyId


class Keys(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached."""

    __slots__ = ()

    @abstractmethod
    def add(self, key: ApiKey, by: str | None = None) -> None:
        """Record a new key and its act (``acts.key_created``), atomically.  Adding the same id again changes nothing."""

    @abstractmethod
    def get(self, key_id: KeyId) -> ApiKey | None:
        """Return the key, revoked or not, or ``None`` if there is none."""

    @abstractmethod
    def list(self) -> Sequence[ApiKey]:
        """Return all keys, oldest first."""

    @abstractmethod
    def revoke(self, key_id: KeyId, now: datetime, by: str | None = None) -> ApiKey | None:
        """Revoke a key, record its act (``acts.key_revoked``), atomically, and return it, or ``None`` if there is none.

        Repeating it keeps the time of the first call and records nothing.
        """

    @abstractmethod
    def acts(self, after: int | None, limit: int) -> ActPage:
        """Return at most ``limit`` acts on events and keys that come after the cursor ``after``, latest first."""

    @abstractmethod
    def kept_secret(self, name: str) -> bytes | None:
        """Return the secret of this name, or ``None`` if there is none."""

    @abstractmethod
    def secret(self, name: str, fresh: bytes) -> bytes:
        """Return the secret of this name; the first call stores ``fresh`` as the secret, for all processes on this ledger."""

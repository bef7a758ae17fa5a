"""API keys and the ledger's own secrets in process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.ids import KeyId
from ticketcore.ports import Keys
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryKeys(Keys):
    """API keys and secrets of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def add(self, key: ApiKey) -> None:
        with self._ledger.lock:
            self._ledger.keys.setdefault(key.id, key)

    def get(self, key_id: KeyId) -> ApiKey | None:
        with self._ledger.lock:
            return self._ledger.keys.get(key_id)

    def list(self) -> Sequence[ApiKey]:
        with self._ledger.lock:
            return sorted(self._ledger.keys.values(), key=lambda key: (key.created_at, key.id))

    def revoke(self, key_id: KeyId, now: datetime) -> ApiKey | None:
        with self._ledger.lock:
            key = self._ledger.keys.get(key_id)
            if key is not None and key.revoked_at is None:
                key = self._ledger.keys[key_id] = attrs.evolve(key, revoked_at=now)
            return key

    def secret(self, name: str, fresh: bytes) -> bytes:
        with self._ledger.lock:
            return self._ledger.secrets.setdefault(name, fresh)

"""API keys and the ledger's own secrets in process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain import acts
from ticketcore.domain.acts import ActPage
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.ids import KeyId
from ticketcore.ports import Keys
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryKeys(Keys):
    """API keys and secrets of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def add(self, key: ApiKey, by: str | None = None) -> None:
        with self._ledger.lock:
            if key.id not in self._ledger.keys:
                self._ledger.keys[key.id] = key
                self._ledger.acts.append(acts.key_created(key, by))

    def get(self, key_id: KeyId) -> ApiKey | None:
        with self._ledger.lock:
            return self._ledger.keys.get(key_id)

    def list(self) -> Sequence[ApiKey]:
        with self._ledger.lock:
            return sorted(self._ledger.keys.values(), key=lambda key: (key.created_at, key.id))

    def revoke(self, key_id: KeyId, now: datetime, by: str | None = None) -> ApiKey | None:
        with self._ledger.lock:
            key = self._ledger.keys.get(key_id)
            if key is not None and key.revoked_at is None:
                key = self._ledger.keys[key_id] = attrs.evolve(key, revoked_at=now)
                self._ledger.acts.append(acts.key_revoked(key, by, now))
            return key

    def acts(self, after: int | None, limit: int) -> ActPage:
        with self._ledger.lock:
            rest = self._ledger.acts[: None if after is None else after - 1]
        page = tuple(reversed(rest[-limit:]))
        return ActPage(page, len(rest) - limit + 1 if len(rest) > limit else None)

    def kept_secret(self, name: str) -> bytes | None:
        with self._ledger.lock:
            return self._ledger.secrets.get(name)

    def secret(self, name: str, fresh: bytes) -> bytes:
        with self._ledger.lock:
            return self._ledger.secrets.setdefault(name, fresh)

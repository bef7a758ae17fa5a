"""Leases in process."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.ports import Leases
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryLeases(Leases):
    """The leases of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        with self._ledger.lock:
            before = self._ledger.leases.get(name)
            if before is not None and before[0] != holder and before[1] > now:
                return False
            self._ledger.leases[name] = holder, until
            return True

"""The outbox in process."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

import attrs

from ticketcore.domain.ids import OrderId
from ticketcore.ports import Outbox, OutboxRow
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryOutbox(Outbox):
    """The outbox of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        with self._ledger.lock:
            rows = (row for row in self._ledger.outbox.values() if order_ids is None or row.order_id in order_ids)
            return tuple(islice(rows, limit))

    def sent(self, rows: Sequence[OutboxRow]) -> None:
        with self._ledger.lock:
            for row in rows:
                self._ledger.outbox.pop(row.id, None)

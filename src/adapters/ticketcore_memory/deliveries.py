"""Deliveries in process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain.deliveries import Delivery, DeliveryBacklog, DeliveryKind, DeliveryStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Entry
from ticketcore.ports import Deliveries
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryDeliveries(Deliveries):
    """The deliveries of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def claim(self, now: datetime) -> Delivery | None:
        with self._ledger.lock:
            due = self._due(now)
            if not due:
                return None
            claimed = due[0].claimed(now)
            self._ledger.put_delivery(claimed)
            return claimed

    def settle(self, claimed: Delivery, after: Delivery, entry: Entry) -> bool:
        with self._ledger.lock:
            if not self._is_current(claimed):
                return False
            self._ledger.put_delivery(after)
            self._ledger.write(entry)
            return True

    def withdraw(self, claimed: Delivery) -> bool:
        with self._ledger.lock:
            if not self._is_current(claimed):
                return False
            del self._ledger.deliveries[claimed.order_id, claimed.kind]
            return True

    def _is_current(self, claimed: Delivery) -> bool:
        return self._ledger.deliveries.get((claimed.order_id, claimed.kind)) == claimed

    def due(self, now: datetime, limit: int) -> Sequence[OrderId]:
        with self._ledger.lock:
            return [each.order_id for each in self._due(now)[:limit]]

    def _due(self, now: datetime) -> list[Delivery]:
        due = [each for each in self._ledger.deliveries.values() if each.is_due(now)]
        return sorted(due, key=_schedule)

    def backlog(self) -> DeliveryBacklog:
        with self._ledger.lock:
            found = list(self._ledger.deliveries.values())
        pending = [each.asked_at for each in found if each.status is DeliveryStatus.PENDING]
        undelivered = sum(each.status is DeliveryStatus.UNDELIVERED for each in found)
        return DeliveryBacklog(len(pending), undelivered, min(pending, default=None))


def _schedule(delivery: Delivery) -> tuple[datetime, OrderId, DeliveryKind]:
    assert delivery.due_at is not None
    return delivery.due_at, delivery.order_id, delivery.kind

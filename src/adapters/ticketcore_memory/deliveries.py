"""Deliveries in process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain.announcements import Announcement
from ticketcore.domain.deliveries import Delivery, DeliveryBacklog, DeliveryKind, DeliveryStatus, asked
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Entry
from ticketcore.domain.order_listing import place_of
from ticketcore.domain.orders import OrderStatus
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

    def of_order(self, order_id: OrderId) -> Sequence[Delivery]:
        with self._ledger.lock:
            found = [self._ledger.deliveries.get((order_id, kind)) for kind in sorted(DeliveryKind)]
        return [delivery for delivery in found if delivery]

    def announce(self, now: datetime, limit: int) -> int | None:
        with self._ledger.lock:
            announcement = min(self._ledger.announcements.values(), key=lambda each: each.event_id, default=None)
            return self._announce(announcement, now, limit) if announcement else None

    def _announce(self, announcement: Announcement, now: datetime, limit: int) -> int:
        orders = (self._ledger.orders[each] for each in self._ledger.orders_of_event.get(announcement.event_id, ()))
        paid = sorted((order for order in orders if order.status is OrderStatus.PAID), key=place_of)
        piece = [order for order in paid if place_of(order) > announcement.after][:limit]
        for order in piece:
            self._ledger.put_delivery(asked(order.id, announcement.kind, announcement.number, now))
        if len(piece) == limit:
            self._ledger.announcements[announcement.event_id] = attrs.evolve(announcement, after=place_of(piece[-1]))
        else:
            del self._ledger.announcements[announcement.event_id]
        return len(piece)

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

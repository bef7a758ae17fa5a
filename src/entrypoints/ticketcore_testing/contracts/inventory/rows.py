"""A ledger of one event, made of the domain's rules: the reference for a counter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs

from ticketcore.domain import reservations
from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import HOLDING, TRANSITIONS, Change, Order, OrderStatus
from ticketcore.domain.reservations import ReservationRequest

#: Transitions of an order, by name.
ENDS = {
    "cancel": (OrderStatus.CANCELLED,),
    "sell": (OrderStatus.PROCESSING, OrderStatus.PAID),
    "decline": (OrderStatus.PROCESSING, OrderStatus.DECLINED),
    "refund": (OrderStatus.REFUNDED,),
}


@attrs.define(eq=False)
class Rows:
    """An event's row and its orders."""

    event: Event
    _orders: dict[OrderId, Order] = attrs.field(factory=dict)

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | None:
        """Return the change, without availability if the order existed before; ``None`` if it is refused."""
        known = self._orders.get(wanted.order_id)
        if known:
            return Change(known)
        order = reservations.reserve(self.event, wanted, now)
        return self._write(order) if isinstance(order, Order) else None

    def end(self, order_id: OrderId, way: str, now: datetime) -> Change | None:
        """Return the change, without availability if the order had ended so before; ``None`` if its status does not allow it."""
        order = self._orders.get(order_id)
        moves = ENDS[way]
        if order is None:
            return None
        if order.status is moves[-1]:
            return Change(order)
        if moves[0] not in TRANSITIONS[order.status] or reservations.is_due(order, now):
            return None
        for status in moves:
            order = order.to(status)
        return self._write(order)

    def expire_due(self, now: datetime) -> Iterator[Change]:
        for order in [order for order in self._orders.values() if reservations.is_due(order, now)]:
            yield self._write(reservations.as_of(order, now))

    def has_due(self, now: datetime) -> bool:
        return any(reservations.is_due(order, now) for order in self._orders.values())

    def change_capacity(self, capacity: int) -> None:
        """Change the capacity, unless more places are taken."""
        if capacity != self.event.capacity and capacity >= self.event.held + self.event.sold:
            self.event = attrs.evolve(self.event, capacity=capacity, version=self.event.version + 1)

    def change_terms(self, **fields: Any) -> None:
        self.event = attrs.evolve(self.event, **fields, revision=self.event.revision + 1)

    def _write(self, order: Order) -> Change:
        self._orders[order.id] = order
        version = self.event.version + 1
        self.event = attrs.evolve(
            self.event, held=self._places(*HOLDING), sold=self._places(OrderStatus.PAID), version=version
        )
        return Change(order, self.event.availability)

    def _places(self, *statuses: OrderStatus) -> int:
        return sum(order.quantity for order in self._orders.values() if order.status in statuses)

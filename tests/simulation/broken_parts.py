"""Queues, gateways and inventories with one rule broken each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from ticketcore.ids import AttemptId, EventId, OrderId
from ticketcore.payment import Attempt
from ticketcore.ports import (
    Approved,
    Declined,
    Delivery,
)
from ticketcore.stock import Stock
from ticketcore_simulator.parts import BookkeepingGateway, LossyInventory, LossyQueue


@attrs.define(eq=False)
class AcknowledgesFirst(LossyQueue):
    """Forgets a message when it is delivered."""

    def receive(self, limit: int, now: datetime) -> Sequence[Delivery]:
        deliveries = super().receive(limit, now)
        for delivery in deliveries:
            self.done(delivery)
        return deliveries


@attrs.define(eq=False)
class RetryLoses(LossyQueue):
    """Forgets a message that is given back."""

    def retry(self, delivery: Delivery, after: timedelta, now: datetime) -> None:
        self.done(delivery)


@attrs.define(eq=False)
class KeyPerRequest(BookkeepingGateway):
    """Charges anew whenever it is asked."""

    asked: int = 0

    def charge(self, attempt: Attempt) -> Approved | Declined:
        self.asked += 1
        return super().charge(attrs.evolve(attempt, id=AttemptId(f"{attempt.id} {self.asked}")))


class RefundsNothing(BookkeepingGateway):
    """Says that the money was returned, and keeps it."""

    def refund(self, attempt: Attempt) -> None:
        pass


# The inventory, which a sweep would put right: only where nothing is lost is a difference a proof


@attrs.define(eq=False)
class IgnoresVersions(LossyInventory):
    """Follows any news, however old."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        if counter is not None:
            counter.version = 0
        super().settle(event_id, order_id, stock, keep=keep)


@attrs.define(eq=False)
class EndGivesNothingBack(LossyInventory):
    """Ends a take without giving its places back, if newer news came before."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        flight = counter.flights.get(order_id) if counter else None
        super().settle(event_id, order_id, stock, keep=keep)
        if counter and flight and stock and stock.version < counter.version:
            counter.available -= flight.quantity

"""Orders with a rule broken that shows only while others are at work."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore import Order, OrderStatus
from ticketcore.domain.orders import Change
from ticketcore.domain.payments import Attempt, PayRefusal
from ticketcore.domain.reservations import Reservation, ReserveRefusal
from ticketcore_memory import MemoryOrders
from ticketcore_simulator import Scheduler


@attrs.define(eq=False)
class CheckThenAct(MemoryOrders):
    """Looks whether places are free, and takes them later."""

    scheduler: Scheduler = attrs.field(kw_only=True)

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        seen = self._ledger.events[wanted.event_id]
        if wanted.order_id in self._ledger.orders or seen.available < wanted.quantity:
            return super().reserve(wanted, now)
        self.scheduler.hand_over()
        meanwhile = self._ledger.events[wanted.event_id]
        self._ledger.events[seen.id] = attrs.evolve(meanwhile, capacity=meanwhile.capacity + wanted.quantity)
        outcome = super().reserve(wanted, now)
        self._ledger.events[seen.id] = attrs.evolve(self._ledger.events[seen.id], capacity=meanwhile.capacity)
        return outcome


@attrs.define(eq=False)
class AnswersBeforeWriting(MemoryOrders):
    """Answers a payment before it is written, and does not always come to write it."""

    answered: int = 0

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        before = self._ledger.orders.get(attempt.order_id)
        outcome = super().start_payment(attempt, now)
        self.answered += 1
        if before and before.status is OrderStatus.RESERVED and isinstance(outcome, Order) and self.answered % 5 == 0:
            self._ledger.replace(outcome, before)
            del self._ledger.attempt_of_order[outcome.id]
        return outcome

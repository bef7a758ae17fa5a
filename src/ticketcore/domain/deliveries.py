"""The rule of a delivery: its cursor moves forward, one step at a time, while the order is paid."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.domain import journal
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.orders import Delivery, OrderStatus

_NEXT = {Delivery.ISSUED: Delivery.STORED, Delivery.STORED: Delivery.DELIVERED}


def advance(record: OrderRecord, done: Delivery, now: datetime) -> Decision:
    """Decide that delivery has come to ``done``; a cursor that is there already, further, or a step behind stays."""
    order = record.order
    if order.status is not OrderStatus.PAID or _NEXT.get(order.delivery) is not done:
        return record.unchanged()
    advanced = attrs.evolve(order, delivery=done)
    return Decision(advanced, record.attempt, entries=(journal.advanced(advanced, now),))

"""What the service has answered, as the clients remember it: the promises that the laws are about."""

from __future__ import annotations

from collections import Counter

import attrs

from ticketcore.domain.ids import EventId, OrderId, TicketId


@attrs.define(eq=False)
class Told:
    """Every answer that promised something; ``refunding`` are refunds that were asked for, answered or not."""

    quantities: dict[OrderId, int] = attrs.field(factory=dict)
    paying: dict[OrderId, str] = attrs.field(factory=dict)
    cancelled: set[OrderId] = attrs.field(factory=set)
    refunding: set[OrderId] = attrs.field(factory=set)
    refunded: set[OrderId] = attrs.field(factory=set)
    orders_of_key: dict[str, set[OrderId]] = attrs.field(factory=dict)
    paid_before_cancellation: dict[EventId, set[OrderId]] = attrs.field(factory=dict)
    admitted: Counter[tuple[OrderId, TicketId]] = attrs.field(factory=Counter)
    qr_codes: list[str] = attrs.field(factory=list)
    answers: Counter[str] = attrs.field(factory=Counter)

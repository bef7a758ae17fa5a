"""The responses that clients received: the promises that the laws check."""

from __future__ import annotations

from collections import Counter

import attrs

from ticketcore.domain.ids import EventId, OrderId, TicketId


@attrs.define(eq=False)
class Observed:
    """What clients observed.

    ``forgetting`` are addresses that an admin wanted forgotten, and ``forgotten`` the orders that a report did not keep.
    ``refunding`` are orders, and ``refunding_events`` events, whose refund was requested, with or without a response.  ``paid_before_cancellation`` are the orders
    that were paid when an admin's cancellation of their event returned.  ``smallest_limits`` are the smallest
    ``max_per_order`` that an admin has asked for; ``wronged`` are refusals that nothing explains.
    """

    addresses: dict[OrderId, str] = attrs.field(factory=dict)
    forgetting: set[str] = attrs.field(factory=set)
    forgotten: set[OrderId] = attrs.field(factory=set)
    quantities: dict[OrderId, int] = attrs.field(factory=dict)
    paying: dict[OrderId, str] = attrs.field(factory=dict)
    cancelled: set[OrderId] = attrs.field(factory=set)
    refunding: set[OrderId] = attrs.field(factory=set)
    refunding_events: set[EventId] = attrs.field(factory=set)
    refunded: set[OrderId] = attrs.field(factory=set)
    orders_of_key: dict[str, set[OrderId]] = attrs.field(factory=dict)
    paid_before_cancellation: dict[EventId, set[OrderId]] = attrs.field(factory=dict)
    smallest_limits: dict[EventId, int] = attrs.field(factory=dict)
    wronged: list[str] = attrs.field(factory=list)
    admitted: Counter[tuple[OrderId, TicketId]] = attrs.field(factory=Counter)
    qr_codes: list[str] = attrs.field(factory=list)
    outcomes: Counter[str] = attrs.field(factory=Counter)

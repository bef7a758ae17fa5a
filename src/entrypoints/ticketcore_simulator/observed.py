"""The responses that clients received: the promises that the laws check."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import attrs

from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.merging import MergedScan


@attrs.frozen
class MadeScan:
    """A scan that a gate made without network; its key has the gate's name."""

    gate: str
    scan_id: str
    scanned_at: datetime


@attrs.define(eq=False)
class Observed:
    """What clients observed.

    ``forgetting`` are addresses that an admin wanted forgotten, and ``forgotten`` the orders that a report did not keep.
    ``refunding`` are orders, and ``refunding_events`` events, whose refund was requested, with or without a response.  ``paid_before_cancellation`` are the orders
    that were paid when an admin's cancellation of their event returned.  ``smallest_limits`` are the smallest
    ``max_per_order`` that an admin has asked for; ``wronged`` are refusals that nothing explains.  ``scanned_offline`` are
    scans that gates made without network, ``merged`` what each of them heard of them last.
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
    scanned_offline: dict[TicketId, list[MadeScan]] = attrs.field(factory=dict)
    merged: dict[str, MergedScan] = attrs.field(factory=dict)
    outcomes: Counter[str] = attrs.field(factory=Counter)

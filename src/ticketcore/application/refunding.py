"""Refunds: of one order, and of every paid order of an event, piece by piece."""

from __future__ import annotations

from collections.abc import Collection

from ticketcore.application.optimistic_locking import change_order
from ticketcore.domain import payments
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.order_listing import OrderFilter
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.payments import RefundRefusal, StartRefundRefusal
from ticketcore.domain.refusals import EventNotFound
from ticketcore.ports import Act, Ports

#: Orders of an event that are refunded before the place is recorded, and how many such pieces one sweep does.
_PIECE = 100
_MOST_PIECES = 5


def start(
    ports: Ports,
    order_id: OrderId,
    *,
    numbers: Collection[int] | None = None,
    include_used: bool = False,
    by: str | None = None,
) -> OrderRecord | RefundRefusal:
    """Start the refund of an order by the rule ``payments.start_refund``; its message is in the outbox."""
    now = ports.clock.now()

    def rule(record: OrderRecord) -> Decision | StartRefundRefusal:
        # Read after the record: a ticket that is used later makes the decision a conflict.
        found = ports.tickets.of_order(order_id)
        return payments.start_refund(record, found, now, numbers=numbers, include_used=include_used, by=by)

    outcome: OrderRecord | RefundRefusal
    outcome = change_order(ports, Act.REFUND, order_id, rule)  # type: ignore[assignment]  # mypy joins what it infers.
    if isinstance(outcome, OrderRecord):
        ports.observe(Act.REFUND, "started", order_id)
    return outcome


def request(ports: Ports, event_id: EventId, by: str | None) -> int | EventNotFound:
    """Request the refund of every paid order of an event, and return how many those are."""
    count = ports.events.request_refund(EventRefund(event_id, ports.clock.now(), by))
    return EventNotFound() if count is None else count


def refund_events(ports: Ports) -> int:
    """Start the refunds that are requested of events, as far as one sweep may, and return of how many orders."""
    started = 0
    for _ in range(_MOST_PIECES):
        wanted = ports.events.refund_request()
        if wanted is None:
            break
        started += _refund_piece(ports, wanted)
    return started


def _refund_piece(ports: Ports, wanted: EventRefund) -> int:
    paid = OrderFilter(event_id=wanted.event_id, status=OrderStatus.PAID)
    page = ports.orders.list(paid, ports.clock.now(), wanted.after, _PIECE)
    for order in page.items:
        # Tickets that were used, too: the whole event is refunded.
        start(ports, order.id, include_used=True, by=wanted.by)
    ports.events.advance_refund(wanted, page.after)
    return len(page.items)

"""The ledger's rows in process, behind one lock that every memory adapter of a ledger port shares."""

from __future__ import annotations

import threading

import attrs

from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.events import Event
from ticketcore.domain.ids import AttemptId, EventId, KeyId, OrderId, TicketCode, TicketId
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import HOLDING, Order, OrderStatus
from ticketcore.domain.payments import Attempt
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import OutboxRow


@attrs.define(eq=False)
class MemoryLedger:
    """What a database would keep.  Hold ``lock`` while reading or writing any of it."""

    lock: threading.RLock = attrs.field(factory=threading.RLock, repr=False)
    events: dict[EventId, Event] = attrs.field(factory=dict)
    orders: dict[OrderId, Order] = attrs.field(factory=dict)
    order_ids: dict[str, OrderId] = attrs.field(factory=dict)
    orders_of_event: dict[EventId, list[OrderId]] = attrs.field(factory=dict)
    attempts: dict[AttemptId, Attempt] = attrs.field(factory=dict)
    attempt_of_order: dict[OrderId, AttemptId] = attrs.field(factory=dict)
    tickets: dict[TicketId, Ticket] = attrs.field(factory=dict)
    tickets_of_order: dict[OrderId, list[TicketId]] = attrs.field(factory=dict)
    ticket_codes: set[TicketCode] = attrs.field(factory=set)
    journal: dict[OrderId, list[Entry]] = attrs.field(factory=dict)
    outbox: dict[int, OutboxRow] = attrs.field(factory=dict)
    outbox_last: int = 0
    keys: dict[KeyId, ApiKey] = attrs.field(factory=dict)
    secrets: dict[str, bytes] = attrs.field(factory=dict)

    def put_in_outbox(self, order_id: OrderId) -> None:
        self.outbox_last += 1
        self.outbox[self.outbox_last] = OutboxRow(self.outbox_last, order_id)

    def write(self, entry: Entry) -> None:
        self.journal.setdefault(entry.order_id, []).append(entry)

    def replace(self, before: Order | None, after: Order) -> Event:
        """Store an order and answer its event, with held and sold following the order's status."""
        event = self.events[after.event_id]
        held = _held(after) - _held(before)
        sold = _sold(after) - _sold(before)
        if held or sold:
            event = attrs.evolve(event, held=event.held + held, sold=event.sold + sold, version=event.version + 1)
            self.events[event.id] = event
        self.orders[after.id] = after
        return event


def _held(order: Order | None) -> int:
    return order.quantity if order and order.status in HOLDING else 0


def _sold(order: Order | None) -> int:
    return order.quantity if order and order.status is OrderStatus.PAID else 0

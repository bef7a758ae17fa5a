"""The ledger's rows in process, behind one lock that every memory adapter of a ledger port shares."""

from __future__ import annotations

import threading
from datetime import datetime

import attrs

from ticketcore.domain import ids
from ticketcore.domain.acts import AdminAct
from ticketcore.domain.announcements import Announcement
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.availability import Availability
from ticketcore.domain.decisions import place_shift
from ticketcore.domain.deliveries import Delivery, DeliveryKind
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.events import Event
from ticketcore.domain.ids import CustomerDigest, EventId, KeyId, MessageId, OrderId, TicketCode, TicketId, WebhookId
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.tickets import Ticket
from ticketcore.domain.webhook_news import Position
from ticketcore.domain.webhooks import Webhook, WebhookDelivery
from ticketcore.ports import OutboxRow


@attrs.define(eq=False)
class MemoryLedger:
    """What a database would keep.  Hold ``lock`` while reading or writing any of it."""

    lock: threading.RLock = attrs.field(factory=threading.RLock, repr=False)
    events: dict[EventId, Event] = attrs.field(factory=dict)
    orders: dict[OrderId, Order] = attrs.field(factory=dict)
    revisions: dict[OrderId, int] = attrs.field(factory=dict)
    customers: dict[tuple[EventId, CustomerDigest], int] = attrs.field(factory=dict)
    order_ids: dict[str, OrderId] = attrs.field(factory=dict)
    orders_of_event: dict[EventId, list[OrderId]] = attrs.field(factory=dict)
    attempts: dict[OrderId, Attempt] = attrs.field(factory=dict)
    tickets: dict[TicketId, Ticket] = attrs.field(factory=dict)
    tickets_of_order: dict[OrderId, list[TicketId]] = attrs.field(factory=dict)
    ticket_codes: dict[TicketCode, OrderId] = attrs.field(factory=dict)
    journal: dict[OrderId, list[Entry]] = attrs.field(factory=dict)
    entries: list[Entry] = attrs.field(factory=list)
    deliveries: dict[tuple[OrderId, DeliveryKind], Delivery] = attrs.field(factory=dict)
    announcements: dict[EventId, Announcement] = attrs.field(factory=dict)
    event_refunds: dict[EventId, EventRefund] = attrs.field(factory=dict)
    outbox: dict[int, OutboxRow] = attrs.field(factory=dict)
    outbox_last: int = 0
    acts: list[AdminAct] = attrs.field(factory=list)
    keys: dict[KeyId, ApiKey] = attrs.field(factory=dict)
    secrets: dict[str, bytes] = attrs.field(factory=dict)
    leases: dict[str, tuple[str, datetime]] = attrs.field(factory=dict)
    webhooks: dict[WebhookId, Webhook] = attrs.field(factory=dict)
    webhook_turns: dict[WebhookId, datetime] = attrs.field(factory=dict)
    webhook_positions: dict[WebhookId, Position] = attrs.field(factory=dict)
    webhook_deliveries: dict[MessageId, WebhookDelivery] = attrs.field(factory=dict)

    def put_in_outbox(self, order_id: OrderId) -> None:
        self.outbox_last += 1
        self.outbox[self.outbox_last] = OutboxRow(self.outbox_last, order_id)

    def put_delivery(self, delivery: Delivery) -> None:
        self.deliveries[delivery.order_id, delivery.kind] = delivery

    def order(self, order_id: OrderId) -> Order | None:
        """Return an order with what became of the mail with its tickets."""
        order, mail = self.orders.get(order_id), self.deliveries.get((order_id, DeliveryKind.TICKETS))
        return attrs.evolve(order, delivery=mail.status if mail else None) if order else None

    def write(self, entry: Entry) -> None:
        self.journal.setdefault(entry.order_id, []).append(entry)
        self.entries.append(entry)

    def place(self, order: Order) -> Change:
        """Store a new order, whose places its event has."""
        self.orders[order.id] = order
        self.revisions[order.id] = 1
        self.order_ids[ids.digest(order.id)] = order.id
        self.orders_of_event.setdefault(order.event_id, []).append(order.id)
        return Change(order, self._shift_places(None, order))

    def replace(self, before: Order, after: Order) -> Change:
        """Store a change of an order, with its event's places."""
        self.orders[after.id] = after
        self.revisions[after.id] += 1
        return Change(after, self._shift_places(before, after))

    def _shift_places(self, before: Order | None, after: Order) -> Availability | None:
        shift = place_shift(before, after)
        event = self.events[after.event_id].shifted(shift.held, shift.sold)
        self.events[event.id] = event
        self._count(event.id, (before or after).customer, shift.counted)
        self._count(event.id, after.customer, shift.joined)
        return event.availability if shift else None

    def held_by(self, event_id: EventId, customer: CustomerDigest) -> int:
        """Return the places of one customer's orders."""
        return self.customers.get((event_id, customer), 0)

    def _count(self, event_id: EventId, customer: CustomerDigest | None, places: int) -> None:
        if customer is None:
            return
        counted = self.held_by(event_id, customer) + places
        self.customers[event_id, customer] = counted
        if not counted:
            del self.customers[event_id, customer]

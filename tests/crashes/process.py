"""A process's box office, and what the people around it know."""

from __future__ import annotations

from datetime import timedelta

import attrs

from ticketcore import BoxOffice, Event, EventDraft, LiveEvent, Order, OrderStatus, Organiser, Ticket
from ticketcore.application.organiser import NewKey
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.ids import EventId, KeyId, OrderId, TicketId
from ticketcore.domain.tickets import TicketStatus
from ticketcore.ports import Ports, ReceivedMessage
from ticketcore_bootstrap import Assembly
from ticketcore_memory import VirtualClock

BUYER = "ann@example.com"
_NO_EVENT = EventId("")
QUANTITY = 2
CAPACITY = 10


@attrs.define(eq=False)
class Facts:
    """What people were told, the newest answer for each thing, and what they hold in their hands."""

    event_id: EventId = _NO_EVENT
    events: dict[EventId, Event] = attrs.field(factory=dict)
    orders: dict[OrderId, Order] = attrs.field(factory=dict)
    admitted: dict[TicketId, Ticket] = attrs.field(factory=dict)
    seen: dict[TicketId, Ticket] = attrs.field(factory=dict)
    keys: dict[KeyId, ApiKey] = attrs.field(factory=dict)
    deliveries: tuple[ReceivedMessage, ...] = ()
    api_key: str = ""

    @property
    def order(self) -> Order:
        """The first order that anybody was told of."""
        return next(iter(self.orders.values()))

    @property
    def qr_code(self) -> str:
        """The first ticket that anybody has seen."""
        return next(iter(self.seen.values())).qr_code

    def hear(self, answer: object) -> None:
        """Keep what an answer promises; a refusal promises nothing."""
        match answer:
            case LiveEvent(event=event):
                self.events[event.id] = event
            case Order():
                self.orders[answer.id] = answer
            case Ticket(status=TicketStatus.USED):
                self.admitted[answer.id] = answer
            case NewKey(key=key) | (ApiKey() as key):
                self.keys[key.id] = key
            case _:
                return


@attrs.frozen(eq=False)
class Desk:
    """One process; ``outside`` are the same parts as others reach them, on whom this process's fate has no hold."""

    assembly: Assembly
    outside: Ports
    clock: VirtualClock
    facts: Facts

    @property
    def box_office(self) -> BoxOffice:
        return self.assembly.box_office

    @property
    def organiser(self) -> Organiser:
        return self.assembly.organiser

    @property
    def ports(self) -> Ports:
        return self.assembly.ports

    def draft(self, capacity: int = CAPACITY) -> EventDraft:
        """Answer what an admin writes to create an event."""
        date = self.clock.now() + timedelta(days=30)
        return EventDraft("Show", date, "Hall", capacity, "45.00", max_per_order=capacity)

    def create(self, capacity: int = CAPACITY) -> None:
        """Create an event; the last one is what the story is about."""
        live = self.organiser.create_event(self.draft(capacity))
        assert isinstance(live, LiveEvent)
        self.facts.event_id = live.event.id
        self.facts.hear(live)

    def reserve(self, quantity: int = QUANTITY, key: str | None = None) -> Order:
        """Reserve places that are there."""
        order = self.box_office.reserve(self.facts.event_id, quantity, BUYER, key)
        assert isinstance(order, Order)
        self.facts.hear(order)
        return order

    def pay(self, order: Order, token: str = "tok_approved") -> None:
        """Confirm the payment of an order that waits for it."""
        paying = self.box_office.pay(order.id, token)
        assert isinstance(paying, Order)
        self.facts.hear(paying)

    def sell(self) -> Order:
        """Answer a paid order whose buyer has looked at it and at its tickets."""
        order = self.reserve()
        self.pay(order)
        self.box_office.work()
        return self.look_at(order)

    def look_at(self, order: Order) -> Order:
        """Answer an order as its buyer sees it now, with its tickets."""
        now = self.box_office.order(order.id)
        assert isinstance(now, Order)
        self.facts.hear(now)
        if now.status is OrderStatus.PAID:
            self.facts.seen |= {ticket.id: ticket for ticket in self.ports.tickets.of_order(order.id)}
        return now

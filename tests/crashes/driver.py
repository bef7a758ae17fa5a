"""Drive a process's use cases, and record what its clients observe."""

from __future__ import annotations

from datetime import timedelta

import attrs

from ticketcore import BoxOffice, Event, EventDraft, LiveEvent, Order, OrderStatus, Organiser, Ticket
from ticketcore.application.organiser import NewKey
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.ids import AttemptId, EventId, KeyId, OrderId, TicketId, WebhookId
from ticketcore.domain.tickets import TicketStatus
from ticketcore.domain.webhooks import WebhookAnswer
from ticketcore.ports import Ports, ReceivedMessage
from ticketcore_bootstrap import Assembly
from ticketcore_memory import MemoryWebhookSender, VirtualClock
from ticketcore_simulated_payments import SimulatedPaymentGateway

BUYER = "ann@example.com"
ANOTHER_BUYER = "bob@example.com"
_NO_EVENT = EventId("")
_NO_WEBHOOK = WebhookId("")
QUANTITY = 2
CAPACITY = 10


@attrs.define(eq=False)
class Facts:
    """What clients observed: the latest response about each object, and the tickets that buyers have.

    ``received`` are messages that SQS has delivered to a Lambda function.  While a client is undoing, it does not know which of
    its tickets count as admitted.
    """

    event_id: EventId = _NO_EVENT
    events: dict[EventId, Event] = attrs.field(factory=dict)
    orders: dict[OrderId, Order] = attrs.field(factory=dict)
    admitted: dict[TicketId, Ticket] = attrs.field(factory=dict)
    seen: dict[TicketId, Ticket] = attrs.field(factory=dict)
    keys: dict[KeyId, ApiKey] = attrs.field(factory=dict)
    is_undoing: bool = False
    received: tuple[ReceivedMessage, ...] = ()
    api_key: str = ""
    webhook_id: WebhookId = _NO_WEBHOOK
    receiver: str = "https://example.com"

    @property
    def order(self) -> Order:
        """The first order that was returned."""
        return next(iter(self.orders.values()))

    @property
    def qr_code(self) -> str:
        """The QR text of the first ticket that a buyer has."""
        return next(iter(self.seen.values())).qr_code

    def record(self, response: object) -> None:
        """Record a response; a refusal is no promise."""
        match response:
            case LiveEvent(event=event):
                self.events[event.id] = event
            case Order():
                self.orders[response.id] = response
            case Ticket(status=TicketStatus.USED):
                self.admitted[response.id] = response
            case NewKey(key=key) | (ApiKey() as key):
                self.keys[key.id] = key
            case _:
                return


@attrs.frozen(eq=False)
class Driver:
    """One process; ``outside`` are its ports without injected faults."""

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

    def webhook_url(self, status: int) -> str:
        """Return the URL of a receiver that answers with a status."""
        url = f"{self.facts.receiver}/answers/{status}"
        if isinstance(self.outside.webhook_sender, MemoryWebhookSender):
            self.outside.webhook_sender.answers[url] = WebhookAnswer(status)
        return url

    @property
    def gateway(self) -> SimulatedPaymentGateway:
        """The gateway of this process, with the clock of the scenario and a secret for its notices."""
        gateway = self.outside.payment_gateway
        assert isinstance(gateway, SimulatedPaymentGateway)
        gateway.now, gateway.notice_secret = self.clock.now, b"a secret of these tests"
        return gateway

    @property
    def attempt_id(self) -> AttemptId:
        """The id of the payment attempt of the scenario's order."""
        record = self.ports.orders.load(self.facts.order.id)
        assert record is not None
        assert record.attempt is not None
        return record.attempt.id

    def draft(self, capacity: int = CAPACITY) -> EventDraft:
        """Return an admin's draft of an event."""
        date = self.clock.now() + timedelta(days=30)
        return EventDraft("Show", date, "Hall", capacity, "45.00", max_per_order=capacity)

    def create(self, capacity: int = CAPACITY) -> None:
        """Create an event; the last one is the scenario's."""
        live = self.organiser.create_event(self.draft(capacity))
        assert isinstance(live, LiveEvent)
        self.facts.event_id = live.event.id
        self.facts.record(live)

    def reserve(self, quantity: int = QUANTITY, key: str | None = None) -> Order:
        """Reserve places, which must be free."""
        order = self.box_office.reserve(self.facts.event_id, quantity, BUYER, key)
        assert isinstance(order, Order)
        self.facts.record(order)
        return order

    def pay(self, order: Order, token: str = "tok_approved") -> None:
        """Confirm the payment of a reserved order."""
        paying = self.box_office.pay(order.id, token)
        assert isinstance(paying, Order)
        self.facts.record(paying)

    def sell(self) -> Order:
        """Sell tickets, and return the order as its buyer sees it."""
        order = self.reserve()
        self.pay(order)
        self.box_office.work()
        self.box_office.deliver()
        return self.look_at(order)

    def look_at(self, order: Order) -> Order:
        """Return an order as its buyer sees it now, and record it with its tickets."""
        now = self.box_office.order(order.id)
        assert isinstance(now, Order)
        self.facts.record(now)
        if now.status is OrderStatus.PAID:
            self.facts.seen |= {ticket.id: ticket for ticket in self.ports.tickets.of_order(order.id)}
        return now

"""A box office in memory whose clock a test moves and whose adapters it can reach and replace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from ticketcore import BoxOffice, EventDraft, LiveEvent, Order, OrderStatus, Organiser, accepted
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.ports import Files, Inventory, Mailer, PaymentGateway, PaymentQueue
from ticketcore_memory import MemoryPaymentQueue, SeededIds, VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_testing.samples import free_places

BUYER = "ann@example.com"
HOLD = timedelta(minutes=15)
MILLISECOND = timedelta(milliseconds=1)


@attrs.frozen
class Office:
    """A box office with one event on sale."""

    box_office: BoxOffice
    clock: VirtualClock
    event_id: EventId

    @property
    def organiser(self) -> Organiser:
        return Organiser(self.box_office.ports)

    @property
    def available(self) -> int:
        live = self.box_office.event(self.event_id)
        assert isinstance(live, LiveEvent)
        return live.available

    def reserve(self, quantity: int = 1, key: str | None = None) -> Order:
        """Reserve places, which must succeed."""
        order = self.box_office.reserve(self.event_id, quantity, BUYER, key)
        assert isinstance(order, Order), order
        return order

    def reserve_elsewhere(self) -> Order:
        """Reserve a place of a new event."""
        draft = EventDraft("Another show", self.clock.now() + timedelta(days=30), "Hall", 10, "45.00")
        event = accepted(self.organiser.create_event(draft)).event
        return accepted(self.box_office.reserve(event.id, 1, BUYER))

    def pay(self, order: Order, token: str = "tok_approved") -> Order:
        """Pay an order, process until no message is ready, and return the order."""
        paid = self.box_office.pay(order.id, token)
        assert isinstance(paid, Order), paid
        while self.box_office.work().done:
            pass
        self.box_office.deliver()
        return self.order(order)

    def order(self, order: Order) -> Order:
        found = self.box_office.order(order.id)
        assert isinstance(found, Order)
        return found

    def sold(self, quantity: int = 1) -> Order:
        """Sell places and return the paid order."""
        order = self.pay(self.reserve(quantity))
        assert order.status is OrderStatus.PAID
        return order

    @property
    def charged(self) -> int:
        """The money, in minor units, that was charged and not returned."""
        gateway = self.box_office.ports.payment_gateway
        assert isinstance(gateway, SimulatedPaymentGateway)
        return sum(money.minor for money in gateway.charged.values())

    @property
    def messages(self) -> int:
        """The messages that wait or are in flight."""
        depth = self.box_office.ports.payment_queue.depth(self.clock.now())
        return depth.waiting + depth.in_flight

    def check(self) -> None:
        """Check law 1, and that the counter agrees with the ledger."""
        audit = self.box_office.ports.events.audit(self.event_id)
        assert audit is not None
        assert audit.is_conserved, audit
        counter = free_places(self.box_office.ports.inventory, [self.event_id], self.clock.now())
        assert counter.get(self.event_id, audit.available) == audit.available


def office(
    capacity: int = 10,
    *,
    inventory: Inventory | None = None,
    files: Files | None = None,
    mailer: Mailer | None = None,
    payment_gateway: PaymentGateway | None = None,
    payment_queue: PaymentQueue | None = None,
) -> Office:
    """Return an office over the memory adapters, with these in their ports' places."""
    clock = VirtualClock()
    ports = memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1), inventory)
    ports = attrs.evolve(
        ports,
        files=files or ports.files,
        mailer=mailer or ports.mailer,
        payment_gateway=payment_gateway or ports.payment_gateway,
        payment_queue=payment_queue or ports.payment_queue,
    )
    box_office = BoxOffice(ports, HOLD)
    live = Organiser(ports).create_event(
        EventDraft("Show", clock.now() + timedelta(days=30), "Hall", capacity, "45.00")
    )
    assert isinstance(live, LiveEvent)
    return Office(box_office, clock, live.event.id)


@attrs.define(eq=False)
class BrokenQueue(MemoryPaymentQueue):
    """A queue that cannot be reached while ``broken``."""

    broken: bool = True

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        if self.broken:
            raise Unavailable("payment queue", "down")
        super().publish(order_ids, now)

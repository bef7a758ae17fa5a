"""Parts with one rule broken each, which the simulator must find out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import attrs

from ticketcore import Fulfilment, Order, OrderStatus
from ticketcore.ids import AttemptId, EventId, OrderId, TicketCode, TicketId
from ticketcore.orders import Change
from ticketcore.payment import Attempt, PayRefusal, RefundRefusal
from ticketcore.ports import (
    Approved,
    Declined,
    Delivery,
    Ids,
    OutboxRow,
    Ports,
    TicketCodeTaken,
)
from ticketcore.refusals import TicketNotFound
from ticketcore.reservation import Reservation, ReserveRefusal
from ticketcore.stock import Stock
from ticketcore.tickets import Ticket, TicketStatus
from ticketcore.validation import DecisionRefusal, Scan
from ticketcore_memory import MemoryLedger, MemoryOrders, MemoryOutbox, MemoryTickets
from ticketcore_simulator import Faults, Parts, Scheduler, memory_parts
from ticketcore_simulator.parts import BookkeepingGateway, LossyInventory, LossyQueue

Broken = Callable[[Scheduler, Faults, Ids], Parts]


def ledger_of(parts: Parts) -> MemoryLedger:
    orders = parts.ports.orders
    assert isinstance(orders, MemoryOrders)
    return orders._ledger


def with_ports(**changed: Callable[[Scheduler, Faults, MemoryLedger], object]) -> Broken:
    """Answer the memory parts with some ports in their place."""

    def build(scheduler: Scheduler, faults: Faults, ids: Ids) -> Parts:
        parts = memory_parts(scheduler, faults, ids)
        made = {name: make(scheduler, faults, ledger_of(parts)) for name, make in changed.items()}
        inventory = made.get("inventory", parts.inventory)
        assert isinstance(inventory, LossyInventory)
        ports: Ports = attrs.evolve(parts.ports, **made)  # type: ignore[arg-type]  # Each is a port, by its name.
        return Parts(ports, inventory)

    return build


# The ledger


@attrs.define(eq=False)
class CheckThenAct(MemoryOrders):
    """Looks whether places are free, and takes them later."""

    scheduler: Scheduler = attrs.field(kw_only=True)

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        seen = self._ledger.events[wanted.event_id]
        if wanted.order_id in self._ledger.orders or seen.available < wanted.quantity:
            return super().reserve(wanted, now)
        self.scheduler.hand_over()
        meanwhile = self._ledger.events[wanted.event_id]
        self._ledger.events[seen.id] = attrs.evolve(meanwhile, capacity=meanwhile.capacity + wanted.quantity)
        outcome = super().reserve(wanted, now)
        self._ledger.events[seen.id] = attrs.evolve(self._ledger.events[seen.id], capacity=meanwhile.capacity)
        return outcome


class ExpiresProcessing(MemoryOrders):
    """Lets time end an order whose payment is under way."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        for order in list(self._ledger.orders.values()):
            if order.status is OrderStatus.PROCESSING and order.expires_at and order.expires_at <= now:
                self._moved(order, attrs.evolve(order, status=OrderStatus.EXPIRED), now)
        return super().expire_due(event_id, now, limit)


class DeclineKeepsPlaces(MemoryOrders):
    """Ends a declined order without giving its places back."""

    def decline(self, attempt_id: AttemptId, now: datetime) -> Change:
        attempt = self._ledger.attempts[attempt_id]
        held = self._ledger.events[self._ledger.orders[attempt.order_id].event_id].held
        change = super().decline(attempt_id, now)
        event = self._ledger.events[change.order.event_id]
        self._ledger.events[event.id] = attrs.evolve(event, held=held)
        return change


class IssuesPerRun(MemoryOrders):
    """Issues tickets whenever an approved charge is recorded."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        outcome = super().capture(attempt_id, tickets, code, now)
        if isinstance(outcome, Change) and outcome.stock is None and outcome.order.status is OrderStatus.PAID:
            self._issue(tickets, code)
        return outcome


class SkippingCursor(MemoryOrders):
    """Takes an order whose images are stored for one whose mail was sent."""

    def advance(self, order_id: OrderId, done: Fulfilment, now: datetime) -> Order | None:
        super().advance(order_id, done, now)
        return super().advance(order_id, Fulfilment.NOTIFIED, now)


class RefundWithoutRecord(MemoryOrders):
    """Refunds an order and forgets that the money is still to be returned."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        outcome = super().start_refund(order_id, now)
        attempt = self.attempt(order_id)
        if isinstance(outcome, Change) and attempt is not None:
            self.finish_refund(attempt.id, now)
        return outcome


@attrs.define(eq=False)
class AnswersBeforeWriting(MemoryOrders):
    """Answers a payment before it is written, and does not always come to write it."""

    answered: int = 0

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        before = self._ledger.orders.get(attempt.order_id)
        outcome = super().start_payment(attempt, now)
        self.answered += 1
        if before and before.status is OrderStatus.RESERVED and isinstance(outcome, Order) and self.answered % 5 == 0:
            self._ledger.replace(outcome, before)
            del self._ledger.attempt_of_order[outcome.id]
        return outcome


class AdmitsEverybody(MemoryTickets):
    """Lets a ticket in whatever became of it before."""

    def admit(self, ticket_id: TicketId, scan: Scan, now: datetime) -> Ticket | DecisionRefusal | TicketNotFound:
        ticket = self._ledger.tickets.get(ticket_id)
        if ticket is not None and ticket.status is TicketStatus.USED:
            self._ledger.tickets[ticket_id] = attrs.evolve(ticket, status=TicketStatus.VALID)
        return super().admit(ticket_id, scan, now)


class MarksBeforeSending(MemoryOutbox):
    """Takes a row for sent as soon as somebody has seen it."""

    def pending(self, limit: int, order_id: OrderId | None = None) -> Sequence[OutboxRow]:
        rows = super().pending(limit, order_id)
        super().sent(rows)
        return rows


class NoOutbox(MemoryOutbox):
    """Publishes after the commit, and has nothing for the sweeper to find."""

    def pending(self, limit: int, order_id: OrderId | None = None) -> Sequence[OutboxRow]:
        return super().pending(limit, order_id) if order_id is not None else ()


# The queue and the gateway


@attrs.define(eq=False)
class AcknowledgesFirst(LossyQueue):
    """Forgets a message when it is delivered."""

    def receive(self, limit: int, now: datetime) -> Sequence[Delivery]:
        deliveries = super().receive(limit, now)
        for delivery in deliveries:
            self.done(delivery)
        return deliveries


@attrs.define(eq=False)
class RetryLoses(LossyQueue):
    """Forgets a message that is given back."""

    def retry(self, delivery: Delivery, after: timedelta, now: datetime) -> None:
        self.done(delivery)


@attrs.define(eq=False)
class KeyPerRequest(BookkeepingGateway):
    """Charges anew whenever it is asked."""

    asked: int = 0

    def charge(self, attempt: Attempt) -> Approved | Declined:
        self.asked += 1
        return super().charge(attrs.evolve(attempt, id=AttemptId(f"{attempt.id} {self.asked}")))


class RefundsNothing(BookkeepingGateway):
    """Says that the money was returned, and keeps it."""

    def refund(self, attempt: Attempt) -> None:
        pass


# The inventory, which a sweep would put right: only where nothing is lost is a difference a proof


@attrs.define(eq=False)
class IgnoresVersions(LossyInventory):
    """Follows any news, however old."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        if counter is not None:
            counter.version = 0
        super().settle(event_id, order_id, stock, keep=keep)


@attrs.define(eq=False)
class EndGivesNothingBack(LossyInventory):
    """Ends a take without giving its places back, if newer news came before."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        flight = counter.flights.get(order_id) if counter else None
        super().settle(event_id, order_id, stock, keep=keep)
        if counter and flight and stock and stock.version < counter.version:
            counter.available -= flight.quantity


BROKEN: dict[str, Broken] = {
    "check then act": with_ports(orders=lambda scheduler, _, rows: CheckThenAct(rows, scheduler=scheduler)),
    "expires processing by time": with_ports(orders=lambda _, __, rows: ExpiresProcessing(rows)),
    "decline keeps the places": with_ports(orders=lambda _, __, rows: DeclineKeepsPlaces(rows)),
    "tickets issued per run": with_ports(orders=lambda _, __, rows: IssuesPerRun(rows)),
    "a cursor that skips": with_ports(orders=lambda _, __, rows: SkippingCursor(rows)),
    "a refund without record": with_ports(orders=lambda _, __, rows: RefundWithoutRecord(rows)),
    "an answer before it is written": with_ports(orders=lambda _, __, rows: AnswersBeforeWriting(rows)),
    "admits without condition": with_ports(tickets=lambda _, __, rows: AdmitsEverybody(rows)),
    "an outbox row marked before it is sent": with_ports(outbox=lambda _, __, rows: MarksBeforeSending(rows)),
    "publishes after the commit without outbox": with_ports(outbox=lambda _, __, rows: NoOutbox(rows)),
    "a queue that acknowledges first": with_ports(payment_queue=lambda _, faults, __: AcknowledgesFirst(faults=faults)),
    "a queue that loses what is given back": with_ports(payment_queue=lambda _, faults, __: RetryLoses(faults=faults)),
    "attempt keys made per request": with_ports(payment_gateway=lambda _, __, ___: KeyPerRequest()),
    "a gateway that keeps refunds": with_ports(payment_gateway=lambda _, __, ___: RefundsNothing()),
}

#: To be found without any fault.
BROKEN_COUNTERS: dict[str, Broken] = {
    "a counter that ignores versions": with_ports(inventory=lambda _, __, ___: IgnoresVersions()),
    "an ended take that gives nothing back": with_ports(inventory=lambda _, __, ___: EndGivesNothingBack()),
}

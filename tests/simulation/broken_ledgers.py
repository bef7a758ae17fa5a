"""Ledgers with one rule broken each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore import Fulfilment, Order, OrderStatus, reservation
from ticketcore.ids import AttemptId, EventId, OrderId, TicketCode, TicketId
from ticketcore.orders import Change
from ticketcore.payment import Attempt, PayRefusal, RefundRefusal
from ticketcore.ports import (
    OutboxRow,
    TicketCodeTaken,
)
from ticketcore.refusals import SoldOut, TicketNotFound
from ticketcore.reservation import Reservation, ReserveRefusal
from ticketcore.tickets import Ticket, TicketStatus
from ticketcore.validation import DecisionRefusal, Scan
from ticketcore_memory import MemoryOrders, MemoryOutbox, MemoryTickets
from ticketcore_simulator import Scheduler


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


class InsertsFirst(MemoryOrders):
    """Writes an order's row before its places are taken, and leaves it there when they are too few."""

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        outcome = super().reserve(wanted, now)
        event = self._ledger.events[wanted.event_id]
        if isinstance(outcome, SoldOut):
            large = attrs.evolve(event, capacity=event.capacity + wanted.quantity)
            order = reservation.reserve(large, wanted, now)
            assert isinstance(order, Order)
            self._ledger.orders[order.id] = order
            self._ledger.orders_of_event[event.id].append(order.id)
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

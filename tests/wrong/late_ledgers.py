"""Adapters that check first and write later: right for one caller, wrong for two at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import attrs

from ticketcore.domain import events, reservations, validation
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.events import Event, EventChange
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion, TicketNotFound
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.tickets import TicketNumber
from ticketcore.domain.validation import Admitted, DecisionRefusal, Scan
from ticketcore.ports import Conflict, Ledger
from ticketcore_memory import MemoryEvents, MemoryLedger, MemoryOrders, MemoryTickets, memory_ledger


def hesitate() -> None:
    """Give other threads the time to do the same."""
    time.sleep(0.005)


class ReservesLate(MemoryOrders):
    """Checks that there are places, then takes them."""

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        event = self._ledger.events[wanted.event_id]
        order = reservations.reserve(event, wanted, now)
        hesitate()
        if not isinstance(order, Order):
            return order
        with self._ledger.lock:
            return self._ledger.place(order)


class CountsBeforehand(MemoryOrders):
    """Sums up a customer's orders first, and reserves by that sum."""

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        with self._ledger.lock:
            of_customer = (order for order in self._ledger.orders.values() if order.customer == wanted.customer)
            held = sum(order.counted for order in of_customer if order.event_id == wanted.event_id)
        self.hesitate()
        with self._ledger.lock:
            counted = self._ledger.customers.pop((wanted.event_id, wanted.customer), 0)
            self._ledger.customers[wanted.event_id, wanted.customer] = held
            outcome = super().reserve(wanted, now)
            taken = self._ledger.held_by(wanted.event_id, wanted.customer) - held
            self._ledger.customers[wanted.event_id, wanted.customer] = counted + taken
            return outcome

    def hesitate(self) -> None:
        hesitate()


class CorrectsLate(MemoryOrders):
    """Checks what a customer has, then writes that an order comes to him."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        if self._has_too_many(record, decision):
            return Conflict()
        hesitate()
        return super().write(record, attrs.evolve(decision, most_places=None))


class WritesLate(MemoryOrders):
    """Checks that the order has the record's revision, then writes the decision."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        if self._is_overtaken(record):
            return Conflict()
        hesitate()
        with self._ledger.lock:
            revision = self._ledger.revisions[record.order.id]
            return super().write(attrs.evolve(record, revision=revision), decision)


class ExpiresBlindly(MemoryOrders):
    """Reads what is due, then expires it without checking again."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        with self._ledger.lock:
            due = [order for order in self._ledger.orders.values() if reservations.is_due(order, now)][:limit]
        hesitate()
        with self._ledger.lock:
            return [self._expire(order, now) for order in due]


class ChangesLate(MemoryEvents):
    """Reads the event, then writes it back with the change."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        event = self._ledger.events[event_id]
        changed = events.change(event, wanted, now, has_orders=False, revision=revision)
        hesitate()
        if isinstance(changed, Event):
            self._ledger.events[event_id] = changed
        return changed


class AdmitsLate(MemoryTickets):
    """Checks that the ticket is valid, then marks it as used."""

    def admit(
        self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime
    ) -> Admitted | DecisionRefusal | TicketNotFound:
        record = self._record(ticket)
        assert record is not None
        outcome = validation.admit(record, scan, now)
        hesitate()
        if isinstance(outcome, Admitted):
            self._ledger.tickets[outcome.ticket.id] = outcome.ticket
        return outcome


def with_orders(kind: Callable[[MemoryLedger], MemoryOrders]) -> Ledger:
    rows = MemoryLedger()
    return attrs.evolve(memory_ledger(rows), orders=kind(rows))


def with_events(kind: Callable[[MemoryLedger], MemoryEvents]) -> Ledger:
    rows = MemoryLedger()
    return attrs.evolve(memory_ledger(rows), events=kind(rows))


def with_tickets(kind: Callable[[MemoryLedger], MemoryTickets]) -> Ledger:
    rows = MemoryLedger()
    return attrs.evolve(memory_ledger(rows), tickets=kind(rows))

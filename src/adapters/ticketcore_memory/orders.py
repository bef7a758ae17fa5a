"""Orders in process: what the rules decide, under the ledger's lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice

import attrs

from ticketcore.domain import journal, payments, reservations
from ticketcore.domain.correcting import CustomerPlaces
from ticketcore.domain.decisions import Decision, OrderRecord, place_shift
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.ids import AttemptId, CustomerDigest, EventId, OrderId
from ticketcore.domain.journal import Entry
from ticketcore.domain.ledger_faults import StoredOrder
from ticketcore.domain.order_listing import Cursor, OrderFilter, OrderPage, place_of
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.refusals import EventNotFound
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.retention import FORGOTTEN, AddressedOrder
from ticketcore.domain.tickets import Ticket, TicketStatus
from ticketcore.ports import Conflict, Orders
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryOrders(Orders):
    """Orders of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        with self._ledger.lock:
            before = self._ledger.order(wanted.order_id)
            if before is not None:
                return Change(before)
            event = self._ledger.events.get(wanted.event_id)
            if event is None:
                return EventNotFound()
            order = self._rule(event, wanted, now)
            if not isinstance(order, Order):
                return order
            self._ledger.write(journal.transition(order, now))
            return self._ledger.place(order)

    def would_refuse(self, wanted: ReservationRequest, now: datetime) -> ReserveRefusal | None:
        with self._ledger.lock:
            event = self._ledger.events.get(wanted.event_id)
            outcome = EventNotFound() if event is None else self._rule(event, wanted, now)
            return None if isinstance(outcome, Order) else outcome

    def _rule(self, event: Event, wanted: ReservationRequest, now: datetime) -> Order | ReserveRefusal:
        return reservations.reserve(event, wanted, now, self._ledger.held_by(event.id, wanted.customer))

    def customer_places(self, event_id: EventId, customer: CustomerDigest) -> CustomerPlaces:
        with self._ledger.lock:
            event = self._ledger.events.get(event_id)
            most = None if event is None else event.max_per_customer
            return CustomerPlaces(self._ledger.held_by(event_id, customer), most)

    def get(self, order_id: OrderId) -> Order | None:
        with self._ledger.lock:
            return self._ledger.order(order_id)

    def find(self, digest: str) -> Order | None:
        with self._ledger.lock:
            order_id = self._ledger.order_ids.get(digest)
            return self._ledger.order(order_id) if order_id else None

    def list(self, wanted: OrderFilter, now: datetime, after: Cursor | None, limit: int) -> OrderPage:
        with self._ledger.lock:
            known = [order for order_id in self._ledger.orders if (order := self._ledger.order(order_id))]
        newest_first = sorted(known, key=place_of, reverse=True)
        admitted = (order for order in newest_first if wanted.admits(order, now))
        behind = (order for order in admitted if after is None or place_of(order) < after)
        return OrderPage.of([*islice(behind, limit + 1)], limit)

    def load(self, order_id: OrderId) -> OrderRecord | None:
        with self._ledger.lock:
            order = self._ledger.order(order_id)
            return self._record(order) if order else None

    def _record(self, order: Order) -> OrderRecord:
        attempt = self._ledger.attempts.get(order.id)
        event = self._ledger.events[order.event_id]
        return OrderRecord(order, attempt, event.status, self._ledger.revisions[order.id], event.timezone)

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        with self._ledger.lock:
            if self._is_overtaken(record) or self._is_used(decision) or self._has_too_many(record, decision):
                return Conflict()
            if self._is_code_taken(decision.order):
                return Conflict()
            order = decision.order
            if decision.attempt is not None:
                self._ledger.attempts[order.id] = decision.attempt
            self._issue(decision.issued)
            self._refund(order.id, {*decision.voids, *decision.refunds_used})
            if decision.enqueues:
                self._ledger.put_in_outbox(order.id)
            for delivery in decision.deliveries:
                self._ledger.put_delivery(delivery)
            for entry in decision.entries:
                self._ledger.write(entry)
            return self._ledger.replace(record.order, order)

    def load_all(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderRecord]:
        loaded = ((order_id, self.load(order_id)) for order_id in order_ids)
        return {order_id: record for order_id, record in loaded if record}

    def write_all(self, decided: Sequence[tuple[OrderRecord, Decision]]) -> Sequence[Change | Conflict]:
        with self._ledger.lock:
            return [self.write(record, decision) for record, decision in decided]

    def _is_overtaken(self, record: OrderRecord) -> bool:
        order = record.order
        now = (self._ledger.revisions[order.id], self._ledger.events[order.event_id].status)
        return now != (record.revision, record.event_status)

    def _has_too_many(self, record: OrderRecord, decision: Decision) -> bool:
        joined, customer = place_shift(record.order, decision.order).joined, decision.order.customer
        if customer is None or decision.most_places is None:
            return False
        return bool(joined) and self._ledger.held_by(decision.order.event_id, customer) + joined > decision.most_places

    def _is_code_taken(self, order: Order) -> bool:
        if order.ticket_code is None:
            return False
        return self._ledger.ticket_codes.setdefault(order.ticket_code, order.id) != order.id

    def _issue(self, tickets: Sequence[Ticket]) -> None:
        for ticket in tickets:
            self._ledger.tickets[ticket.id] = ticket
            self._ledger.tickets_of_order.setdefault(ticket.order_id, []).append(ticket.id)

    def _is_used(self, decision: Decision) -> bool:
        tickets = self._numbered(decision.order.id, decision.voids)
        return any(ticket.status is not TicketStatus.VALID for ticket in tickets)

    def _refund(self, order_id: OrderId, numbers: Collection[int]) -> None:
        for ticket in self._numbered(order_id, numbers):
            self._ledger.tickets[ticket.id] = ticket.refunded()

    def _numbered(self, order_id: OrderId, numbers: Collection[int]) -> Sequence[Ticket]:
        tickets = (self._ledger.tickets[ticket_id] for ticket_id in self._ledger.tickets_of_order.get(order_id, ()))
        return [ticket for ticket in tickets if ticket.number in numbers]

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        with self._ledger.lock:
            order_ids = self._ledger.orders if event_id is None else self._ledger.orders_of_event.get(event_id, [])
            orders = [self._ledger.orders[order_id] for order_id in order_ids]
            due = sorted((order for order in orders if reservations.is_due(order, now)), key=_deadline)[:limit]
            return [self._expire(order, now) for order in due]

    def _expire(self, order: Order, now: datetime) -> Change:
        expired = reservations.as_of(order, now)
        self._ledger.write(journal.transition(expired, now))
        return self._ledger.replace(order, expired)

    def stranded(self, limit: int) -> Sequence[OrderId]:
        with self._ledger.lock:
            cancelled = {event.id for event in self._ledger.events.values() if event.status is EventStatus.CANCELLED}
            found = (order for order in self._ledger.orders.values() if order.event_id in cancelled)
            return [order.id for order in found if order.status is OrderStatus.PROCESSING][:limit]

    def page(self, after: OrderId | None, limit: int) -> Sequence[StoredOrder]:
        with self._ledger.lock:
            behind = sorted(order_id for order_id in self._ledger.orders if after is None or order_id > after)
            return tuple(self._stored(order_id) for order_id in behind[:limit])

    def _stored(self, order_id: OrderId) -> StoredOrder:
        order = self._ledger.order(order_id)
        assert order is not None, "it is there under the lock"
        tickets = (self._ledger.tickets[ticket_id] for ticket_id in self._ledger.tickets_of_order.get(order_id, ()))
        enqueued = any(row.order_id == order_id for row in self._ledger.outbox.values())
        return StoredOrder(self._record(order), tuple(sorted(tickets, key=lambda each: each.number)), enqueued)

    def addressed(
        self, customer_email: str | None, before: datetime | None, after: OrderId | None, limit: int
    ) -> Sequence[AddressedOrder]:
        with self._ledger.lock:
            dates = {event.id: event.date for event in self._ledger.events.values()}
            found = (
                AddressedOrder(order.id, dates[order.event_id])
                for order_id, order in sorted(self._ledger.orders.items())
                if order.customer_email != FORGOTTEN
                and (after is None or order_id > after)
                and (customer_email is None or order.customer_email.lower() == customer_email.lower())
                and (before is None or dates[order.event_id] < before)
            )
            return tuple(islice(found, limit))

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        with self._ledger.lock:
            waiting = {row.order_id for row in self._ledger.outbox.values()}
            silent = [
                order.id
                for order in self._ledger.orders.values()
                if self._needs_work(order) and order.id not in waiting and self._last_news(order.id) <= before
            ][:limit]
            for order_id in silent:
                self._ledger.put_in_outbox(order_id)
                self._ledger.write(journal.reminded(order_id, now))
            return len(silent)

    def _last_news(self, order_id: OrderId) -> datetime:
        return max(entry.at for entry in self._ledger.journal[order_id])

    def _needs_work(self, order: Order) -> bool:
        return order.status is OrderStatus.PROCESSING or payments.is_settling(self._record(order))

    def poll(self, now: datetime, again_at: datetime, limit: int) -> int:
        with self._ledger.lock:
            due = [
                (each.poll_at, each) for each in self._ledger.attempts.values() if each.poll_at and each.poll_at <= now
            ]
            polled = [attempt for _, attempt in sorted(due, key=lambda pair: pair[0])[:limit]]
            for attempt in polled:
                self._ledger.attempts[attempt.order_id] = attrs.evolve(attempt, poll_at=again_at)
                self._ledger.put_in_outbox(attempt.order_id)
            return len(polled)

    def of_attempt(self, attempt_id: AttemptId) -> OrderId | None:
        with self._ledger.lock:
            found = (each.order_id for each in self._ledger.attempts.values() if each.id == attempt_id)
            return next(found, None)

    def note(self, entry: Entry) -> None:
        with self._ledger.lock:
            self._ledger.write(entry)

    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        with self._ledger.lock:
            return tuple(self._ledger.journal.get(order_id, ()))


def _deadline(order: Order) -> tuple[datetime, OrderId]:
    return order.expires_at, order.id

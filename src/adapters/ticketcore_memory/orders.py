"""Orders in process: each decision is the core's rule, under the ledger's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain import ids, journal, payments, reservations
from ticketcore.domain.ids import AttemptId, EventId, OrderId, TicketCode
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import NEXT_STEP, Change, Delivery, Order, OrderStatus
from ticketcore.domain.payments import Attempt, AttemptStatus, PayRefusal, RefundRefusal, Settlement
from ticketcore.domain.refusals import EventNotFound, OrderNotFound
from ticketcore.domain.reservations import CancelRefusal, Reservation, ReserveRefusal
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Orders, TicketCodeTaken
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryOrders(Orders):
    _ledger: MemoryLedger

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        with self._ledger.lock:
            before = self._ledger.orders.get(wanted.order_id)
            if before is not None:
                return Change(before)
            event = self._ledger.events.get(wanted.event_id)
            if event is None:
                return EventNotFound()
            order = reservations.reserve(event, wanted, now)
            if not isinstance(order, Order):
                return order
            self._ledger.order_ids[ids.digest(order.id)] = order.id
            self._ledger.orders_of_event.setdefault(event.id, []).append(order.id)
            return self._moved(None, order, now)

    def _moved(self, before: Order | None, after: Order, now: datetime) -> Change:
        """Store an order's move; one that stays where it is changes nothing."""
        if before == after:
            return Change(after)
        event = self._ledger.replace(before, after)
        self._ledger.write(journal.moved(after, now))
        return Change(after, event.availability)

    def get(self, order_id: OrderId) -> Order | None:
        with self._ledger.lock:
            return self._ledger.orders.get(order_id)

    def find(self, digest: str) -> Order | None:
        with self._ledger.lock:
            order_id = self._ledger.order_ids.get(digest)
            return self._ledger.orders[order_id] if order_id else None

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        with self._ledger.lock:
            order = self._ledger.orders.get(attempt.order_id)
            if order is None:
                return OrderNotFound()
            outcome = payments.start(order, self._ledger.events[order.event_id].status, now)
            if not isinstance(outcome, Order) or outcome == order:
                return outcome
            self._ledger.attempts[attempt.id] = attempt
            self._ledger.attempt_of_order[order.id] = attempt.id
            self._ledger.put_in_outbox(order.id)
            return self._moved(order, outcome, now).order

    def attempt(self, order_id: OrderId) -> Attempt | None:
        with self._ledger.lock:
            attempt_id = self._ledger.attempt_of_order.get(order_id)
            return self._ledger.attempts[attempt_id] if attempt_id else None

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        with self._ledger.lock:
            attempt = self._ledger.attempts[attempt_id]
            order = self._ledger.orders[attempt.order_id]
            settled = payments.capture(order, attempt, self._ledger.events[order.event_id].status, code)
            if settled.attempt.status is AttemptStatus.CAPTURED and settled.attempt != attempt:
                if code in self._ledger.ticket_codes:
                    return TicketCodeTaken(code)
                self._issue(tickets, code)
            return self._settled(order, settled, now)

    def _issue(self, tickets: Sequence[Ticket], code: TicketCode) -> None:
        self._ledger.ticket_codes.add(code)
        for ticket in tickets:
            self._ledger.tickets[ticket.id] = ticket
            self._ledger.tickets_of_order.setdefault(ticket.order_id, []).append(ticket.id)

    def _settled(self, before: Order, settled: Settlement, now: datetime) -> Change:
        attempt = self._ledger.attempts[settled.attempt.id]
        if settled.attempt != attempt and settled.order == before:
            self._ledger.write(journal.late_charge(before, now))
        self._ledger.attempts[attempt.id] = settled.attempt
        return self._moved(before, settled.order, now)

    def decline(self, attempt_id: AttemptId, now: datetime) -> Change:
        with self._ledger.lock:
            attempt = self._ledger.attempts[attempt_id]
            order = self._ledger.orders[attempt.order_id]
            return self._settled(order, payments.decline(order, attempt), now)

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        with self._ledger.lock:
            order = self._ledger.orders.get(order_id)
            if order is None:
                return OrderNotFound()
            settled = payments.refund(order, self.attempt(order_id), now)
            if not isinstance(settled, Settlement):
                return settled
            if settled.order != order:
                self._void(order_id)
                self._ledger.put_in_outbox(order_id)
            return self._settled(order, settled, now)

    def _void(self, order_id: OrderId) -> None:
        for ticket_id in self._ledger.tickets_of_order[order_id]:
            self._ledger.tickets[ticket_id] = self._ledger.tickets[ticket_id].voided()

    def finish_refund(self, attempt_id: AttemptId, now: datetime) -> None:
        with self._ledger.lock:
            attempt = self._ledger.attempts[attempt_id]
            if attempt.status is AttemptStatus.REFUNDING:
                self._ledger.attempts[attempt_id] = attempt.to(AttemptStatus.REFUNDED)
                self._ledger.write(journal.money_returned(attempt.order_id, now))

    def cancel(self, order_id: OrderId, now: datetime) -> Change | CancelRefusal:
        with self._ledger.lock:
            order = self._ledger.orders.get(order_id)
            if order is None:
                return OrderNotFound()
            outcome = reservations.cancel(order, now)
            return self._moved(order, outcome, now) if isinstance(outcome, Order) else outcome

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        with self._ledger.lock:
            order_ids = self._ledger.orders if event_id is None else self._ledger.orders_of_event.get(event_id, [])
            orders = [self._ledger.orders[order_id] for order_id in order_ids]
            due = sorted((order for order in orders if reservations.is_due(order, now)), key=_deadline)[:limit]
            return [self._moved(order, reservations.as_of(order, now), now) for order in due]

    def advance(self, order_id: OrderId, done: Delivery, now: datetime) -> Order | None:
        with self._ledger.lock:
            order = self._ledger.orders[order_id]
            if order.status is not OrderStatus.PAID:
                return None
            if NEXT_STEP.get(order.delivery) is not done:
                return order
            after = attrs.evolve(order, delivery=done)
            self._ledger.orders[order_id] = after
            self._ledger.write(journal.advanced(after, now))
            return after

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
        attempt = self.attempt(order.id)
        return order.needs_work or (attempt is not None and attempt.status is AttemptStatus.REFUNDING)

    def note(self, entry: Entry) -> None:
        with self._ledger.lock:
            self._ledger.write(entry)

    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        with self._ledger.lock:
            return tuple(self._ledger.journal.get(order_id, ()))


def _deadline(order: Order) -> tuple[datetime, OrderId]:
    return order.expires_at or order.created_at, order.id

"""Orders with one rule broken each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain import reservations
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import AttemptId, EventId, OrderId, TicketCode
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import Change, Delivery, Order, OrderStatus
from ticketcore.domain.payments import Attempt, AttemptStatus, PayRefusal, RefundRefusal
from ticketcore.domain.refusals import SoldOut
from ticketcore.domain.reservations import CancelRefusal, Reservation, ReserveRefusal
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import TicketCodeTaken
from ticketcore_memory import MemoryOrders
from ticketcore_testing.samples import MILLISECOND

# Reserving


class InsertsFirst(MemoryOrders):
    """Writes the order before its places are taken, and leaves it there when they are too few."""

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        outcome = super().reserve(wanted, now)
        if isinstance(outcome, SoldOut):
            event = self._ledger.events[wanted.event_id]
            order = reservations.reserve(attrs.evolve(event, capacity=event.capacity + wanted.quantity), wanted, now)
            assert isinstance(order, Order)
            self._ledger.orders[order.id] = order
            self._ledger.orders_of_event[event.id].append(order.id)
        return outcome


class TakesAgain(MemoryOrders):
    """Takes the places of a repeated reservation a second time."""

    def reserve(self, wanted: Reservation, now: datetime) -> Change | ReserveRefusal:
        before = self.get(wanted.order_id)
        if before is None:
            return super().reserve(wanted, now)
        event = self._ledger.events[before.event_id]
        if before.quantity <= event.available:
            self._ledger.events[event.id] = attrs.evolve(event, held=event.held + before.quantity)
        return Change(before)


class FindsByBeginning(MemoryOrders):
    """Takes the beginning of a digest for the digest."""

    def find(self, digest: str) -> Order | None:
        known = self._ledger.order_ids.items()
        return next((self._ledger.orders[each] for whole, each in known if whole.startswith(digest)), None)


# Paying


class PublishesWithoutOutbox(MemoryOrders):
    """Leaves the message of a payment to be published after the commit."""

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        rows = dict(self._ledger.outbox)
        outcome = super().start_payment(attempt, now)
        self._ledger.outbox = rows
        return outcome


class WritesTwice(MemoryOrders):
    """Leaves a second message when a payment is repeated."""

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        is_repeated = self.attempt(attempt.order_id) is not None
        outcome = super().start_payment(attempt, now)
        if isinstance(outcome, Order) and is_repeated:
            self._ledger.put_in_outbox(outcome.id)
        return outcome


class AttemptPerRequest(MemoryOrders):
    """Puts the attempt of the second request in the first one's place."""

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        outcome = super().start_payment(attempt, now)
        if isinstance(outcome, Order):
            self._ledger.attempts[attempt.id] = attempt
            self._ledger.attempt_of_order[outcome.id] = attempt.id
        return outcome


class PaysLate(MemoryOrders):
    """Lets a reservation be paid a millisecond too long."""

    def start_payment(self, attempt: Attempt, now: datetime) -> Order | PayRefusal:
        return super().start_payment(attempt, now - MILLISECOND)


# Settling


class IssuesPerRun(MemoryOrders):
    """Issues tickets whenever an approved charge is recorded."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        outcome = super().capture(attempt_id, tickets, code, now)
        if isinstance(outcome, Change) and outcome.availability is None and outcome.order.status is OrderStatus.PAID:
            self._issue(tickets, code)
        return outcome


class ForgetsTheCode(MemoryOrders):
    """Gives a ticket code twice."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        self._ledger.ticket_codes.discard(code)
        return super().capture(attempt_id, tickets, code, now)


class SellsTheCancelled(MemoryOrders):
    """Makes tickets for an event that was cancelled meanwhile."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        event_id = self._ledger.orders[self._ledger.attempts[attempt_id].order_id].event_id
        event = self._ledger.events[event_id]
        self._ledger.events[event_id] = attrs.evolve(event, status=EventStatus.ON_SALE)
        outcome = super().capture(attempt_id, tickets, code, now)
        self._ledger.events[event_id] = attrs.evolve(self._ledger.events[event_id], status=event.status)
        return outcome


class KeepsTheLateCharge(MemoryOrders):
    """Forgets the money of an order that was declined before."""

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        attempt = self._ledger.attempts[attempt_id]
        if attempt.status is AttemptStatus.DECLINED:
            return Change(self._ledger.orders[attempt.order_id])
        return super().capture(attempt_id, tickets, code, now)


class DeclineKeepsPlaces(MemoryOrders):
    """Ends a declined order without giving its places back."""

    def decline(self, attempt_id: AttemptId, now: datetime) -> Change:
        held = self._ledger.events[self._ledger.orders[self._ledger.attempts[attempt_id].order_id].event_id].held
        change = super().decline(attempt_id, now)
        event = self._ledger.events[change.order.event_id]
        self._ledger.events[event.id] = attrs.evolve(event, held=held)
        return change


# Refunding


class RefundWithoutRecord(MemoryOrders):
    """Refunds an order and forgets that the money is still to be returned."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        outcome = super().start_refund(order_id, now)
        attempt = self.attempt(order_id)
        if isinstance(outcome, Change) and attempt is not None:
            self.finish_refund(attempt.id, now)
        return outcome


class RefundWithoutMessage(MemoryOrders):
    """Refunds an order and tells nobody to return the money."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        rows = dict(self._ledger.outbox)
        outcome = super().start_refund(order_id, now)
        self._ledger.outbox = rows
        return outcome


class RefundKeepsTickets(MemoryOrders):
    """Refunds an order whose tickets still let people in."""

    def _void(self, order_id: OrderId) -> None:
        """Leave them as they are."""


class RefundKeepsPlaces(MemoryOrders):
    """Refunds an order without giving its places back."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        before = self.get(order_id)
        outcome = super().start_refund(order_id, now)
        if isinstance(outcome, Change) and before != outcome.order:
            event = self._ledger.events[outcome.order.event_id]
            self._ledger.events[event.id] = attrs.evolve(event, sold=event.sold + outcome.order.quantity)
        return outcome


class AnswersNoStock(MemoryOrders):
    """Forgets to tell the places that came back with a refund."""

    def start_refund(self, order_id: OrderId, now: datetime) -> Change | RefundRefusal:
        outcome = super().start_refund(order_id, now)
        return attrs.evolve(outcome, availability=None) if isinstance(outcome, Change) else outcome


# Ending


class CancelsLate(MemoryOrders):
    """Lets a reservation be cancelled a millisecond too long."""

    def cancel(self, order_id: OrderId, now: datetime) -> Change | CancelRefusal:
        return super().cancel(order_id, now - MILLISECOND)


class ExpiresLate(MemoryOrders):
    """Lets a reservation live a millisecond too long."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now - MILLISECOND, limit)


class ExpiresEarly(MemoryOrders):
    """Ends a reservation a millisecond too soon."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now + MILLISECOND, limit)


class ExpiresProcessing(MemoryOrders):
    """Lets time end an order whose payment is under way."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        for order in list(self._ledger.orders.values()):
            if order.status is OrderStatus.PROCESSING and order.expires_at and order.expires_at <= now:
                self._moved(order, attrs.evolve(order, status=OrderStatus.EXPIRED), now)
        return super().expire_due(event_id, now, limit)


class ExpiresEverybody(MemoryOrders):
    """Takes the limit for advice."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        return super().expire_due(event_id, now, 1000)


class ExpiresOldOrdersFirst(MemoryOrders):
    """Takes the order that was made first, whatever its deadline."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        made = [order for order in self._ledger.orders.values() if event_id in (None, order.event_id)]
        due = [order for order in made if reservations.is_due(order, now)][:limit]
        return [self._moved(order, reservations.as_of(order, now), now) for order in due]


class ExpiresInOneGo(MemoryOrders):
    """Tells the same availability with each order that expired together."""

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        changes = super().expire_due(event_id, now, limit)
        return [
            attrs.evolve(each, availability=self._ledger.events[each.order.event_id].availability) for each in changes
        ]


# Afterwards


class SkippingCursor(MemoryOrders):
    """Takes an order whose mail was sent for one whose images are stored."""

    def advance(self, order_id: OrderId, done: Delivery, now: datetime) -> Order | None:
        super().advance(order_id, Delivery.STORED, now)
        return super().advance(order_id, done, now)


class SkipsTheMail(MemoryOrders):
    """Takes an order whose images are stored for one whose mail was sent."""

    def advance(self, order_id: OrderId, done: Delivery, now: datetime) -> Order | None:
        super().advance(order_id, done, now)
        return super().advance(order_id, Delivery.DELIVERED, now)


class MovesAnyCursor(MemoryOrders):
    """Answers an order that was refunded meanwhile as if it were still paid."""

    def advance(self, order_id: OrderId, done: Delivery, now: datetime) -> Order | None:
        return super().advance(order_id, done, now) or self.get(order_id)


class RemindsAgain(MemoryOrders):
    """Leaves a second row for an order whose first one was not published yet."""

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        rows, self._ledger.outbox = self._ledger.outbox, {}
        reminded = super().remind(before, now, limit)
        self._ledger.outbox = rows | self._ledger.outbox
        return reminded


class RemindsOfEverything(MemoryOrders):
    """Takes any order for one that needs work."""

    def _needs_work(self, order: Order) -> bool:
        return True


class RemindsSilently(MemoryOrders):
    """Puts rows for silent orders and writes no entry, so that they stay silent."""

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        journal = {order_id: list(entries) for order_id, entries in self._ledger.journal.items()}
        reminded = super().remind(before, now, limit)
        self._ledger.journal = journal
        return reminded


class RemindsImpatiently(MemoryOrders):
    """Takes an order for silent a millisecond too soon."""

    def remind(self, before: datetime, now: datetime, limit: int) -> int:
        return super().remind(before + MILLISECOND, now, limit)


class TellsTheEndFirst(MemoryOrders):
    """Tells a journal from its end."""

    def journal(self, order_id: OrderId) -> Sequence[Entry]:
        return super().journal(order_id)[::-1]

"""Events in process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import attrs

from ticketcore.domain import acts, announcements, events
from ticketcore.domain.availability import Audit
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.events import Event, EventChange, EventFilter
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.money import Money
from ticketcore.domain.order_listing import Cursor
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion
from ticketcore.domain.reservations import is_due
from ticketcore.domain.summary import TAKEN, DoubleAdmission, EventSummary
from ticketcore.domain.tickets import Ticket, TicketStatus
from ticketcore.ports import EventPage, Events
from ticketcore_memory.ledger import MemoryLedger


@attrs.define(eq=False)
class MemoryEvents(Events):
    """Events of a ``MemoryLedger``."""

    _ledger: MemoryLedger

    def add(self, event: Event, by: str | None = None) -> None:
        with self._ledger.lock:
            if event.id not in self._ledger.events:
                self._ledger.events[event.id] = event
                self._ledger.acts.append(acts.event_created(event, by))

    def get(self, event_id: EventId) -> Event | None:
        with self._ledger.lock:
            return self._ledger.events.get(event_id)

    def list(self, wanted: EventFilter, after: tuple[datetime, EventId] | None, limit: int) -> EventPage:
        with self._ledger.lock:
            found = sorted((e for e in self._ledger.events.values() if wanted.admits(e)), key=lambda e: (e.date, e.id))
        rest = [event for event in found if after is None or (event.date, event.id) > after]
        page = tuple(rest[:limit])
        return EventPage(page, (page[-1].date, page[-1].id) if len(rest) > limit else None)

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        with self._ledger.lock:
            event = self._ledger.events.get(event_id)
            if event is None:
                return EventNotFound()
            has_orders = event_id in self._ledger.orders_of_event
            changed = events.change(event, wanted, now, has_orders=has_orders, revision=revision)
            if isinstance(changed, Event):
                self._ledger.events[event_id] = changed
                act = acts.event_changed(event, changed, by, now)
                self._ledger.acts.extend([act] if act else [])
                announcement = announcements.of_change(event, changed, wanted)
                if announcement:
                    self._ledger.announcements[event_id] = announcement
            return changed

    def request_refund(self, request: EventRefund) -> int | None:
        with self._ledger.lock:
            event = self._ledger.events.get(request.event_id)
            if event is None:
                return None
            orders = (self._ledger.orders[each] for each in self._ledger.orders_of_event.get(event.id, ()))
            count = sum(order.status is OrderStatus.PAID for order in orders)
            if count:
                self._ledger.event_refunds[event.id] = request
                self._ledger.acts.append(acts.event_refunded(event, request.by, request.requested_at))
            return count

    def refund_request(self) -> EventRefund | None:
        with self._ledger.lock:
            return min(self._ledger.event_refunds.values(), key=lambda request: request.event_id, default=None)

    def advance_refund(self, request: EventRefund, after: Cursor | None) -> bool:
        with self._ledger.lock:
            if self._ledger.event_refunds.get(request.event_id) != request:
                return False
            if after is None:
                del self._ledger.event_refunds[request.event_id]
            else:
                self._ledger.event_refunds[request.event_id] = attrs.evolve(request, after=after)
            return True

    @contextmanager
    def locked(self, event_id: EventId) -> Iterator[Event | None]:
        with self._ledger.lock:
            yield self._ledger.events.get(event_id)

    def due(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        with self._ledger.lock:
            places = {event_id: self._due(event_id, now) for event_id in event_ids}
        return {event_id: count for event_id, count in places.items() if count}

    def _due(self, event_id: EventId, now: datetime) -> int:
        order_ids = self._ledger.orders_of_event.get(event_id, ())
        orders = (self._ledger.orders[order_id] for order_id in order_ids)
        return sum(order.places for order in orders if is_due(order, now))

    def audit(self, event_id: EventId) -> Audit | None:
        with self._ledger.lock:
            event = self._ledger.events.get(event_id)
            if event is None:
                return None
            order_ids = self._ledger.orders_of_event.get(event_id, ())
            orders = [self._ledger.orders[order_id] for order_id in order_ids]
            return Audit(
                event_id=event_id,
                version=event.version,
                capacity=event.capacity,
                available=event.available,
                held=event.held,
                sold=event.sold,
                held_by_orders=sum(order.held for order in orders),
                sold_by_orders=sum(order.sold for order in orders),
                tickets=sum(ticket.status is not TicketStatus.VOID for ticket in self._tickets_of(order_ids)),
                of_customers=sum(held for (of, _), held in self._ledger.customers.items() if of == event_id),
                of_customers_by_orders=sum(order.counted for order in orders),
            )

    def summary(self, event_id: EventId, now: datetime) -> EventSummary | None:
        with self._ledger.lock:
            event = self._ledger.events.get(event_id)
            if event is None:
                return None
            order_ids = self._ledger.orders_of_event.get(event_id, ())
            attempts = [self._ledger.attempts[each] for each in order_ids if each in self._ledger.attempts]
            used = [ticket.admission.gate for ticket in self._tickets_of(order_ids) if ticket.admission is not None]
            return EventSummary(
                event=event,
                due=self._due(event_id, now),
                takings=_money(event, (each.amount.minor for each in attempts if each.status in TAKEN)),
                refunded=_money(event, (each.returned for each in attempts)),
                gates=Counter(used),
                double_admissions=self._double_admissions(order_ids),
            )

    def _double_admissions(self, order_ids: Iterable[OrderId]) -> tuple[DoubleAdmission, ...]:
        found = [
            DoubleAdmission.of(code, ticket.number, ticket.admission, ticket.others)
            for ticket in self._tickets_of(order_ids)
            if ticket.others and ticket.admission and (code := self._ledger.orders[ticket.order_id].ticket_code)
        ]
        return tuple(sorted(found, key=lambda each: (each.ticket_code, each.number)))

    def _tickets_of(self, order_ids: Iterable[OrderId]) -> Sequence[Ticket]:
        ticket_ids = [each for order_id in order_ids for each in self._ledger.tickets_of_order.get(order_id, ())]
        return [self._ledger.tickets[each] for each in ticket_ids]

    def check(self) -> None:
        """Memory is always there."""


def _money(event: Event, minor: Iterable[int]) -> Money:
    return Money(sum(minor), event.price.currency)

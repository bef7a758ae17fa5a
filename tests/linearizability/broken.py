"""Adapters with faults that a history must show: each is right for a single client."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import attrs
from sqlalchemy import update

from ticketcore.domain import reservations, validation
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.refusals import SoldOut, TicketNotFound
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.domain.tickets import TicketNumber
from ticketcore.domain.validation import Admitted, DecisionRefusal, Scan
from ticketcore.ports import Counter, Take, Uncounted
from ticketcore_redis import RedisInventory
from ticketcore_sql import SqlEvents, SqlOrders, SqlTickets, rows
from ticketcore_sql.tables import tickets

_STALE_EVERY = 5


@attrs.frozen(eq=False)
class AnswersLate(RedisInventory):
    """Sometimes returns the result of the call before."""

    _before: list[Mapping[EventId, Counter]] = attrs.field(factory=list)

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        fresh = super().counters(event_ids, now)
        self._before.append(fresh)
        late = self._before[-2:][0]
        return late if len(self._before) % _STALE_EVERY == 0 and late.keys() == fresh.keys() else fresh


@attrs.frozen(eq=False)
class ForgetsWhoGoes(RedisInventory):
    """Does not follow the ledger when an order ends."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        if keep:
            super().sync(event_id, order_id, availability, keep=keep)


@attrs.frozen(eq=False)
class NeverRefuses(RedisInventory):
    """Leaves every decision to the ledger, but still counts."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        return Uncounted()


class PromisesEarly(SqlOrders):
    """Reads whether there are places and promises them, even if they are gone when it takes them."""

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        event = SqlEvents(self._database).get(wanted.event_id)
        assert event is not None
        promised = reservations.reserve(event, wanted, now)
        outcome = super().reserve(wanted, now)
        return Change(promised) if isinstance(promised, Order) and isinstance(outcome, SoldOut) else outcome


class AdmitsLate(SqlTickets):
    """Reads whether the ticket is valid, then uses it in a second step."""

    def admit(
        self, ticket: TicketId | TicketNumber, scan: Scan, now: datetime
    ) -> Admitted | DecisionRefusal | TicketNotFound:
        record = self._record(ticket)
        assert record is not None
        outcome = validation.admit(record, scan, now)
        if isinstance(outcome, Admitted) and not outcome.is_repeated:
            used = {"status": "used", **rows.admission_values(outcome.ticket.admission)}
            statement = update(tickets).where(tickets.c.id == record.ticket.id).values(used)
            self._database.write(lambda connection: connection.execute(statement))
        return outcome

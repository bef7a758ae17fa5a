"""Deliveries with one rule broken each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from ticketcore.domain.announcements import BEGINNING
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import Delivery, DeliveryBacklog, DeliveryKind, DeliveryStatus
from ticketcore.domain.events import Event, EventChange
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.journal import Entry
from ticketcore.domain.orders import Change
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, InvalidRequest, StaleVersion
from ticketcore.ports import Conflict
from ticketcore_memory import MemoryDeliveries, MemoryEvents, MemoryOrders
from ticketcore_testing.samples import MILLISECOND


class AsksForNoMail(MemoryOrders):
    """Writes a decision without the mail that it asks for."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        return super().write(record, attrs.evolve(decision, deliveries=()))


class KeepsTheMailBefore(MemoryOrders):
    """Asks for a mail only if the order has none."""

    def write(self, record: OrderRecord, decision: Decision) -> Change | Conflict:
        known = self._ledger.deliveries
        fresh = [mail for mail in decision.deliveries if (mail.order_id, mail.kind) not in known]
        return super().write(record, attrs.evolve(decision, deliveries=tuple(fresh)))


class ClaimsEarly(MemoryDeliveries):
    """Takes a mail a millisecond before it is due."""

    def claim(self, now: datetime) -> Delivery | None:
        return super().claim(now + MILLISECOND)


class ClaimsWithoutALease(MemoryDeliveries):
    """Claims a mail without hiding it."""

    def claim(self, now: datetime) -> Delivery | None:
        claimed = super().claim(now)
        if claimed is not None:
            self._ledger.put_delivery(attrs.evolve(claimed, due_at=now))
        return claimed


class CountsNoTries(MemoryDeliveries):
    """Takes every try for the first."""

    def claim(self, now: datetime) -> Delivery | None:
        claimed = super().claim(now)
        if claimed is None:
            return None
        first = attrs.evolve(claimed, tries=1)
        self._ledger.put_delivery(first)
        return first


class ClaimsTheLatest(MemoryDeliveries):
    """Takes the mail that became due last."""

    def _due(self, now: datetime) -> list[Delivery]:
        return super()._due(now)[::-1]


class SettlesAnything(MemoryDeliveries):
    """Writes an outcome whatever happened since the claim."""

    def _is_current(self, claimed: Delivery) -> bool:
        return (claimed.order_id, claimed.kind) in self._ledger.deliveries


class SettlesByTheOrder(MemoryDeliveries):
    """Takes a mail that was asked for again for the one that was claimed."""

    def _is_current(self, claimed: Delivery) -> bool:
        now = self._ledger.deliveries.get((claimed.order_id, claimed.kind))
        return now is not None and now.status is DeliveryStatus.PENDING and now.tries <= claimed.tries


class SettlesSilently(MemoryDeliveries):
    """Writes an outcome without its journal entry."""

    def settle(self, claimed: Delivery, after: Delivery, entry: Entry) -> bool:
        before = list(self._ledger.journal[claimed.order_id])
        written = super().settle(claimed, after, entry)
        self._ledger.journal[claimed.order_id] = before
        return written


class WithdrawsNothing(MemoryDeliveries):
    """Says that it removed a mail, and keeps it."""

    def withdraw(self, claimed: Delivery) -> bool:
        return self._is_current(claimed)


class KnowsOneKind(MemoryDeliveries):
    """Returns the delivery of an order's tickets alone."""

    def of_order(self, order_id: OrderId) -> Sequence[Delivery]:
        return [each for each in super().of_order(order_id) if each.kind is DeliveryKind.TICKETS]


class ForgetsTheLimit(MemoryDeliveries):
    """Returns all that is due."""

    def due(self, now: datetime, limit: int) -> Sequence[OrderId]:
        return super().due(now, 1000)


class CountsTheDelivered(MemoryDeliveries):
    """Takes every mail that is not pending for one that was not delivered."""

    def backlog(self) -> DeliveryBacklog:
        done = sum(each.status is not DeliveryStatus.PENDING for each in self._ledger.deliveries.values())
        return attrs.evolve(super().backlog(), undelivered=done)


class AnnouncesForever(MemoryDeliveries):
    """Keeps an announcement that has come to its end."""

    def announce(self, now: datetime, limit: int) -> int | None:
        before = dict(self._ledger.announcements)
        announced = super().announce(now, limit)
        self._ledger.announcements = before | self._ledger.announcements
        return announced


class BeginsAnnouncementsAgain(MemoryDeliveries):
    """Does not record how far an announcement has come."""

    def announce(self, now: datetime, limit: int) -> int | None:
        announced = super().announce(now, limit)
        known = self._ledger.announcements
        known.update({event_id: attrs.evolve(each, after=BEGINNING) for event_id, each in known.items()})
        return announced


class AnnouncesToTheUnmailed(MemoryDeliveries):
    """Leaves out the orders that have a mail of the same kind."""

    def announce(self, now: datetime, limit: int) -> int | None:
        before = dict(self._ledger.deliveries)
        announced = super().announce(now, limit)
        self._ledger.deliveries |= before
        return announced


class AnnouncesNothing(MemoryEvents):
    """Changes an event and announces nothing."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        return super().change(event_id, attrs.evolve(wanted, notify_buyers=False), revision, now, by)


class AnnouncesEverything(MemoryEvents):
    """Announces a change although buyers are not to be notified."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        return super().change(event_id, attrs.evolve(wanted, notify_buyers=True), revision, now, by)


class KeepsTheAnnouncementBefore(MemoryEvents):
    """Leaves an announcement as it is when a later one should replace it."""

    def change(
        self, event_id: EventId, wanted: EventChange, revision: int | None, now: datetime, by: str | None = None
    ) -> Event | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        before = dict(self._ledger.announcements)
        changed = super().change(event_id, wanted, revision, now, by)
        self._ledger.announcements |= before
        return changed

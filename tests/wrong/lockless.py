"""Adapters that are right for one thread and wrong for two: without a lock, or with state that calls share."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import cast

import attrs

from ticketcore.domain import qr_text
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.availability import Availability
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.mail import Mail
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order
from ticketcore.domain.qr_text import Claim
from ticketcore.ports import Accepted, Ids, Observer, Occurrence, OutboxRow, ReceivedMessage
from ticketcore_memory import (
    HmacSeal,
    MemoryDeliveries,
    MemoryEvents,
    MemoryFiles,
    MemoryInventory,
    MemoryKeys,
    MemoryLeases,
    MemoryLedger,
    MemoryLimits,
    MemoryMailer,
    MemoryOrders,
    MemoryOutbox,
    MemoryPaymentQueue,
    MemoryTickets,
    MemoryWebhooks,
    TextImages,
)
from ticketcore_simulated_payments import MemoryCharges, SimulatedPaymentGateway


class NoLock:
    """A lock that does not exclude other threads."""

    def __enter__(self) -> NoLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release nothing."""


NO_LOCK = cast(threading.Lock, NoLock())
NO_RLOCK = cast(threading.RLock, NoLock())

# Memory adapters without their lock


def lockless_inventory() -> MemoryInventory:
    inventory = MemoryInventory()
    inventory._lock = NO_LOCK
    return inventory


def lockless_limits() -> MemoryLimits:
    limits = MemoryLimits()
    limits._lock = NO_LOCK
    return limits


def lockless_queue() -> MemoryPaymentQueue:
    queue = MemoryPaymentQueue()
    queue._lock = NO_LOCK
    return queue


def lockless_gateway() -> SimulatedPaymentGateway:
    charges = MemoryCharges()
    charges._lock = NO_LOCK
    return SimulatedPaymentGateway(charges)


def _without_lock(rows: MemoryLedger) -> MemoryLedger:
    """Return the same rows behind no lock; the other ports of the ledger keep theirs."""
    return attrs.evolve(rows, lock=NO_RLOCK)


def lockless_events(rows: MemoryLedger) -> MemoryEvents:
    return MemoryEvents(_without_lock(rows))


def lockless_orders(rows: MemoryLedger) -> MemoryOrders:
    return MemoryOrders(_without_lock(rows))


def lockless_tickets(rows: MemoryLedger) -> MemoryTickets:
    return MemoryTickets(_without_lock(rows))


def lockless_outbox(rows: MemoryLedger) -> MemoryOutbox:
    return MemoryOutbox(_without_lock(rows))


def lockless_deliveries(rows: MemoryLedger) -> MemoryDeliveries:
    return MemoryDeliveries(_without_lock(rows))


def lockless_keys(rows: MemoryLedger) -> MemoryKeys:
    return MemoryKeys(_without_lock(rows))


def lockless_leases(rows: MemoryLedger) -> MemoryLeases:
    return MemoryLeases(_without_lock(rows))


def lockless_webhooks(rows: MemoryLedger) -> MemoryWebhooks:
    return MemoryWebhooks(_without_lock(rows))


# Memory adapters with a check apart from its write, where one call of a dictionary needs no lock


class EndsInSteps(MemoryInventory):
    """Gives the places of a take back before it forgets the take."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        counter = self._events.get(event_id)
        flight = counter.flights.get(order_id) if counter else None
        if counter and flight:
            counter.available += flight.quantity
            counter.flights.pop(order_id, None)
        super().sync(event_id, order_id, availability, keep=keep)


class CopiesItsMessages(MemoryPaymentQueue):
    """Stores a list of the new messages, and then a copy with the others before them."""

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        before, self._messages = self._messages, []
        super().publish(order_ids, now)
        self._messages = [*before, *self._messages]


class ShowsBeforeItDelays(MemoryPaymentQueue):
    """Makes a message visible that is given back, and then delays it, even if another worker has it by then."""

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        for message in [each for each in self._messages if each.receipt == delivery.receipt]:
            message.visible_at = now
            message.receipt = delivery.receipt
        super().retry(delivery, after, now)


class FailsAtAConflict(SimulatedPaymentGateway):
    """Fails where another call has returned the money meanwhile."""

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        charge = self.charges.get(attempt.id)
        returned = charge and charge.returned(refund_id, amount)
        if returned and returned != charge and not self.charges.put(returned):
            raise GatewayUnavailable("a conflict")


class LooksForTheEventFirst(MemoryEvents):
    """Looks whether there is the event, and adds it later."""

    def add(self, event: Event, by: str | None = None) -> None:
        if self.get(event.id) is None:
            self._ledger.events[event.id] = event


class LooksForTheCodeFirst(MemoryOrders):
    """Looks whether a ticket code is taken, and takes it later, behind no lock."""

    def _is_code_taken(self, order: Order) -> bool:
        codes = self._ledger.ticket_codes
        if order.ticket_code is None or codes.get(order.ticket_code, order.id) != order.id:
            return order.ticket_code is not None
        codes[order.ticket_code] = order.id
        return False


def lockless_codes(rows: MemoryLedger) -> LooksForTheCodeFirst:
    return LooksForTheCodeFirst(_without_lock(rows))


class LooksForTheRowFirst(MemoryOutbox):
    """Looks whether there is a row, and removes it later."""

    def sent(self, rows: Sequence[OutboxRow]) -> None:
        for row in rows:
            if row.id in self._ledger.outbox:
                del self._ledger.outbox[row.id]


class LooksForTheKeyFirst(MemoryKeys):
    """Looks whether there is the key or secret, and adds it later."""

    def add(self, key: ApiKey, by: str | None = None) -> None:
        if self.get(key.id) is None:
            self._ledger.keys[key.id] = key

    def secret(self, name: str, fresh: bytes) -> bytes:
        if name not in self._ledger.secrets:
            self._ledger.secrets[name] = fresh
        return self._ledger.secrets[name]


# Adapters that need no lock as long as their calls share no state


class ReplacesInSteps(MemoryFiles):
    """Removes the old content before it stores the new one."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        self.contents.pop(name, None)
        super().put(name, content, content_type)


class CopiesItsFiles(MemoryFiles):
    """Stores a changed copy of all files."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        self.contents = {**self.contents, name: content}


class CopiesItsMail(MemoryMailer):
    """Stores a longer copy of the list of sent messages."""

    def send(self, mail: Mail) -> Accepted:
        before: Sequence[Mail] = self.sent
        self.sent = [*before, mail]
        return Accepted()


@attrs.define(eq=False)
class ObservesOneAtATime(Observer):
    """Keeps the current occurrence and expects to find it again."""

    _current: list[Occurrence] = attrs.field(factory=list)

    def observe(self, occurrence: Occurrence) -> None:
        self._current.append(occurrence)
        self._current.pop()
        assert not self._current


@attrs.define(eq=False)
class SharesItsBuffer(HmacSeal):
    """Computes every signature in one buffer."""

    _buffer: bytes = b""

    def seal(self, claim: Claim) -> str:
        self._buffer = qr_text.signed_part(claim, self._key_id)
        return qr_text.write(self._buffer, self._mac(self._buffer))


@attrs.define(eq=False)
class SharesItsCanvas(TextImages):
    """Draws every image on one canvas, as with one ``qrcode.QRCode`` for all calls."""

    _text: str = ""

    def draw(self, text: str) -> bytes:
        self._text = text
        return super().draw(self._text)


@attrs.define(eq=False)
class CountsUp(Ids):
    """Makes ids from the number of the call."""

    _calls: int = 0

    def new(self, size: int) -> bytes:
        call = self._calls
        self._calls = call + 1
        return hashlib.shake_256(b"seed %d" % call).digest(size)

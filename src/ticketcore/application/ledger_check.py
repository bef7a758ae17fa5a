"""Check a ledger, such as one that was restored, against its own rules.  Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from ticketcore.domain import ids, ledger_faults
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event, EventFilter
from ticketcore.domain.ids import OrderId
from ticketcore.domain.ledger_faults import FaultKind, LedgerFault, StoredOrder
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.texts import Text
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Clock, Files, Inventory, Ledger, PaymentQueue, Seal

_CHUNK = 100


@attrs.define(eq=False)
class LedgerCheck:
    """One check of a whole ledger, page by page, and what it has looked at so far.

    Without ``files`` images are left out: they can be drawn again.
    """

    ledger: Ledger
    payment_queue: PaymentQueue
    inventory: Inventory
    seal: Seal
    clock: Clock
    files: Files | None = None
    events: int = 0
    orders: int = 0
    tickets: int = 0
    images: int = 0
    _unqueued: int = 0

    def faults(self) -> Iterator[LedgerFault]:
        """Yield every fault.

        Events are compared with their orders and counters, each order with its tickets, payment, mail and messages, and the
        QR text of every ticket with its seal.  A counter, queue or store of images that cannot be reached is a fault, too.
        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        for events in self._pages_of_events():
            self.events += len(events)
            yield from self._of_events(events)
        for stored in self._stored_orders():
            self.orders += 1
            self._unqueued += stored.needs_work and not stored.is_enqueued
            yield from ledger_faults.of_order(stored)
            for ticket in stored.tickets:
                self.tickets += 1
                yield from self._of_seal(ticket)
            if stored.has_images:
                yield from self._of_images(stored.tickets)
        yield from self._of_messages()

    def _pages_of_events(self) -> Iterator[Sequence[Event]]:
        after = None
        while True:
            page = self.ledger.events.list(EventFilter(), after, _CHUNK)
            yield page.items
            after = page.after
            if after is None:
                return

    def _of_events(self, events: Sequence[Event]) -> Iterator[LedgerFault]:
        for event in events:
            audit = self.ledger.events.audit(event.id)
            yield from ledger_faults.of_event(audit) if audit else ()
        try:
            counters = self.inventory.counters([event.id for event in events], self.clock.now())
        except Unavailable as failure:
            yield _unchecked(failure)
            return
        for event in events:
            counter = counters.get(event.id)
            if counter is not None and counter.available != event.available:
                detail = Text(
                    "its counter says %(count)s, the ledger %(available)s",
                    count=counter.available,
                    available=event.available,
                )
                yield LedgerFault(FaultKind.COUNTER, detail, event_id=event.id)

    def _stored_orders(self) -> Iterator[StoredOrder]:
        after: OrderId | None = None
        while page := self.ledger.orders.page(after, _CHUNK):
            yield from page
            after = page[-1].record.order.id

    def _of_seal(self, ticket: Ticket) -> Iterator[LedgerFault]:
        if self.seal.open(ticket.qr_code) != Claim(ticket.event_id, ticket.id):
            detail = Text("no trusted key has sealed ticket %(number)s", number=ticket.number)
            yield LedgerFault(FaultKind.SEAL, detail, order=ids.digest(ticket.order_id))

    def _of_images(self, tickets: Sequence[Ticket]) -> Iterator[LedgerFault]:
        if self.files is None:
            return
        try:
            missing = [ticket for ticket in tickets if self.files.get(ticket.image_name) is None]
        except Unavailable as failure:
            self.files = None
            yield _unchecked(failure)
            return
        self.images += len(tickets)
        for ticket in missing:
            detail = Text("the image of ticket %(number)s is not stored", number=ticket.number)
            yield LedgerFault(FaultKind.IMAGE, detail, order=ids.digest(ticket.order_id))

    def _of_messages(self) -> Iterator[LedgerFault]:
        try:
            depth = self.payment_queue.depth(self.clock.now())
        except Unavailable as failure:
            yield _unchecked(failure)
            return
        messages = depth.waiting + depth.in_flight + depth.dead
        if messages < self._unqueued:
            detail = Text(
                "orders that need work: %(orders)s, messages for them: %(messages)s; a sweep makes new messages a day "
                "after the last news of an order",
                orders=self._unqueued,
                messages=messages,
            )
            yield LedgerFault(FaultKind.MESSAGE, detail)


def _unchecked(failure: Unavailable) -> LedgerFault:
    return LedgerFault(FaultKind.UNCHECKED, Text("not checked: %(failure)s", failure=str(failure)))

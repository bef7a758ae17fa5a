"""The box office: the use cases of buyers and gates, and the work in the background.

Methods return a value or a refusal; they raise ``Unavailable`` if the ledger cannot be reached, and repeating is safe then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import attrs

from ticketcore.application import inventory_sync, reserving, sweeper, worker
from ticketcore.application.inventory_sync import LiveEvent, LivePage
from ticketcore.application.optimistic_locking import change_order
from ticketcore.application.sweeper import SweepReport
from ticketcore.application.worker import WorkReport
from ticketcore.domain import emails, events, ids, payments, reservations
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import EventFilter, EventStatus
from ticketcore.domain.ids import AttemptId, EventId, OrderId, TicketId
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.payments import PayRefusal, StartRefusal
from ticketcore.domain.refusals import (
    EventNotFound,
    Fault,
    IdempotencyConflict,
    InvalidRequest,
    OrderNotFound,
    OrderNotPaid,
    Refusal,
    TicketNotAuthentic,
    TicketNotFound,
)
from ticketcore.domain.reservations import DEFAULT_HOLD, CancelRefusal, Reservation, ReserveRefusal, as_of
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore.domain.tickets import Ticket
from ticketcore.domain.validation import AdmitRefusal, Scan
from ticketcore.ports import Act, Ports


@attrs.define(eq=False)
class BoxOffice:
    """The use cases of buyers and gates over one set of ports; ``hold`` is how long a reservation lasts."""

    ports: Ports
    hold: timedelta = DEFAULT_HOLD

    # Events

    def event(self, event_id: EventId) -> LiveEvent | EventNotFound:
        """Return an event with its live availability."""
        event = self.ports.events.get(event_id)
        return EventNotFound() if event is None else inventory_sync.live(self.ports, [event])[0]

    def list_events(
        self, after: tuple[datetime, EventId] | None = None, limit: int = 50, starts_after: datetime | None = None
    ) -> LivePage:
        """Return one page of the events on sale, soonest first: those that begin after ``starts_after``, by default now."""
        wanted = EventFilter(EventStatus.ON_SALE, starts_after or self.ports.clock.now())
        return inventory_sync.live_page(self.ports, wanted, after, limit)

    # Orders

    def reserve(
        self, event_id: EventId, quantity: int, customer_email: str, idempotency_key: str | None = None
    ) -> Order | ReserveRefusal | IdempotencyConflict:
        """Reserve places for a buyer.  The same ``idempotency_key`` of the same buyer is the same order."""
        try:
            email = emails.parse(customer_email)
        except InvalidValue as wrong:
            return InvalidRequest((Fault("customer_email", wrong.text),))
        if not 1 <= quantity <= events.MAX_PER_ORDER:
            fault = Text("must be a whole number from 1 to %(most)s", most=str(events.MAX_PER_ORDER))
            return InvalidRequest((Fault("quantity", fault),))
        now = self.ports.clock.now()
        wanted = Reservation(self._order_id(email, idempotency_key), event_id, email, quantity, now + self.hold)
        if idempotency_key is not None and (before := self.ports.orders.get(wanted.order_id)):
            return self._same_again(before, wanted)
        outcome = reserving.reserve(self.ports, wanted, now)
        self.ports.observe(Act.RESERVE, outcome if isinstance(outcome, Refusal) else "reserved", wanted.order_id)
        return self._same_again(outcome.order, wanted) if isinstance(outcome, Change) else outcome

    def _order_id(self, email: str, idempotency_key: str | None) -> OrderId:
        if idempotency_key is None:
            return OrderId(ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)))
        return ids.order_id_for(self._order_id_secret, email, idempotency_key)

    @cached_property
    def _order_id_secret(self) -> bytes:
        return self.ports.keys.secret("order-ids", self.ports.ids.new(32))

    def _same_again(self, order: Order, wanted: Reservation) -> Order | IdempotencyConflict:
        if (order.event_id, order.quantity) != (wanted.event_id, wanted.quantity):
            return IdempotencyConflict()
        return as_of(order, self.ports.clock.now())

    def order(self, order_id: OrderId) -> Order | OrderNotFound:
        """Return an order as it is at this moment."""
        order = self.ports.orders.get(order_id)
        return OrderNotFound() if order is None else as_of(order, self.ports.clock.now())

    def pay(self, order_id: OrderId, payment_token: str) -> Order | PayRefusal:
        """Confirm the payment: the order is processing and a message is on its way.  Repeating it charges nothing more."""
        attempt_id = AttemptId(ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)))
        now = self.ports.clock.now()

        def rule(record: OrderRecord) -> Decision | StartRefusal:
            return payments.start(record, attempt_id, payment_token, now)

        outcome: OrderRecord | PayRefusal
        outcome = change_order(self.ports, order_id, rule)  # type: ignore[assignment]  # mypy joins what it infers.
        if not isinstance(outcome, OrderRecord):
            self.ports.observe(Act.PAY, outcome, order_id)
            sweeper.try_to_expire(self.ports, order_id)
            return outcome
        self.ports.observe(Act.PAY, outcome.order.status.value, order_id)
        sweeper.try_to_publish(self.ports, order_id)
        return outcome.order

    def cancel(self, order_id: OrderId) -> Order | CancelRefusal:
        """Cancel a reservation and give its places back."""
        now = self.ports.clock.now()
        outcome = change_order(self.ports, order_id, lambda record: reservations.cancel(record, now))
        if not isinstance(outcome, OrderRecord):
            self.ports.observe(Act.CANCEL, outcome, order_id)
            sweeper.try_to_expire(self.ports, order_id)
            return outcome
        self.ports.observe(Act.CANCEL, "cancelled", order_id)
        return outcome.order

    # Tickets

    def tickets_of(self, order: Order) -> Sequence[Ticket] | OrderNotPaid:
        """Return a paid order's tickets by number."""
        if order.status is not OrderStatus.PAID:
            return OrderNotPaid(order.status.value)
        return self.ports.tickets.of_order(order.id)

    def ticket(self, ticket_id: TicketId) -> Ticket | TicketNotFound:
        """Return a ticket."""
        return self.ports.tickets.get(ticket_id) or TicketNotFound()

    def image_of(self, ticket: Ticket) -> str | bytes:
        """Return the URL of a ticket's stored QR image, or the image itself if it has no URL."""
        return self._stored_image(ticket) or self.ports.qr_images.draw(ticket.qr_code)

    def _stored_image(self, ticket: Ticket) -> str | bytes | None:
        try:
            return self.ports.files.url(ticket.image_name) or self.ports.files.get(ticket.image_name)
        except Unavailable:
            return None

    def validate(
        self, qr_code: str, gate: str, event_id: EventId | None = None, scan_id: str | None = None
    ) -> Ticket | AdmitRefusal:
        """Let a ticket in, once: answer it as used, or why not."""
        claim = self.ports.seal.open(qr_code)
        if isinstance(claim, TicketNotAuthentic):
            self.ports.observe(Act.ADMIT, claim)
            return claim
        # A scan without an id gets one, so that the ledger can retry it after a lost response.
        scan = Scan(gate, scan_id or ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)), event_id)
        outcome = self.ports.tickets.admit(claim.ticket_id, scan, self.ports.clock.now())
        if isinstance(outcome, Refusal):
            self.ports.observe(Act.ADMIT, outcome)
        else:
            self.ports.observe(Act.ADMIT, "admitted", outcome.order_id)
        return outcome

    # Work behind the counter

    def process(self, order_id: OrderId, checkpoint: Callable[[], None] = worker.never_stop) -> None:
        """Do the work that an order needs now (``processing.process``)."""
        worker.process(self.ports, order_id, checkpoint)

    def work(self, limit: int = 10) -> WorkReport:
        """Receive messages and work them off (``processing.work``)."""
        return worker.work(self.ports, limit)

    def sweep(self) -> SweepReport:
        """Expire what is due, publish what was not sent, repair the counters (``sweeping.sweep``)."""
        return sweeper.sweep(self.ports)

"""The box office: the use cases of buyers and gates, and the work in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from ticketcore.application import (
    delivering,
    gates,
    inventory_sync,
    lanes,
    ledger_secrets,
    paying,
    publishing,
    reserving,
    sweeper,
    webhook_lane,
    worker,
)
from ticketcore.application.live_events import LiveEvent, LiveEvents, LivePage
from ticketcore.application.optimistic_locking import change_order
from ticketcore.application.publishing import Publisher
from ticketcore.application.reports import WebhookReport, WorkReport
from ticketcore.application.sweeper import SharedSweep, SweepReport
from ticketcore.application.worker import Mapper
from ticketcore.domain import (
    checks,
    emails,
    events,
    idempotency,
    ids,
    payment_tokens,
    printable_text,
    reservations,
    validation,
)
from ticketcore.domain.api_keys import LIBRARY, Holder
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import EventFilter, EventStatus
from ticketcore.domain.gate_lists import GateBundle, GatePlace
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.merging import MergedScan, OfflineScan
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.payments import PayRefusal
from ticketcore.domain.refusals import (
    EventNotFound,
    IdempotencyConflict,
    InvalidRequest,
    OrderNotFound,
    OrderNotPaid,
    Refusal,
    TicketNotAuthentic,
    TicketNotFound,
    WrongEvent,
)
from ticketcore.domain.reservations import DEFAULT_HOLD, CancelRefusal, ReservationRequest, ReserveRefusal, as_of
from ticketcore.domain.texts import Text
from ticketcore.domain.tickets import Ticket, TicketNumber, TicketRecord
from ticketcore.domain.validation import AdmitRefusal, Admitted, Scan, Undo, UndoRefusal
from ticketcore.ports import Act, Ports

#: Charges of one batch: many that share a statement, but few enough that another worker is not left without any.
_CHARGES = 50
_MAILS = 10
_MESSAGES = 10
_QUANTITY = checks.whole(events.MAX_PER_ORDER)
_EMAIL = checks.readable(emails.parse)
_LANGUAGE = checks.optional(checks.language)
_KEY = checks.optional(idempotency.check)
_GATE = printable_text.check(validation.MAX_NAME)
_SCAN_ID = checks.optional(printable_text.check(validation.MAX_SCAN_ID, validation.MIN_SCAN_ID))
_HEADERS = checks.instance_of(Mapping)
_BODY = checks.instance_of(bytes)
_TOKEN = checks.optional(payment_tokens.check)
_NUMBER = checks.whole(events.MAX_PER_ORDER)
_HOLDER = checks.instance_of(Holder)
_ORDER = checks.instance_of(Order)
_TICKET = checks.instance_of(Ticket)


@attrs.frozen
class PlacedOrder:
    """An order as it now is; ``is_replayed`` says whether an earlier request with the same idempotency key placed it."""

    order: Order
    is_replayed: bool = False


class BoxOffice:
    """The use cases of buyers and gates, and the work in the background, over one set of ports.

    A method returns a value or a refusal, never raises for what a caller asked for, and raises ``Unavailable`` if the
    ledger cannot be reached.  Several threads may share a box office.
    """

    __slots__ = {
        "_live": "The events that it shows.",
        "_secrets": "The ledger's secrets by name, as far as they are known.",
        "_sweep": "The sweep that it shares with other processes.",
        "hold": "How long a reservation lasts.",
        "ports": "The adapters that it works with.",
        "publisher": "What publishes messages in another thread; without one they are published at once.",
        "retention": "How long after an event's date its buyers' addresses are kept; ``None`` for ever.",
    }

    def __init__(self, ports: Ports, hold: timedelta = DEFAULT_HOLD, retention: timedelta | None = None) -> None:
        """Work with these adapters; reservations last for ``hold``, and sweeps forget buyers by ``retention``."""
        self.ports = ports
        self.retention = retention
        self.hold = hold
        self._secrets: dict[str, bytes] = {}
        self.publisher: Publisher | None = None
        self._sweep = SharedSweep(ports)
        self._live = LiveEvents(ports, hold)

    # Events

    def event(self, event_id: EventId) -> LiveEvent | EventNotFound:
        """Return an event of any status with its free places at this moment.

        Refuses with ``EventNotFound``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self._live.get(ids.event_id(event_id))

    def list_events(
        self,
        after: tuple[datetime, EventId] | None = None,
        limit: int = 50,
        starts_after: datetime | None = None,
        search: str = "",
    ) -> LivePage | InvalidRequest:
        """Return one page of the events on sale with their free places, soonest first.

        They begin after ``starts_after``, by default now, and have all words of ``search``, at most 100 characters, in their
        name or location.  ``after`` is that of the page before, ``limit`` at most 1000; a page of a search may have fewer
        events, and another page after it.

        Refuses with ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        begin = self.ports.clock.now() if starts_after is None else starts_after
        return self._live.page(EventFilter(EventStatus.ON_SALE, begin), after, limit, search)

    # Orders

    def reserve(
        self,
        event_id: EventId,
        quantity: int,
        customer_email: str,
        idempotency_key: str | None = None,
        *,
        language: str | None = None,
    ) -> Order | ReserveRefusal | IdempotencyConflict:
        """Reserve places for a buyer, and return the order that holds them until its ``expires_at``.

        Idempotent with an ``idempotency_key`` of 16 to 255 characters: the same key is the same order, returned as it now
        is.  The key is a secret of the buyer's, as the order's id is.  Its mails are in ``language`` (a tag such as ``"pt-BR"``), or
        in the service's.

        Refuses with ``EventNotFound``, ``SalesClosed``, ``SalesNotOpen``, ``SoldOut``, ``InvalidRequest`` (also for more places than the
        event's ``max_per_order``), ``CustomerLimit`` if the buyer's orders would have more than its ``max_per_customer``, or
        ``IdempotencyConflict`` if the key stands for another event, quantity or buyer.
        Raises ``Unavailable`` if the ledger cannot be reached; repeating without a key may leave a reservation to expire.
        """
        placed = self.place_order(event_id, quantity, customer_email, idempotency_key, language=language)
        return placed.order if isinstance(placed, PlacedOrder) else placed

    def place_order(
        self,
        event_id: EventId,
        quantity: int,
        customer_email: str,
        idempotency_key: str | None = None,
        *,
        language: str | None = None,
    ) -> PlacedOrder | ReserveRefusal | IdempotencyConflict:
        """Reserve places as ``reserve`` does, and return the order together with whether an earlier request placed it.

        Refuses with ``EventNotFound``, ``SalesClosed``, ``SalesNotOpen``, ``SoldOut``, ``InvalidRequest``, ``CustomerLimit`` or
        ``IdempotencyConflict``.  Raises ``Unavailable`` if the ledger cannot be reached; repeating without a key may leave a reservation to expire.
        """
        refusal = checks.invalid(
            quantity=_QUANTITY(quantity),
            customer_email=_EMAIL(customer_email),
            idempotency_key=_KEY(idempotency_key),
            language=_LANGUAGE(language),
        )
        if refusal:
            return refusal
        email, now = emails.parse(customer_email), self.ports.clock.now()
        order_id = self._order_id(idempotency_key)
        event_id = ids.event_id(event_id)
        customer = ids.customer_digest(self._secret(ledger_secrets.CUSTOMERS), event_id, emails.canonical(email))
        wanted = ReservationRequest(order_id, event_id, email, quantity, now + self.hold, customer, language=language)
        if idempotency_key is not None and (before := self.ports.orders.get(order_id)):
            return self._placed(before, wanted, is_replayed=True)
        self._sweep.rounds.ask_for(event_id)
        outcome = reserving.reserve(self.ports, wanted, now)
        self.ports.observe(Act.RESERVE, outcome if isinstance(outcome, Refusal) else "reserved", order_id)
        if not isinstance(outcome, Change):
            return outcome
        # A concurrent request with the same key may have placed it.
        return self._placed(outcome.order, wanted, is_replayed=idempotency_key is not None and not outcome.availability)

    def _order_id(self, idempotency_key: str | None) -> OrderId:
        if idempotency_key is None:
            return OrderId(ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)))
        return ids.order_id_for(self._secret(ledger_secrets.ORDER_IDS), idempotency_key)

    def _secret(self, name: str) -> bytes:
        if name not in self._secrets:
            self._secrets[name] = ledger_secrets.read(self.ports, name)
        return self._secrets[name]

    def _placed(
        self, order: Order, wanted: ReservationRequest, *, is_replayed: bool
    ) -> PlacedOrder | IdempotencyConflict:
        if not wanted.asks_for(order):
            return IdempotencyConflict()
        return PlacedOrder(as_of(order, self.ports.clock.now()), is_replayed)

    def order(self, order_id: OrderId) -> Order | OrderNotFound:
        """Return an order as it is at this moment.

        Refuses with ``OrderNotFound``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        order = self.ports.orders.get(ids.order_id(order_id))
        return OrderNotFound() if order is None else as_of(order, self.ports.clock.now())

    def pay(self, order_id: OrderId, payment_token: str | None = None) -> Order | PayRefusal:
        """Confirm the payment of a reserved order, and return the order, which is processing until a worker has charged it.

        An order of 0.00 needs no ``payment_token``.  Idempotent: an order that is processing or paid is returned as it is and
        nothing more is charged.

        Refuses with ``OrderNotFound``, ``OrderNotPayable``, ``PaymentDeclined``, ``ReservationExpired``, ``SalesClosed``
        or ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached; repeating is safe.
        """
        refusal = checks.invalid(payment_token=_TOKEN(payment_token))
        if refusal:
            return refusal
        publisher = self.publisher
        sync = inventory_sync.sync if publisher is None else publisher.sync
        outcome = paying.start(self.ports, ids.order_id(order_id), payment_token, sync=sync)
        if not isinstance(outcome, Order):
            return outcome
        self._sweep.rounds.ask_for(outcome.event_id)
        if publisher is None:
            publishing.try_to_publish(self.ports, [outcome.id])
        else:
            publisher.add(outcome.id)
        return outcome

    def receive_notice(self, headers: Mapping[str, str], body: bytes) -> bool | InvalidRequest:
        """Have the payment that a message of the gateway's is about looked at, and return whether it is the gateway's.

        The names of ``headers`` are in lower case.  A notice of a payment that is not known is the gateway's, too.

        Refuses with ``InvalidRequest`` for what is no request's.  Raises ``Unavailable`` if the ledger or the queue cannot be
        reached: the gateway has to send it again.
        """
        refusal = checks.invalid(headers=_HEADERS(headers), body=_BODY(body))
        return refusal or paying.receive_notice(self.ports, headers, body)

    def cancel(self, order_id: OrderId) -> Order | CancelRefusal:
        """Cancel a reserved order, give its places back, and return the order.

        Idempotent: a cancelled order is returned as it is.

        Refuses with ``OrderNotFound`` or ``OrderNotCancellable``.  Raises ``Unavailable`` if the ledger cannot be
        reached; repeating is safe.
        """
        order_id = ids.order_id(order_id)
        now = self.ports.clock.now()
        outcome = change_order(self.ports, Act.CANCEL, order_id, lambda record: reservations.cancel(record, now))
        if not isinstance(outcome, OrderRecord):
            return outcome
        self._sweep.rounds.ask_for(outcome.order.event_id)
        self.ports.observe(Act.CANCEL, "cancelled", order_id)
        return outcome.order

    # Tickets

    def tickets_of(self, order: Order) -> Sequence[Ticket] | OrderNotPaid | InvalidRequest:
        """Return a paid order's tickets by number.

        Refuses with ``OrderNotPaid``, or ``InvalidRequest`` for what is no order.  Raises ``Unavailable`` if the ledger
        cannot be reached.
        """
        refusal = checks.invalid(order=_ORDER(order))
        if refusal:
            return refusal
        if order.status is not OrderStatus.PAID:
            return OrderNotPaid(order.status.value)
        return self.ports.tickets.of_order(order.id)

    def ticket(self, ticket_id: TicketId) -> Ticket | TicketNotFound:
        """Return a ticket.

        Refuses with ``TicketNotFound``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self.ports.tickets.get(ids.ticket_id(ticket_id)) or TicketNotFound()

    def image_of(self, ticket: Ticket) -> str | bytes | InvalidRequest:
        """Return the address of a ticket's QR image as a string if it has one, otherwise the image as PNG.

        Refuses with ``InvalidRequest`` for what is no ticket.  Raises nothing: an image that cannot be read is drawn.
        """
        refusal = checks.invalid(ticket=_TICKET(ticket))
        if refusal:
            return refusal
        return self._stored_image(ticket) or self.ports.qr_images.draw(ticket.qr_code)

    def draw(self, ticket: Ticket) -> bytes | InvalidRequest:
        """Return a ticket's QR image as PNG, drawn now, wherever images are stored.

        Refuses with ``InvalidRequest`` for what is no ticket.  Raises nothing.
        """
        refusal = checks.invalid(ticket=_TICKET(ticket))
        return refusal or self.ports.qr_images.draw(ticket.qr_code)

    # Pages

    def page_secret(self) -> bytes:
        """Return the secret that signs what pages give to browsers, the same for all processes on the ledger.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self._secret(ledger_secrets.PAGES)

    def _stored_image(self, ticket: Ticket) -> str | bytes | None:
        try:
            return self.ports.files.url(ticket.image_name) or self.ports.files.get(ticket.image_name)
        except Unavailable:
            return None

    def validate(
        self,
        presented: str | TicketNumber,
        gate: str,
        event_id: EventId | None = None,
        scan_id: str | None = None,
        holder: Holder = LIBRARY,
    ) -> Admitted | AdmitRefusal | InvalidRequest:
        """Admit a ticket once, and return it with its ``admission``.

        ``presented`` is the text of its QR code, or for want of that a ticket code and a number: then an event has to be
        named, or the key of the ``holder`` bound to events.  Only tickets of these are admitted.  Idempotent with a
        ``scan_id`` of 16 to 64 characters: for ten minutes the same scan with the same key gets the ticket again.

        Refuses with ``TicketNotAuthentic``, ``TicketNotFound``, ``WrongEvent``, ``EventCancelled``, ``TicketVoid``,
        ``TicketAlreadyUsed``, ``TooEarly`` or ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached; repeating
        without a ``scan_id`` may find the ticket used.
        """
        event_ids = _events_of(event_id, holder)
        refusal = checks.invalid(
            **_faults_of(presented, event_ids), gate=_GATE(gate), scan_id=_SCAN_ID(scan_id), holder=_HOLDER(holder)
        )
        if refusal:
            return refusal
        ticket = self._presented(presented)
        if isinstance(ticket, TicketNotAuthentic):
            self.ports.observe(Act.ADMIT, ticket)
            return ticket
        # A scan without an id gets one, so that an adapter can repeat the statement after a lost response.
        chosen = ids.text_of(self.ports.ids.new(ids.SECRET_BYTES)) if scan_id is None else scan_id
        outcome = self.ports.tickets.admit(ticket, Scan(gate, chosen, event_ids, holder), self.ports.clock.now())
        if isinstance(outcome, Admitted):
            self.ports.observe(Act.ADMIT, "admitted", outcome.record.ticket.order_id)
        else:
            self.ports.observe(Act.ADMIT, outcome)
        return outcome

    def undo(
        self, presented: str | TicketNumber, event_id: EventId | None = None, holder: Holder = LIBRARY
    ) -> TicketRecord | UndoRefusal | InvalidRequest:
        """Take an admission back, and return the ticket, which is valid again.

        What is ``presented`` is as for ``validate``.  A gate takes back what its own key has admitted within ten minutes,
        an admin any admission of a paid order.

        Refuses with ``TicketNotAuthentic``, ``TicketNotFound``, ``WrongEvent``, ``NothingToUndo`` or ``InvalidRequest``.
        Raises ``Unavailable`` if the ledger cannot be reached; repeating may find nothing to undo.
        """
        event_ids = _events_of(event_id, holder)
        refusal = checks.invalid(**_faults_of(presented, event_ids), holder=_HOLDER(holder))
        if refusal:
            return refusal
        ticket = self._presented(presented)
        if isinstance(ticket, TicketNotAuthentic):
            self.ports.observe(Act.UNDO, ticket)
            return ticket
        outcome = self.ports.tickets.undo(ticket, Undo(event_ids, holder), self.ports.clock.now())
        if isinstance(outcome, TicketRecord):
            self.ports.observe(Act.UNDO, "undone", outcome.ticket.order_id)
        else:
            self.ports.observe(Act.UNDO, outcome)
        return outcome

    # Gates without network

    def gate_bundle(
        self, event_id: EventId, after: GatePlace | None = None, holder: Holder = LIBRARY
    ) -> GateBundle | EventNotFound | WrongEvent | InvalidRequest:
        """Return what a gate needs to judge the tickets of an event by itself: a piece at first, later what changed since.

        ``after`` is that of the list before.  A piece without tickets is the last one for now.

        Refuses with ``EventNotFound``, ``WrongEvent`` for a key that is bound to other events, or ``InvalidRequest``.
        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return gates.bundle(self.ports, event_id, after, holder)

    def merge_scans(
        self, event_id: EventId, gate: str, scans: Sequence[OfflineScan], holder: Holder = LIBRARY
    ) -> Sequence[MergedScan] | EventNotFound | WrongEvent | InvalidRequest:
        """Merge scans that a gate made by itself, at most 100, and return what became of each, in the same order.

        They may be merged in any order and as often as one likes.  Of the scans of a ticket the earliest counts; that several
        gates admitted it is said to each of them, and in the summary of the event.

        Refuses with ``EventNotFound``, ``WrongEvent`` for a key that is bound to other events, or ``InvalidRequest``.
        Raises ``Unavailable`` if the ledger cannot be reached: merge all of them again.
        """
        return gates.merge(self.ports, event_id, gate, scans, holder)

    def _presented(self, presented: str | TicketNumber) -> TicketId | TicketNumber | TicketNotAuthentic:
        if isinstance(presented, TicketNumber):
            return attrs.evolve(presented, code=ids.read_ticket_code(presented.code))
        claim = self.ports.seal.open(presented)
        return claim if isinstance(claim, TicketNotAuthentic) else claim.ticket_id

    # Background work

    def process(self, order_id: OrderId) -> None:
        """Charge an order that is processing, finish a refund; return nothing.

        Idempotent: call it once for each message of a queue.  An order that does not exist needs no work.

        Raises ``Unavailable`` if a component cannot be reached: deliver the message again.
        """
        worker.process(self.ports, ids.order_id(order_id))

    def work(self, mapper: Mapper | None = None) -> WorkReport:
        """Charge: process a batch of at most fifty messages of the payment queue, and return what became of them.

        ``mapper`` calls a function with each of several items, perhaps in threads, and returns the results in their order, as
        the ``map`` of an executor does: then a slow gateway does not hold charges to one at a time, as it does by default.
        An order that could not be processed is reported as a failure, and its message is delivered again.

        Raises ``Unavailable`` if the ledger or the queue cannot be reached.
        """
        return worker.work(self.ports, _CHARGES, mapper or worker.one_by_one)

    def deliver(self, may_begin: Callable[[], bool] | None = None) -> WorkReport:
        """Deliver: try at most ten mails that are due, and return what became of them.

        Call it beside ``work``, in another thread: a mail server that hangs must not delay a charge.  No further mail is
        begun once ``may_begin`` returns false.  A mail that could not be sent now is reported as a failure, and is tried
        again at growing intervals.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return delivering.deliver(self.ports, _MAILS, may_begin or lanes.always)

    def publish_due_deliveries(self) -> int:
        """Publish a message for each order with a mail that is due, and return how many.

        It is for workers that run only when a message comes, such as functions: processing one, they deliver too.

        Raises ``Unavailable`` if the ledger or the queue cannot be reached.
        """
        return delivering.publish_due(self.ports)

    def collect_webhooks(self) -> int:
        """Make messages of what was recorded of orders and events since the last call, for each webhook; return how many.

        Raises ``Unavailable`` if the ledger cannot be reached; repeating makes the rest.
        """
        return webhook_lane.collect(self.ports)

    def send_webhooks(self, may_begin: Callable[[], bool] | None = None) -> WebhookReport:
        """Send some messages to webhooks that are due, while ``may_begin`` allows another, and return what became of them.

        One that is not accepted is tried again at growing intervals for three days.  A receiver that answers 410 ends its
        webhook.  Several processes may send at the same time, each to another webhook.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return webhook_lane.send(self.ports, _MESSAGES, may_begin or lanes.always)

    def sweep(self) -> SweepReport:
        """Expire due reservations, publish unsent messages, repair live counters, forget buyers, and return how many.

        Raises ``Unavailable`` if the ledger cannot be reached; a queue or counter out of reach is left to the next sweep.
        """
        return sweeper.sweep(self.ports, self.retention)

    def sweep_in_turn(self) -> SweepReport:
        """Sweep as ``sweep`` does, but together with all other processes that call this; return how many.

        One of them does it, until a few seconds after its last call.  It repairs some counters at each call, going round all
        of them; every process repairs those of events that its own buyers have asked for.  Buyers are forgotten once an hour.

        Raises ``Unavailable`` if the ledger cannot be reached; a queue or counter out of reach is left to the next sweep.
        """
        return self._sweep.sweep(self.retention)


def _events_of(event_id: EventId | None, holder: Holder) -> frozenset[EventId] | None:
    """Return the events whose tickets a request is about, ``None`` for all."""
    bound = holder.event_ids if isinstance(holder, Holder) else None
    if event_id is None:
        return bound
    named = frozenset({ids.event_id(event_id)})
    return named if bound is None else named & bound


def _faults_of(presented: object, event_ids: frozenset[EventId] | None) -> dict[str, Text | None]:
    if not isinstance(presented, TicketNumber):
        return {"qr_code": checks.text(presented)}
    is_anywhere = Text("is required with a ticket code") if event_ids is None else None
    return {
        "ticket_code": checks.text(presented.code),
        "number": _NUMBER(presented.number),
        "event_id": is_anywhere,
    }

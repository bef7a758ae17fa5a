"""The organiser: what admins do with events, orders, API keys, the payment queue and the live counter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import attrs

from ticketcore.application import (
    expiry,
    forgetting,
    ledger_secrets,
    order_names,
    paying,
    publishing,
    reconciling,
    refunding,
    seal_trust,
    sweeper,
    worker,
)
from ticketcore.application.forgetting import ForgetReport
from ticketcore.application.live_events import LiveEvent, LiveEvents, LivePage
from ticketcore.application.optimistic_locking import change_order
from ticketcore.application.recently_read import RecentlyRead
from ticketcore.domain import (
    acts,
    api_keys,
    attendees,
    checks,
    correcting,
    emails,
    events,
    idempotency,
    ids,
    printable_text,
    resending,
    webhook_urls,
    webhooks,
)
from ticketcore.domain.acts import MAX_ACT, ActPage
from ticketcore.domain.api_keys import ApiKey, KeyRefusal, Role
from ticketcore.domain.attempts import PaymentMethod
from ticketcore.domain.attendees import Attendee, AttendeePage
from ticketcore.domain.attendees import Cursor as AttendeeCursor
from ticketcore.domain.availability import Audit
from ticketcore.domain.correcting import CorrectDecisionRefusal, CorrectRefusal
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryBacklog
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import DEFAULT_TIMEZONE, Event, EventChange, EventDraft, EventFilter, EventStatus
from ticketcore.domain.ids import EventId, KeyId, MessageId, OrderId, WebhookId
from ticketcore.domain.journal import Entry
from ticketcore.domain.order_listing import Cursor, OrderFilter, OrderPage
from ticketcore.domain.orders import Order
from ticketcore.domain.payments import PayRefusal, RefundRefusal
from ticketcore.domain.refusals import (
    CapacityInUse,
    CustomerLimit,
    EventNotFound,
    Fault,
    InvalidRequest,
    OrderNotFound,
    StaleVersion,
    WebhookNotFound,
)
from ticketcore.domain.resending import ResendDecisionRefusal, ResendRefusal
from ticketcore.domain.reservations import as_of
from ticketcore.domain.summary import EventSummary
from ticketcore.domain.texts import Text
from ticketcore.domain.webhooks import MAX_WEBHOOKS, Topic, Webhook, WebhookDelivery, WebhookDeliveryPage
from ticketcore.domain.webhooks import Cursor as WebhookCursor
from ticketcore.ports import Act, Clock, Ports

_ANY_EVENT = EventFilter()
_ANY_ORDER = OrderFilter()
_DRAFT = checks.instance_of(EventDraft)
_CHANGE = checks.instance_of(EventChange)
_REVISION = checks.optional(checks.integer)
_FILTER = checks.instance_of(EventFilter)
_ORDER_FILTER = checks.instance_of(OrderFilter)
_AFTER_ORDER = checks.optional(checks.cursor(ids.is_digest))
_AFTER_ATTENDEE = checks.optional(attendees.cursor_fault)
_EMAIL = checks.readable(emails.parse)
_KEY_NAME = printable_text.check(api_keys.MAX_NAME)
_BY = checks.optional(_KEY_NAME)
_AFTER = checks.optional(checks.whole(MAX_ACT))
_LIMIT = checks.whole(events.MAX_PAGE)
#: How many attendees are kept in memory.
_ATTENDEES = 100
_INCLUDE_USED = checks.instance_of(bool)
_URL = webhook_urls.check
_AFTER_MESSAGE = checks.optional(checks.cursor(ids.message_id))
_ROLE = checks.instance_of(Role)
_TICKET_NUMBER = checks.whole(events.MAX_PER_ORDER)
_COLLECTIONS = (list, tuple, set, frozenset)


@attrs.frozen
class NewKey:
    """An API key that was just created; ``text`` is what its holder sends and is stored nowhere."""

    key: ApiKey
    text: str = attrs.field(repr=False)


@attrs.frozen
class QueueReport:
    """The payment queue: messages by state, and how long the oldest ready message has waited."""

    waiting: int
    in_flight: int
    dead: int
    age: timedelta


@attrs.frozen
class Redriven:
    """A redrive of dead letters: how many were put back, and how many could not be read and stay."""

    count: int
    left: int


@attrs.frozen
class StockReport:
    """An event's places in the ledger beside its live counter.

    ``counter`` is ``None`` if there is none; ``failure`` says why it could not be read.
    """

    audit: Audit
    counter: int | None
    failure: str | None = None

    @property
    def drift(self) -> int:
        """How many places the counter has too many; 0 without a counter."""
        return 0 if self.counter is None else self.counter - self.audit.available


class Organiser:
    """The use cases of admins over one set of ports: events, orders, API keys, the payment queue, live counters.

    Methods that act take ``by``, the name of the API key that asked for it, for the journal; ``None`` is an act without a key.
    A method returns a value or a refusal, never raises for what a caller asked for, and raises ``Unavailable`` if the
    ledger cannot be reached; repeating is safe then.  Several threads may share an organiser.
    """

    __slots__ = {
        "_keys": "The keys that it has read.",
        "_live": "The events that it shows.",
        "knows_timezone": "Whether there is a time zone of this name.",
        "ports": "The adapters that it works with.",
        "timezone": "The time zone of new events that name none.",
    }

    def __init__(
        self,
        ports: Ports,
        timezone: str = DEFAULT_TIMEZONE,
        knows_timezone: Callable[[str], bool] | None = None,
    ) -> None:
        """Work with these adapters; events that name no time zone are in ``timezone``, an IANA name.

        ``knows_timezone`` returns whether there is a time zone of a name; without it every name of the right form is one.
        """
        self.ports = ports
        self.timezone = timezone
        self.knows_timezone = knows_timezone or events.is_timezone
        self._live = LiveEvents(ports, None)
        self._keys: RecentlyRead[KeyId, ApiKey] = RecentlyRead()

    # Events

    def create_event(self, draft: EventDraft, *, by: str | None = None) -> LiveEvent | InvalidRequest:
        """Create an event, and return it with its free places.

        Refuses with ``InvalidRequest``, which names every fault of the draft.  Raises ``Unavailable`` if the ledger
        cannot be reached; repeating may create a second event.
        """
        refusal = checks.invalid(draft=_DRAFT(draft), by=_BY(by))
        if refusal:
            return refusal
        event_id = EventId(ids.text_of(self.ports.ids.new(ids.EVENT_BYTES)))
        event = events.create(event_id, draft, self.ports.clock.now(), self.timezone, self.knows_timezone)
        if isinstance(event, InvalidRequest):
            return event
        self.ports.events.add(event, by)
        reconciling.try_to_reconcile(self.ports, event.id)
        return LiveEvent(event, event.available)

    def change_event(
        self, event_id: EventId, change: EventChange, revision: int | None = None, *, by: str | None = None
    ) -> LiveEvent | EventNotFound | InvalidRequest | CapacityInUse | StaleVersion:
        """Change the given fields of an event, and return it with its free places.

        The payments that a cancelled event still awaits are given up, in the background if need be.
        With a ``revision``, change it only if the event still has this one.

        Refuses with ``EventNotFound``, ``InvalidRequest``, ``CapacityInUse`` if more places are taken than the new capacity
        has, or ``StaleVersion`` if the event has another revision.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(change=_CHANGE(change), revision=_REVISION(revision), by=_BY(by))
        if refusal:
            return refusal
        change = events.without_unknown_timezone(change, self.knows_timezone)
        event_id = ids.event_id(event_id)
        now = self.ports.clock.now()
        event = self.ports.events.change(event_id, change, revision, now, by)
        if isinstance(event, CapacityInUse) and expiry.expire(self.ports, event_id):
            event = self.ports.events.change(event_id, change, revision, now, by)
        if not isinstance(event, Event):
            return event
        if event.status is EventStatus.CANCELLED:
            sweeper.give_up(self.ports)
        reconciling.try_to_reconcile(self.ports, event.id)
        return self._live.of([event])[0]

    def list_events(
        self, wanted: EventFilter = _ANY_EVENT, after: tuple[datetime, EventId] | None = None, limit: int = 50
    ) -> LivePage | InvalidRequest:
        """Return one page of events with their free places, soonest first.

        ``after`` is that of the page before, ``limit`` at most 1000.

        Refuses with ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(wanted=_FILTER(wanted))
        return refusal or self._live.page(wanted, after, limit)

    def attendees(
        self, event_id: EventId, after: AttendeeCursor | None = None, limit: int = 50
    ) -> AttendeePage | EventNotFound | InvalidRequest:
        """Return one page of the tickets of an event's paid orders, void ones included, by order and number.

        Orders stand by their creation, oldest first.  ``after`` is that of the page before, ``limit`` at most 1000.  Pages
        neither skip nor repeat a ticket whose order stays paid, whatever is sold between them.

        Refuses with ``EventNotFound`` or ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(after=_AFTER_ATTENDEE(after), limit=_LIMIT(limit))
        if refusal:
            return refusal
        event_id = ids.event_id(event_id)
        page = self.ports.tickets.list(event_id, after, limit)
        # An event that has attendees is there.
        if page.items or self.ports.events.get(event_id) is not None:
            return page
        return EventNotFound()

    def all_attendees(self, event_id: EventId) -> Iterator[Attendee] | EventNotFound:
        """Return an iterator over all that ``attendees`` returns page by page; it keeps one page in memory.

        Refuses with ``EventNotFound``.  Raises ``Unavailable`` if the ledger cannot be reached; so does the iterator.
        """
        first = self.attendees(event_id, limit=_ATTENDEES)
        return self._behind(event_id, first) if isinstance(first, AttendeePage) else EventNotFound()

    def _behind(self, event_id: EventId, page: AttendeePage) -> Iterator[Attendee]:
        yield from page.items
        while page.after is not None:
            page = self.ports.tickets.list(event_id, page.after, _ATTENDEES)
            yield from page.items

    # Orders

    def list_orders(
        self, order_filter: OrderFilter = _ANY_ORDER, after: Cursor | None = None, limit: int = 50
    ) -> OrderPage | InvalidRequest:
        """Return one page of orders as they are at this moment, newest first.

        ``after`` is that of the page before, ``limit`` at most 1000.  Orders that arrive between two pages are on neither.

        Refuses with ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(
            order_filter=_ORDER_FILTER(order_filter), after=_AFTER_ORDER(after), limit=_LIMIT(limit)
        )
        refusal = refusal or order_filter.refusal()
        if refusal:
            return refusal
        now = self.ports.clock.now()
        return self.ports.orders.list(order_filter.well_formed(), now, after, limit).as_of(now)

    def find_order(self, name: str) -> Order | OrderNotFound:
        """Return an order as it is at this moment, by its id, by the digest that logs carry, or by its ticket code.

        Refuses with ``OrderNotFound``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        order = order_names.find(self.ports, name)
        return OrderNotFound() if order is None else as_of(order, self.ports.clock.now())

    def order_id(self, name: str) -> OrderId:
        """Return the id of the order of this id, digest or ticket code; the empty id, which no order has, if there is none.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return order_names.id_of(self.ports, name)

    def explain(self, order_name: str) -> Sequence[Entry]:
        """Return an order's journal, oldest entry first; empty if there is no such order.

        ``order_name`` is the order's id, digest or ticket code.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self.ports.orders.journal(self.order_id(order_name))

    def record_payment(self, order_name: str, method: PaymentMethod, *, by: str | None = None) -> Order | PayRefusal:
        """Record that a reserved order is paid without the gateway, and return the order, which is processing.

        ``order_name`` is the order's id, digest or ticket code.  ``method`` is ``CASH`` for money that was taken elsewhere,
        or ``COMPLIMENTARY``, which makes the total 0.  A worker issues the tickets.  Idempotent: an order that is processing
        or paid is returned as it is.

        Refuses with ``OrderNotFound``, ``OrderNotPayable``, ``PaymentDeclined``, ``ReservationExpired``, ``SalesClosed``
        or ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached; repeating is safe.
        """
        refusal = checks.invalid(method=_method_fault(method), by=_BY(by))
        if refusal:
            return refusal
        outcome = paying.start(self.ports, self.order_id(order_name), None, method, by)
        if isinstance(outcome, Order):
            publishing.try_to_publish(self.ports, [outcome.id])
        return outcome

    def refund(
        self,
        order_name: str,
        *,
        tickets: Collection[int] | None = None,
        include_used: bool = False,
        by: str | None = None,
    ) -> Order | RefundRefusal | InvalidRequest:
        """Refund a paid order, and return it as it then is: unused tickets become void, their places and the money go back.

        ``order_name`` is the order's id, digest or ticket code.  ``tickets`` are the numbers of those to refund, all by
        default; an order all of whose tickets are refunded is refunded.  With ``include_used``, the money of used tickets
        goes back too; their places stay sold.

        The payment of an order that is processing is given up: its places go back at once, and whatever the gateway says
        later, no money is kept.  Idempotent: a refunded order is returned as it is.  The money goes back at once if the
        gateway can be reached, otherwise in the background.

        Refuses with ``OrderNotFound``, ``OrderNotPaid``, ``TicketNotFound``, ``TicketAlreadyUsed`` or ``InvalidRequest``.
        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(tickets=_tickets_fault(tickets), include_used=_INCLUDE_USED(include_used), by=_BY(by))
        if refusal:
            return refusal
        order_id = self.order_id(order_name)
        numbers = None if tickets is None else frozenset(tickets)
        outcome = refunding.start(self.ports, order_id, numbers=numbers, include_used=include_used, by=by)
        if not isinstance(outcome, OrderRecord):
            return outcome
        try:
            return worker.settle(self.ports, outcome).order
        except Unavailable:
            publishing.try_to_publish(self.ports, [order_id])
            return outcome.order

    def refund_event(self, event_id: EventId, *, by: str | None = None) -> int | EventNotFound | InvalidRequest:
        """Have every paid order of an event refunded in the background, and return how many those are.

        Used tickets are refunded too; their places stay sold.  Each buyer is mailed.  Orders that are paid while the refunds
        are under way may be among them.  Idempotent: with all refunded there is nothing to do.

        Refuses with ``EventNotFound`` or ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(by=_BY(by))
        return refusal or refunding.request(self.ports, ids.event_id(event_id), by)

    def resend(self, order_name: str, *, by: str | None = None) -> Order | ResendRefusal | InvalidRequest:
        """Have the tickets of a paid order mailed again, and return the order, whose ``delivery`` is pending.

        ``order_name`` is the order's id, digest or ticket code.  The mail is due at once, also if the one before was
        delivered, refused or given up.  Repeating it before the mail was sent sends one mail.

        Refuses with ``OrderNotFound``, ``OrderNotPaid``, ``AddressForgotten`` or ``InvalidRequest``.
        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(by=_BY(by))
        if refusal:
            return refusal
        order_id = self.order_id(order_name)
        now = self.ports.clock.now()

        def rule(record: OrderRecord) -> Decision | ResendDecisionRefusal:
            return resending.resend(record, now, by)

        outcome: OrderRecord | ResendRefusal
        outcome = change_order(self.ports, Act.RESEND, order_id, rule)  # type: ignore[assignment]  # mypy joins what it infers.
        if not isinstance(outcome, OrderRecord):
            return outcome
        self.ports.observe(Act.RESEND, "asked", order_id)
        return outcome.order

    def correct(
        self, order_name: str, customer_email: str, *, by: str | None = None
    ) -> Order | CorrectRefusal | InvalidRequest:
        """Correct the address of an order that has not ended, and return the order; a paid one's tickets are mailed there.

        ``order_name`` is the order's id, digest or ticket code.  The places count for the new address from now on.
        Idempotent: the address that the order has changes nothing and mails nothing.

        Refuses with ``OrderNotFound``, ``InvalidRequest``, ``ReservationExpired``, ``OrderNotPayable`` for an order that
        has ended, or ``CustomerLimit`` if the new address would have too many places.  Raises ``Unavailable`` if the ledger
        cannot be reached.
        """
        refusal = checks.invalid(customer_email=_EMAIL(customer_email), by=_BY(by))
        if refusal:
            return refusal
        order_id, email = self.order_id(order_name), emails.parse(customer_email)
        outcome = self._correct(order_id, email, by)
        if isinstance(outcome, CustomerLimit) and (order := self.ports.orders.get(order_id)):
            # Places that are overdue count until they are expired.
            outcome = self._correct(order_id, email, by) if expiry.expire(self.ports, order.event_id) else outcome
        if not isinstance(outcome, OrderRecord):
            return outcome
        self.ports.observe(Act.CORRECT, "corrected", order_id)
        return outcome.order

    def _correct(self, order_id: OrderId, email: str, by: str | None) -> OrderRecord | CorrectRefusal:
        now, secret = self.ports.clock.now(), ledger_secrets.read(self.ports, ledger_secrets.CUSTOMERS)

        def rule(record: OrderRecord) -> Decision | CorrectDecisionRefusal:
            event_id = record.order.event_id
            customer = ids.customer_digest(secret, event_id, emails.canonical(email))
            # Read after the record; ``write`` checks again what others may change.
            places = self.ports.orders.customer_places(event_id, customer)
            return correcting.correct(record, email, customer, places, now, by)

        outcome: OrderRecord | CorrectRefusal
        outcome = change_order(self.ports, Act.CORRECT, order_id, rule)  # type: ignore[assignment]  # mypy joins what it infers.
        return outcome

    # Buyers

    def forget_customer(self, customer_email: str) -> ForgetReport | InvalidRequest:
        """Take a person's address out of all orders that do not need it any more, and remove the mails kept here.

        Return how many orders and mails those are, and which orders keep the address and why.  Idempotent.

        Refuses with ``InvalidRequest``.  Raises ``Unavailable`` if the ledger or the mails cannot be reached; repeating
        forgets the rest.
        """
        refusal = checks.invalid(customer_email=_EMAIL(customer_email))
        return refusal or forgetting.forget_customer(self.ports, emails.parse(customer_email))

    # API keys

    def create_key(
        self, name: str, role: Role, event_ids: Collection[EventId] = (), *, by: str | None = None
    ) -> NewKey | InvalidRequest | EventNotFound:
        """Create an API key, and return it with its text, which is not stored.

        A gate's key may be bound to events: it then admits to these alone.

        Refuses with ``InvalidRequest``, or ``EventNotFound`` for an event that does not exist.  Raises ``Unavailable`` if
        the ledger cannot be reached; repeating may create a second key.
        """
        refusal = self._key_refusal(name, role, event_ids, by)
        return refusal or self._new_key(name, role, event_ids, self.ports.ids.new(api_keys.RANDOM_BYTES), by)

    def create_key_once(
        self, idempotency_key: str, name: str, role: Role, event_ids: Collection[EventId] = (), *, by: str | None = None
    ) -> NewKey | ApiKey | InvalidRequest | EventNotFound:
        """Create an API key as ``create_key`` does; idempotent by ``idempotency_key``, 16 to 255 characters.

        Return the key without its text, an ``ApiKey``, if the idempotency key has created one before, whatever the other
        arguments.

        Refuses with ``InvalidRequest``, or ``EventNotFound`` for an event that does not exist.  Raises ``Unavailable`` if
        the ledger cannot be reached; repeating it then creates no second key.
        """
        invalid = checks.invalid(idempotency_key=idempotency.check(idempotency_key))
        refusal = invalid or self._key_refusal(name, role, event_ids, by)
        if refusal:
            return refusal
        random = api_keys.random_with_id(self.ports.ids.new(api_keys.RANDOM_BYTES), idempotency_key)
        made = self._new_key(name, role, event_ids, random, by)
        # The first of two simultaneous calls is the one whose secret was stored.
        stored = self.ports.keys.get(made.key.id)
        assert stored is not None, "a key is never removed"
        return made if stored.secret_hash == made.key.secret_hash else stored

    def _key_refusal(
        self, name: str, role: Role, event_ids: Collection[EventId], by: str | None
    ) -> InvalidRequest | EventNotFound | None:
        bound_events = _bound_events_fault(role, event_ids)
        refusal = checks.invalid(name=_KEY_NAME(name), role=_ROLE(role), event_ids=bound_events, by=_BY(by))
        if refusal:
            return refusal
        is_missing = any(self.ports.events.get(ids.event_id(each)) is None for each in event_ids)
        return EventNotFound() if is_missing else None

    def _new_key(self, name: str, role: Role, event_ids: Collection[EventId], random: bytes, by: str | None) -> NewKey:
        bound = frozenset(ids.event_id(each) for each in event_ids)
        key, text = api_keys.make(name, role, random, self.ports.clock.now(), bound or None)
        self.ports.keys.add(key, by)
        return NewKey(key, text)

    def list_keys(self) -> Sequence[ApiKey]:
        """Return all API keys, revoked ones included, oldest first.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self.ports.keys.list()

    def revoke_key(self, key_id: KeyId, *, by: str | None = None) -> ApiKey | InvalidRequest | None:
        """Revoke an API key, and return it, or ``None`` if there is none.

        Idempotent: a revoked key keeps the time of its revocation.

        Refuses with ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(by=_BY(by))
        if refusal:
            return refusal
        key_id = ids.key_id(key_id)
        revoked = self.ports.keys.revoke(key_id, self.ports.clock.now(), by)
        self._keys.forget(key_id)
        return revoked

    # Webhooks

    def create_webhook(self, url: str, topics: Collection[Topic], *, by: str | None = None) -> Webhook | InvalidRequest:
        """Create a webhook that is told of some topics from now on, and return it with the secret that signs its messages.

        Refuses with ``InvalidRequest``, also for a URL that leads into a private network, unless the sender allows those, and
        where there are 20 webhooks already.  Raises ``Unavailable`` if the ledger cannot be reached; repeating may create a
        second webhook.
        """
        url_fault = _URL(url) or self.ports.webhook_sender.fault(url)
        refusal = checks.invalid(url=url_fault, topics=_topics_fault(topics), by=_BY(by))
        if refusal:
            return refusal
        # Two that are created at the same time may be one more.
        if len(self.ports.webhooks.list()) >= MAX_WEBHOOKS:
            too_many = Text("is one too many: there are %(most)s webhooks, delete one first", most=MAX_WEBHOOKS)
            return InvalidRequest((Fault("url", too_many),))
        webhook = Webhook(
            WebhookId(ids.text_of(self.ports.ids.new(webhooks.ID_BYTES))),
            url,
            webhooks.topics_of(topics),
            self.ports.ids.new(webhooks.SECRET_BYTES),
            self.ports.clock.now(),
        )
        self.ports.webhooks.add(webhook, acts.webhook_created(webhook, by))
        return webhook

    def list_webhooks(self) -> Sequence[Webhook]:
        """Return all webhooks, oldest first.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self.ports.webhooks.list()

    def delete_webhook(
        self, webhook_id: WebhookId, *, by: str | None = None
    ) -> Webhook | WebhookNotFound | InvalidRequest:
        """Delete a webhook with its messages, and return it; one that is being sent is not taken back.

        Refuses with ``WebhookNotFound`` or ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(by=_BY(by))
        if refusal:
            return refusal
        webhook = self.ports.webhooks.get(ids.webhook_id(webhook_id))
        if webhook is None:
            return WebhookNotFound()
        act = acts.webhook_deleted(webhook, by, self.ports.clock.now())
        return webhook if self.ports.webhooks.remove(webhook.id, act) else WebhookNotFound()

    def list_webhook_deliveries(
        self, webhook_id: WebhookId, after: WebhookCursor | None = None, limit: int = 50
    ) -> WebhookDeliveryPage | WebhookNotFound | InvalidRequest:
        """Return one page of what a webhook was sent in the last 30 days, and what it is to be sent, newest first.

        ``after`` is that of the page before, ``limit`` at most 1000.

        Refuses with ``WebhookNotFound`` or ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(after=_AFTER_MESSAGE(after), limit=_LIMIT(limit))
        if refusal:
            return refusal
        webhook_id = ids.webhook_id(webhook_id)
        page = self.ports.webhooks.deliveries(webhook_id, after, limit)
        is_known = page.items or self.ports.webhooks.get(webhook_id) is not None
        return page if is_known else WebhookNotFound()

    def replay_webhook(
        self, webhook_id: WebhookId, message_id: MessageId, *, by: str | None = None
    ) -> WebhookDelivery | WebhookNotFound | InvalidRequest:
        """Have a message sent again, whatever became of it, and return it; it is due at once and keeps its id.

        Refuses with ``WebhookNotFound``, also if the webhook has no such message, or ``InvalidRequest``.
        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(by=_BY(by))
        if refusal:
            return refusal
        message = self.ports.webhooks.replay(
            ids.webhook_id(webhook_id), ids.message_id(message_id), self.ports.clock.now()
        )
        return WebhookNotFound() if message is None else message

    def webhook_backlog(self) -> DeliveryBacklog:
        """Return how many messages to webhooks are pending and how many were given up.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self.ports.webhooks.backlog()

    # Acts

    def list_acts(self, after: int | None = None, limit: int = 50) -> ActPage | InvalidRequest:
        """Return one page of what was done with events, API keys and webhooks, and by which key, latest first.

        ``after`` is that of the page before, ``limit`` at most 1000.  Refunds, admissions and what was taken back are in the
        journals of their orders (``explain``).

        Refuses with ``InvalidRequest``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(after=_AFTER(after), limit=_LIMIT(limit))
        return refusal or self.ports.keys.acts(after, limit)

    def authenticate(self, text: str) -> ApiKey | KeyRefusal:
        """Return the valid API key that ``text`` belongs to, or why there is none.

        A key that another process revokes is refused within a second.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        parts = api_keys.split(text) if isinstance(text, str) else None
        key = self._key(parts[0]) if parts else None
        if key is None or parts is None:
            return KeyRefusal.UNKNOWN
        return key.refusal_of(parts[1]) or key

    def valid_key(self, key_id: KeyId) -> ApiKey | KeyRefusal:
        """Return the API key of this id, or why it is not valid: for a session that began with the key's text.

        A key that another process revokes is refused within a second.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        key = self._key(ids.key_id(key_id))
        if key is None:
            return KeyRefusal.UNKNOWN
        return key if key.revoked_at is None else KeyRefusal.REVOKED

    def end_session(self, session_id: str) -> InvalidRequest | None:
        """End a session that began with a key, for all processes on this ledger; return nothing.  Idempotent.

        Refuses with ``InvalidRequest`` for what is no id of a session.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        refusal = checks.invalid(session_id=_session_fault(session_id))
        if refusal is None:
            ledger_secrets.end_session(self.ports, session_id)
        return refusal

    def has_ended(self, session_id: str) -> bool:
        """Return whether a session was ended, or has no id that a session can have.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return _session_fault(session_id) is not None or ledger_secrets.is_ended(self.ports, session_id)

    def _key(self, key_id: KeyId) -> ApiKey | None:
        now = self.ports.clock.now()
        known = self._keys.get(key_id, now)
        if known is not None:
            return known
        found = self.ports.keys.get(key_id)
        if found is not None:
            self._keys.put(key_id, found, now)
        return found

    def observe_refused_key(self, refusal: KeyRefusal) -> None:
        """Tell the observer that a key was refused; return nothing."""
        self.ports.observe(Act.AUTHENTICATE, str(refusal))

    # Operation

    def queue(self) -> QueueReport:
        """Return how many messages the payment queue holds, and how long the oldest one has waited.

        Raises ``Unavailable`` if the queue cannot be reached.
        """
        now = self.ports.clock.now()
        depth = self.ports.payment_queue.depth(now)
        age = now - depth.oldest if depth.oldest else timedelta(0)
        return QueueReport(depth.waiting, depth.in_flight, depth.dead, age)

    def delivery_backlog(self) -> DeliveryBacklog:
        """Return how many mails are pending and how many could not be delivered.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        return self.ports.deliveries.backlog()

    def redrive(self) -> Redriven:
        """Put all readable dead letters back into the payment queue, and return how many.

        Raises ``Unavailable`` if the queue cannot be reached; repeating puts back the rest.
        """
        count = self.ports.payment_queue.redrive(self.ports.clock.now())
        return Redriven(count, self.ports.payment_queue.depth(self.ports.clock.now()).dead)

    def summary(self, event_id: EventId) -> EventSummary | EventNotFound:
        """Return what an event has sold, taken and admitted, as the ledger has it.

        Refuses with ``EventNotFound``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        found = self.ports.events.summary(ids.event_id(event_id), self.ports.clock.now())
        return EventNotFound() if found is None else found

    def stock(self, event_id: EventId) -> StockReport | EventNotFound:
        """Return an event's places as its row, its orders and the live counter have them.

        Refuses with ``EventNotFound``.  Raises ``Unavailable`` if the ledger cannot be reached.
        """
        event_id = ids.event_id(event_id)
        audit = self.ports.events.audit(event_id)
        if audit is None:
            return EventNotFound()
        try:
            counter = self.ports.inventory.counters([event_id], self.ports.clock.now()).get(event_id)
        except Unavailable as failure:
            return StockReport(audit, None, str(failure))
        return StockReport(audit, counter.available if counter else None)

    def rebuild_stock(self, event_id: EventId) -> StockReport | EventNotFound:
        """Set an event's live counter to the number of the ledger, and return both.

        Refuses with ``EventNotFound``.  Raises ``Unavailable`` if the ledger or the counter cannot be reached.
        """
        event_id = ids.event_id(event_id)
        reconciling.reconcile(self.ports, event_id)
        return self.stock(event_id)

    @property
    def checks(self) -> Mapping[str, Callable[[], None]]:
        """The components by name, each with a check that raises ``Unavailable`` if it cannot be reached.

        ``signing_key`` is unavailable while the newest ticket is sealed with a key that this process does not trust.
        """
        return {**self.ports.checks, "signing_key": partial(seal_trust.check_newest, self.ports)}

    @property
    def clock(self) -> Clock:
        """The clock that tells the time of every change."""
        return self.ports.clock


def _session_fault(session_id: object) -> Text | None:
    is_session = isinstance(session_id, str) and ids.is_id(session_id, ids.SECRET_BYTES)
    return None if is_session else Text("must be the id of a session")


def _method_fault(method: object) -> Text | None:
    is_outside = method in (PaymentMethod.CASH, PaymentMethod.COMPLIMENTARY)
    return None if is_outside else Text('must be "cash" or "complimentary"')


def _tickets_fault(numbers: object) -> Text | None:
    if numbers is None:
        return None
    if not isinstance(numbers, _COLLECTIONS) or not numbers:
        return Text("must be a list of numbers of tickets")
    return next(filter(None, map(_TICKET_NUMBER, numbers)), None)


def _bound_events_fault(role: Role, event_ids: object) -> Text | None:
    if not isinstance(event_ids, _COLLECTIONS):
        return Text("must be a list of ids of events")
    return Text("is for gates only") if event_ids and role is not Role.GATE else None


def _topics_fault(topics: object) -> Text | None:
    if isinstance(topics, _COLLECTIONS) and topics and all(isinstance(each, Topic) for each in topics):
        return None
    return Text("must be a list of at least one of %(choices)s", choices=", ".join(Topic))

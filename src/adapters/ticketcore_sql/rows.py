"""Rows as domain values, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
from sqlalchemy import Row, null

from ticketcore import TicketRecord
from ticketcore.domain import ids, timestamps
from ticketcore.domain.acts import AdminAct, AdminActKind
from ticketcore.domain.api_keys import ApiKey, Role
from ticketcore.domain.attempts import (
    SEEN_AS,
    ActionType,
    Attempt,
    AttemptStatus,
    Payment,
    PaymentAction,
    PaymentMethod,
)
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.deliveries import Delivery, DeliveryKind, DeliveryStatus
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.ids import (
    AttemptId,
    CustomerDigest,
    EventId,
    KeyId,
    MessageId,
    OrderId,
    TicketCode,
    TicketId,
    WebhookId,
)
from ticketcore.domain.journal import Entry, Step, facts_from_json, facts_to_json
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.tickets import Admission, TakenBack, Ticket
from ticketcore.domain.webhooks import Topic, Webhook, WebhookDelivery

#: What ``order_of`` reads beside an order's own columns, where neither its mail nor its payment is wanted.
WITHOUT_MAIL_AND_PAYMENT = [null().label(name) for name in ("delivery", "attempt_status")]


def event_of(row: Row[Any]) -> Event:
    return Event(
        id=EventId(row.id),
        name=row.name,
        date=utc(row.date),
        location=row.location,
        capacity=row.capacity,
        price=Money(row.price, Currency(row.currency)),
        status=EventStatus(row.status),
        max_per_order=row.max_per_order,
        max_per_customer=row.max_per_customer,
        description=row.description,
        timezone=row.timezone,
        sale_starts_at=_utc_or_none(row.sale_starts_at),
        sale_ends_at=_utc_or_none(row.sale_ends_at),
        doors_at=_utc_or_none(row.doors_at),
        created_at=utc(row.created_at),
        held=row.held,
        sold=row.sold,
        version=row.version,
        revision=row.revision,
    )


def event_values(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": event.name,
        "date": event.date,
        "location": event.location,
        "capacity": event.capacity,
        "held": event.held,
        "sold": event.sold,
        "price": event.price.minor,
        "currency": event.price.currency,
        "status": event.status.value,
        "max_per_order": event.max_per_order,
        "max_per_customer": event.max_per_customer,
        "description": event.description,
        "timezone": event.timezone,
        "sale_starts_at": event.sale_starts_at,
        "sale_ends_at": event.sale_ends_at,
        "doors_at": event.doors_at,
        "created_at": event.created_at,
        "version": event.version,
        "revision": event.revision,
    }


def order_of(row: Row[Any]) -> Order:
    """Return an order that was read together with the status of its tickets' mail, as ``delivery``, and with its attempt."""
    return Order(
        id=OrderId(row.id),
        event_id=EventId(row.event_id),
        customer_email=row.customer_email,
        quantity=row.quantity,
        total=Money(row.total_amount, Currency(row.currency)),
        status=OrderStatus(row.status),
        created_at=utc(row.created_at),
        expires_at=utc(row.expires_at),
        places=row.places,
        ticket_code=TicketCode(row.ticket_code) if row.ticket_code else None,
        problem=Problem(row.problem) if row.problem else None,
        delivery=DeliveryStatus(row.delivery) if row.delivery else None,
        customer=CustomerDigest(row.customer) if row.customer else None,
        language=row.language,
        paid_at=_utc_or_none(row.paid_at),
        payment=_payment_of(row),
    )


def utc(value: datetime) -> datetime:
    """Return a time in UTC: the driver's own are in the session's time zone."""
    return value.astimezone(UTC)


def _utc_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else utc(value)


def new_order_values(order: Order) -> dict[str, Any]:
    """Return the row of an order that is being placed."""
    return {
        "id": order.id,
        "digest": ids.digest(order.id),
        "event_id": order.event_id,
        "language": order.language,
        "quantity": order.quantity,
        "currency": order.total.currency,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "revision": 1,
        **changing_values(order),
    }


def changing_values(order: Order) -> dict[str, Any]:
    """Return the columns that a decision may change."""
    return {
        "customer_email": order.customer_email,
        "customer": order.customer,
        "status": order.status.value,
        "places": order.places,
        "total_amount": order.total.minor,
        "ticket_code": order.ticket_code,
        "problem": order.problem.value if order.problem else None,
        "paid_at": order.paid_at,
    }


def record_of(row: Row[Any]) -> OrderRecord:
    """Return the record of an order that was read together with its event's status and time zone, and its attempt."""
    attempt = _attempt_of(row) if row.attempt_id is not None else None
    return OrderRecord(order_of(row), attempt, EventStatus(row.event_status), row.revision, row.timezone)


def ticket_of(row: Any) -> Ticket:
    return Ticket(
        id=TicketId(row.id),
        order_id=OrderId(row.order_id),
        event_id=EventId(row.event_id),
        number=row.number,
        qr_code=row.qr_code,
        is_refunded=row.refunded,
        admission=Admission(utc(row.validation_date), row.gate, row.scan_id, row.key_id)
        if row.validation_date
        else None,
        others=tuple(Admission(timestamps.parse(date), *more) for date, *more in row.others or ()),
        taken_back=tuple(TakenBack(timestamps.parse(at), key_id) for at, key_id in row.taken_back or ()),
    )


def ticket_record_of(row: Row[Any]) -> TicketRecord:
    """Return the record of a ticket that was read together with its order and its event."""
    return TicketRecord(
        ticket=ticket_of(row),
        of=row.quantity,
        ticket_code=TicketCode(row.ticket_code),
        order_status=OrderStatus(row.order_status),
        event_name=row.event_name,
        event_status=EventStatus(row.event_status),
        doors_at=_utc_or_none(row.doors_at),
        timezone=row.timezone,
    )


def ticket_values(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "order_id": ticket.order_id,
        "event_id": ticket.event_id,
        "number": ticket.number,
        "qr_code": ticket.qr_code,
        "status": ticket.status.value,
        "refunded": ticket.is_refunded,
        "others": [_other(each) for each in ticket.others] or None,
        "taken_back": [[timestamps.text_of(each.at), each.key_id] for each in ticket.taken_back] or None,
        **admission_values(ticket.admission),
    }


def _other(admission: Admission) -> list[str]:
    return [timestamps.text_of(admission.date), admission.gate, admission.scan_id, admission.key_id]


def admission_values(admission: Admission | None) -> dict[str, Any]:
    return {
        "validation_date": admission and admission.date,
        "gate": admission and admission.gate,
        "scan_id": admission and admission.scan_id,
        "key_id": admission and admission.key_id,
    }


def _attempt_of(row: Row[Any]) -> Attempt:
    """Return an attempt that was read together with its order: names that both have are labelled."""
    return Attempt(
        id=AttemptId(row.attempt_id),
        order_id=OrderId(row.id),
        token=row.token,
        amount=Money(row.amount, Currency(row.attempt_currency)),
        status=AttemptStatus(row.attempt_status),
        method=PaymentMethod(row.method),
        reference=row.reference,
        action=_action_of(row),
        expires_at=_utc_or_none(row.attempt_expires_at),
        poll_at=_utc_or_none(row.poll_at),
        polls=row.polls,
        owed=row.owed,
        requested=row.requested,
        returned=row.returned,
    )


def _payment_of(row: Row[Any]) -> Payment | None:
    if row.attempt_status is None:
        return None
    deadline = _utc_or_none(row.attempt_expires_at)
    return Payment(
        SEEN_AS[AttemptStatus(row.attempt_status)],
        _action_of(row),
        deadline,
        method=PaymentMethod(row.method),
        refunded=Money(row.owed, Currency(row.currency)),
    )


def _action_of(row: Row[Any]) -> PaymentAction | None:
    return PaymentAction(ActionType(row.action_type), row.action) if row.action_type else None


def attempt_values(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "order_id": attempt.order_id,
        "amount": attempt.amount.minor,
        "currency": attempt.amount.currency,
        "method": attempt.method.value,
        **changing_attempt_values(attempt),
    }


def changing_attempt_values(attempt: Attempt) -> dict[str, Any]:
    """Return the columns that a decision may change."""
    return {
        "token": attempt.token,
        "status": attempt.status.value,
        "reference": attempt.reference,
        "action_type": attempt.action and attempt.action.type.value,
        "action": attempt.action and attempt.action.value,
        "expires_at": attempt.expires_at,
        "poll_at": attempt.poll_at,
        "polls": attempt.polls,
        "owed": attempt.owed,
        "requested": attempt.requested,
        "returned": attempt.returned,
    }


def delivery_of(row: Row[Any]) -> Delivery:
    return Delivery(
        order_id=OrderId(row.order_id),
        kind=DeliveryKind(row.kind),
        number=row.number,
        asked_at=utc(row.asked_at),
        due_at=_utc_or_none(row.due_at),
        tries=row.tries,
        status=DeliveryStatus(row.status),
    )


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    return {
        "order_id": delivery.order_id,
        "kind": delivery.kind.value,
        "number": delivery.number,
        "asked_at": delivery.asked_at,
        "due_at": delivery.due_at,
        "tries": delivery.tries,
        "status": delivery.status.value,
    }


def entry_of(row: Row[Any]) -> Entry:
    return Entry(OrderId(row.order_id), row.at, Step(row.step), facts_from_json(row.facts))


def entry_values(entry: Entry) -> dict[str, Any]:
    return {"order_id": entry.order_id, "at": entry.at, "step": entry.step.value, "facts": facts_to_json(entry.facts)}


def act_of(row: Row[Any]) -> AdminAct:
    return AdminAct(row.at, row.by, AdminActKind(row.kind), row.subject, row.name, tuple(row.fields))


def act_values(act: AdminAct) -> dict[str, Any]:
    return attrs.asdict(act) | {"kind": act.kind.value, "fields": list(act.fields)}


def key_of(row: Row[Any]) -> ApiKey:
    bound = None if row.event_ids is None else frozenset(EventId(each) for each in row.event_ids)
    secret_hash = bytes(row.secret_hash)
    revoked_at = _utc_or_none(row.revoked_at)
    return ApiKey(KeyId(row.id), row.name, Role(row.role), secret_hash, utc(row.created_at), revoked_at, bound)


def webhook_of(row: Row[Any]) -> Webhook:
    topics = tuple(Topic(topic) for topic in row.topics)
    return Webhook(WebhookId(row.id), row.url, topics, bytes(row.secret), utc(row.created_at))


def webhook_values(webhook: Webhook) -> dict[str, Any]:
    return attrs.asdict(webhook, recurse=False) | {"topics": [topic.value for topic in webhook.topics]}


def webhook_delivery_of(row: Row[Any]) -> WebhookDelivery:
    return WebhookDelivery(
        id=MessageId(row.id),
        webhook_id=WebhookId(row.webhook_id),
        topic=Topic(row.topic),
        payload=row.payload,
        created_at=utc(row.created_at),
        asked_at=utc(row.asked_at),
        due_at=_utc_or_none(row.due_at),
        tries=row.tries,
        status=DeliveryStatus(row.status),
        tried_at=_utc_or_none(row.tried_at),
        answer=row.answer,
        failure=row.failure,
        number=row.number,
    )


def webhook_delivery_values(message: WebhookDelivery) -> dict[str, Any]:
    return attrs.asdict(message) | {"topic": message.topic.value, "status": message.status.value}

"""What webhooks are told: messages made of what the ledger has recorded of orders and events.

Nothing is written for a webhook where something is sold.  The journal and the acts of admins are written with what they record
and are never removed: a webhook has a position in both, and what is behind it becomes messages later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import attrs

from ticketcore.domain import ids, timestamps
from ticketcore.domain.acts import AdminAct, AdminActKind
from ticketcore.domain.events import Event
from ticketcore.domain.ids import MessageId
from ticketcore.domain.journal import Entry, Step
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order
from ticketcore.domain.webhooks import Topic, Webhook, WebhookDelivery

MESSAGE_BYTES = 16

_OF_STEP = {
    Step.PAID: Topic.ORDER_PAID,
    Step.REFUND_STARTED: Topic.ORDER_REFUNDED,
    Step.PART_REFUND_STARTED: Topic.ORDER_REFUNDED,
}
_OF_ACT = {
    AdminActKind.EVENT_CHANGED: Topic.EVENT_CHANGED,
    AdminActKind.EVENT_CANCELLED: Topic.EVENT_CANCELLED,
}
#: The steps and the acts that are told.
TOLD_STEPS = frozenset(_OF_STEP)
TOLD_ACTS = frozenset(_OF_ACT)


@attrs.frozen
class Position:
    """How many entries of the journal and how many acts a webhook has been told of, in numbers of the ledger's own."""

    journal: int
    acts: int


@attrs.frozen
class OrderNews:
    """One entry of an order's journal, with its order, without its delivery and payment, and its event as they are now."""

    entry: Entry
    order: Order
    event: Event


@attrs.frozen
class EventNews:
    """One act on an event, with the event as it is now."""

    act: AdminAct
    event: Event


@attrs.frozen
class News:
    """What was recorded between two positions, in this order: entries, then acts."""

    items: tuple[OrderNews | EventNews, ...]
    before: Position
    after: Position

    @property
    def is_empty(self) -> bool:
        """Whether the position stays where it is."""
        return self.before == self.after


def messages(
    webhook: Webhook, news: News, new_id: Callable[[], MessageId], now: datetime
) -> tuple[WebhookDelivery, ...]:
    """Return the messages that a webhook is sent of these news."""

    def message(message_id: MessageId, topic: Topic, at: datetime, data: dict[str, Any]) -> WebhookDelivery:
        payload = {"type": topic.value, "timestamp": timestamps.text_of(at), "data": data}
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return WebhookDelivery(message_id, webhook.id, topic, text, now, now, now)

    told = [message(new_id(), *each) for item in news.items for each in _told(item) if each[0] in webhook.topics]
    if Topic.EVENT_SOLD_OUT in webhook.topics:
        sold_out = {item.event.id: (item.event, _at(item)) for item in news.items if _may_have_sold_out(item)}
        for event, at in sold_out.values():
            data = {"event": _event_data(event)}
            told.append(message(_id_of_sold_out(webhook, event), Topic.EVENT_SOLD_OUT, at, data))
    return tuple(attrs.evolve(message, number=number) for number, message in enumerate(told))


def _told(item: OrderNews | EventNews) -> Iterator[tuple[Topic, datetime, dict[str, Any]]]:
    match item:
        case OrderNews(entry, order, event) if entry.step in _OF_STEP:
            yield _OF_STEP[entry.step], entry.at, _order_data(entry, order, event)
        case EventNews(act, event) if act.kind in _OF_ACT:
            data = {"event": _event_data(event), "changed": list(act.fields)}
            yield _OF_ACT[act.kind], act.at, data
        case _:
            return


def _order_data(entry: Entry, order: Order, event: Event) -> dict[str, Any]:
    """Return what a message says of an order: never its id, which is its buyer's credential, nor the buyer's address."""
    data = {
        "order": ids.digest(order.id),
        "ticket_code": order.ticket_code,
        "event_id": event.id,
        "event_name": event.name,
        "quantity": order.quantity,
        "total_amount": order.total.amount,
        "currency": order.total.currency,
    }
    refunded = entry.facts.get("total")
    if _OF_STEP[entry.step] is Topic.ORDER_REFUNDED and isinstance(refunded, Money):
        data["refunded_amount"] = refunded.amount
    return data


def _event_data(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": event.name,
        "date": timestamps.text_of(event.date),
        "timezone": event.timezone,
        "location": event.location,
        "capacity": event.capacity,
        "price": event.price.amount,
        "currency": event.price.currency,
        "status": event.status.value,
    }


def _at(item: OrderNews | EventNews) -> datetime:
    return item.entry.at if isinstance(item, OrderNews) else item.act.at


def _may_have_sold_out(item: OrderNews | EventNews) -> bool:
    """Return whether an event has no place left that is not sold, and a sale or a smaller capacity may be why."""
    if item.event.sold < item.event.capacity:
        return False
    return item.entry.step is Step.PAID if isinstance(item, OrderNews) else "capacity" in item.act.fields


def _id_of_sold_out(webhook: Webhook, event: Event) -> MessageId:
    """Return one id for as long as the event stays sold out, however many sales are read meanwhile.

    Its places change in no other way than that it ceases to be sold out, so that its version is that of this time.
    """
    named = f"{webhook.id}:{event.id}:{event.version}".encode()
    return MessageId(ids.text_of(hashlib.sha256(named).digest()[:MESSAGE_BYTES]))

"""The laws of webhooks: a receiver is told of each sale, refund and change of an event once, and of nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ticketcore import Order
from ticketcore.domain import ids
from ticketcore.domain.acts import AdminActKind
from ticketcore.domain.ids import EventId
from ticketcore.domain.journal import Step
from ticketcore.domain.webhooks import Topic
from ticketcore.ports import Ports
from ticketcore_memory import MemoryWebhookSender

_MOST_ACTS = 10_000
_STEPS = {
    Step.PAID: Topic.ORDER_PAID,
    Step.REFUND_STARTED: Topic.ORDER_REFUNDED,
    Step.PART_REFUND_STARTED: Topic.ORDER_REFUNDED,
}
_ACTS = {AdminActKind.EVENT_CHANGED: Topic.EVENT_CHANGED, AdminActKind.EVENT_CANCELLED: Topic.EVENT_CANCELLED}


def unrest(ports: Ports) -> Iterator[str]:
    """Yield what webhooks are still to be told."""
    if ports.webhooks.backlog().pending:
        yield "messages to webhooks are still to be sent"
    for webhook in ports.webhooks.list():
        news = ports.webhooks.news(webhook.id, 1)
        if news is not None and not news.is_empty:
            yield "a webhook is still to be told of what was recorded"


def at_rest(ports: Ports, orders: Collection[Order], events: Collection[EventId]) -> Iterator[str]:
    """Yield what a receiver that knows a message again by its id was told too often or never, and what is no receiver's concern."""
    received = _received(ports)
    expected = Counter(_of_orders(ports, orders)) + Counter(_of_events(ports, events))
    told = Counter(map(_subject, received.values()))
    del told[(Topic.EVENT_SOLD_OUT.value, "")]
    for topic, subject in told - expected:
        yield f"a webhook was told too often of {topic} {subject}"
    for topic, subject in expected - told:
        yield f"a webhook was told too seldom of {topic} {subject}"
    secrets = {secret for order in orders for secret in (order.id, order.customer_email)}
    if any(secret in text for secret in secrets for text in map(json.dumps, received.values())):
        yield "a webhook was told of a credential or an address"


def _received(ports: Ports) -> Mapping[str, dict[str, Any]]:
    """Return the messages that were received, by their ids."""
    assert isinstance(ports.webhook_sender, MemoryWebhookSender)
    return {headers["webhook-id"]: json.loads(body) for _, headers, body in ports.webhook_sender.sent}


def _subject(payload: dict[str, Any]) -> tuple[str, str]:
    if payload["type"] == Topic.EVENT_SOLD_OUT.value:
        # How often depends on when it is read.
        return payload["type"], ""
    data = payload["data"]
    return payload["type"], data["order"] if "order" in data else data["event"]["id"]


def _of_orders(ports: Ports, orders: Collection[Order]) -> Iterator[tuple[str, str]]:
    for order in orders:
        steps = [entry.step for entry in ports.orders.journal(order.id)]
        yield from ((_STEPS[step].value, ids.digest(order.id)) for step in steps if step in _STEPS)


def _of_events(ports: Ports, events: Collection[EventId]) -> Iterator[tuple[str, str]]:
    for act in ports.keys.acts(None, _MOST_ACTS).items:
        if act.kind in _ACTS and act.subject in events:
            yield _ACTS[act.kind].value, act.subject

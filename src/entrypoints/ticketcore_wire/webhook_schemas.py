"""Webhooks on the wire, and the messages to them.  What is told of here is called an event there, as receivers know it."""

from __future__ import annotations

import json

import attrs

from ticketcore import DeliveryStatus, Topic, Webhook, WebhookDelivery, WebhookDeliveryPage
from ticketcore.domain import ids, webhook_urls
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore.domain.webhooks import Cursor, topics_of
from ticketcore_wire import pages
from ticketcore_wire.object_schemas import Member, RequestSchema, field, member, object_schema
from ticketcore_wire.schemas import InputSchema, Schema, annotated, array, checked, choice, nullable
from ticketcore_wire.values import COUNT, TEXT, TIME, URL

_TOPIC = choice(Topic)


def _topics(value: object) -> tuple[Topic, ...]:
    if not isinstance(value, list) or not value:
        raise InvalidValue(Text("must be a list of at least one of %(choices)s", choices=", ".join(Topic)))
    return topics_of(_TOPIC.decode(each) for each in value)


_TOPICS: InputSchema[tuple[Topic, ...]] = InputSchema(
    {"type": "array", "items": _TOPIC.json_schema, "minItems": 1}, array(_TOPIC).encode, _topics
)

_MEMBERS: tuple[Member[Webhook], ...] = (
    member("id", TEXT, lambda webhook: webhook.id),
    member("url", URL, lambda webhook: webhook.url),
    member("events", _TOPICS, lambda webhook: webhook.topics),
    member("created_at", TIME, lambda webhook: webhook.created_at),
)
WEBHOOK: Schema[Webhook] = object_schema("Webhook", *_MEMBERS)

CREATED_WEBHOOK: Schema[Webhook] = object_schema(
    "CreatedWebhook",
    *_MEMBERS,
    member(
        "secret",
        annotated(TEXT, description="Verifies the signatures of Standard Webhooks; shown this once."),
        lambda webhook: webhook.secret_text,
    ),
)


@attrs.frozen
class WebhookList:
    """All webhooks."""

    items: tuple[Webhook, ...]


WEBHOOK_LIST: Schema[WebhookList] = object_schema(
    "WebhookList", member("items", array(WEBHOOK), lambda shown: shown.items)
)


@attrs.frozen
class NewWebhook:
    """An admin's request for a webhook."""

    url: str
    events: tuple[Topic, ...]


NEW_WEBHOOK: RequestSchema[NewWebhook] = RequestSchema(
    "NewWebhook",
    NewWebhook,
    (
        field(
            "url",
            checked(
                webhook_urls.check,
                {
                    "type": "string",
                    "format": "uri",
                    "maxLength": webhook_urls.MAX_LENGTH,
                    "pattern": f"^({webhook_urls.PATTERN})$",
                    "examples": ["https://example.com/ticketcore"],
                },
            ),
            lambda wanted: wanted.url,
        ),
        field("events", _TOPICS, lambda wanted: wanted.events),
    ),
    example={"url": "https://example.com/ticketcore", "events": ["order.paid"]},
)

DELIVERY: Schema[WebhookDelivery] = object_schema(
    "WebhookDelivery",
    member("id", annotated(TEXT, description="The header webhook-id of every try."), lambda sent: sent.id),
    member("event", _TOPIC, lambda sent: sent.topic),
    member(
        "payload",
        Schema[str]({"type": "object", "additionalProperties": True, "description": "What is sent."}, json.loads),
        lambda sent: sent.payload,
    ),
    member("status", choice(DeliveryStatus), lambda sent: sent.status),
    member("created_at", TIME, lambda sent: sent.created_at),
    member("tries", COUNT, lambda sent: sent.tries),
    member("tried_at", nullable(TIME), lambda sent: sent.tried_at),
    member(
        "answer",
        annotated(nullable(COUNT), description="The status that the receiver answered at the last try."),
        lambda sent: sent.answer,
    ),
    member(
        "failure",
        annotated(nullable(TEXT), description="Why there was no answer at the last try."),
        lambda sent: sent.failure,
    ),
    member(
        "next_try_at",
        annotated(nullable(TIME), description="Null once it is delivered or given up."),
        lambda sent: sent.due_at,
    ),
)

CURSOR: InputSchema[Cursor] = pages.cursor(ids.message_id)

DELIVERY_PAGE: Schema[WebhookDeliveryPage] = pages.page_schema("WebhookDeliveryPage", DELIVERY, CURSOR)


@attrs.frozen
class DeliveryQuery:
    """Which page of the messages to a webhook to list."""

    limit: int = pages.DEFAULT_PAGE
    cursor: Cursor | None = None


DELIVERY_QUERY: RequestSchema[DeliveryQuery] = RequestSchema(
    "DeliveryQuery",
    DeliveryQuery,
    (
        field("limit", pages.LIMIT, lambda query: query.limit),
        field("cursor", CURSOR, lambda query: query.cursor),
    ),
)

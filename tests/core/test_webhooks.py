"""Webhooks: their messages, signatures, schedules and URLs."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import attrs
import pytest

from tests.core.examples import EVENT, NOW
from ticketcore.domain import acts, ids, journal, timestamps, webhook_news, webhooks
from ticketcore.domain.deliveries import MAX_AGE, DeliveryStatus
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import EventId, MessageId, OrderId, TicketCode, WebhookId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.texts import InvalidValue
from ticketcore.domain.webhook_news import EventNews, News, OrderNews, Position
from ticketcore.domain.webhook_urls import WebhookUrl
from ticketcore.domain.webhooks import Topic, Webhook, WebhookAnswer, WebhookDelivery

HOOK = Webhook(WebhookId("a2"), "https://example.com:8443/secret?of=us", tuple(Topic), bytes(24), NOW)
BUYER = "ann@example.com"
ORDER = Order(
    OrderId("aaaabbbbccccddddeeeeffff22"),
    EVENT.id,
    BUYER,
    2,
    Money(9000, Currency("BRL")),
    OrderStatus.PAID,
    NOW,
    NOW,
    2,
    TicketCode("7QXK2-M3PTV"),
)
PAID = OrderNews(journal.transition(ORDER, NOW), ORDER, EVENT)
REFUNDED = OrderNews(journal.refund_started(ORDER, ORDER.total, (), 2, NOW, "office"), ORDER, EVENT)
SOLD_OUT = attrs.evolve(EVENT, sold=EVENT.capacity, version=7)


def told(*items: OrderNews | EventNews, webhook: Webhook = HOOK) -> list[dict[str, Any]]:
    numbers = count()
    news = News(items, Position(0, 0), Position(1, 1))
    messages = webhook_news.messages(webhook, news, lambda: MessageId(f"m{next(numbers)}"), NOW)
    assert all((each.webhook_id, each.created_at, each.due_at) == (webhook.id, NOW, NOW) for each in messages)
    assert all(json.loads(each.payload)["type"] == each.topic.value for each in messages)
    return [json.loads(each.payload) for each in messages]


def test_a_sale_is_told_by_digest_and_ticket_code() -> None:
    """Never with the order's id, its buyer's address or the id of a ticket."""
    [payload] = told(PAID)
    assert payload == {
        "type": "order.paid",
        "timestamp": timestamps.text_of(NOW),
        "data": {
            "order": ids.digest(ORDER.id),
            "ticket_code": "7QXK2-M3PTV",
            "event_id": EVENT.id,
            "event_name": EVENT.name,
            "quantity": 2,
            "total_amount": "90.00",
            "currency": "BRL",
        },
    }


def test_a_refund_is_told_with_what_goes_back() -> None:
    """Beside what the order was sold for."""
    [payload] = told(REFUNDED)
    assert payload["type"] == "order.refunded"
    assert payload["data"]["refunded_amount"] == "90.00"
    assert "office" not in json.dumps(payload)


def test_a_change_names_its_fields_and_a_cancellation_is_one_of_its_own() -> None:
    """With the event as it is now."""
    moved = attrs.evolve(EVENT, date=NOW, location="Bath")
    cancelled = attrs.evolve(moved, status=EventStatus.CANCELLED)
    changed, ended = acts.event_changed(EVENT, moved, "office", NOW), acts.event_changed(moved, cancelled, None, NOW)
    assert changed is not None
    assert ended is not None
    first, second = told(EventNews(changed, moved), EventNews(ended, cancelled))
    assert (first["type"], first["data"]["changed"]) == ("event.changed", ["date", "location"])
    assert first["data"]["event"]["location"] == "Bath"
    assert (second["type"], second["data"]["event"]["status"]) == ("event.cancelled", "cancelled")
    assert "office" not in json.dumps([first, second])


def test_what_is_not_asked_for_is_not_told() -> None:
    """A webhook of one topic hears of that one."""
    one = attrs.evolve(HOOK, topics=(Topic.ORDER_REFUNDED,))
    assert [each["type"] for each in told(PAID, REFUNDED, webhook=one)] == ["order.refunded"]
    key = acts.AdminAct(NOW, None, acts.AdminActKind.EVENT_CREATED, EVENT.id, EVENT.name)
    assert told(EventNews(key, EVENT)) == []


def sold_out(*items: OrderNews | EventNews) -> list[MessageId]:
    news = News(items, Position(0, 0), Position(1, 1))
    numbers = count()
    made = webhook_news.messages(HOOK, news, lambda: MessageId(f"m{next(numbers)}"), NOW)
    return [each.id for each in made if each.topic is Topic.EVENT_SOLD_OUT]


def test_an_event_is_sold_out_once_for_as_long_as_it_is() -> None:
    """However many sales are read while it is; when it sells out again, that is another message."""
    sale = attrs.evolve(PAID, event=SOLD_OUT)
    [first] = sold_out(sale, sale)
    assert sold_out(sale) == [first]
    assert sold_out(attrs.evolve(sale, event=attrs.evolve(SOLD_OUT, version=9))) != [first]
    [other] = sold_out(attrs.evolve(sale, event=attrs.evolve(SOLD_OUT, id=EventId("another"))))
    assert other != first


def test_a_smaller_capacity_may_sell_an_event_out_and_nothing_else_does() -> None:
    """Places that are held are not sold, a refund sells nothing, and a new name changes no place."""
    smaller = acts.event_changed(attrs.evolve(SOLD_OUT, capacity=SOLD_OUT.capacity + 1), SOLD_OUT, None, NOW)
    renamed = acts.event_changed(attrs.evolve(SOLD_OUT, name="Lear"), SOLD_OUT, None, NOW)
    assert smaller is not None
    assert renamed is not None
    assert len(sold_out(EventNews(smaller, SOLD_OUT))) == 1
    assert sold_out(EventNews(renamed, SOLD_OUT)) == []
    assert sold_out(attrs.evolve(REFUNDED, event=SOLD_OUT)) == []
    held = attrs.evolve(SOLD_OUT, sold=SOLD_OUT.capacity - 1, held=1)
    assert sold_out(attrs.evolve(PAID, event=held)) == []


# Signatures


def test_a_signature_is_that_of_the_scheme() -> None:
    """The example of Standard Webhooks' own libraries."""
    key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    webhook = attrs.evolve(HOOK, secret=base64.b64decode(key))
    message = attrs.evolve(a_message(), id=MessageId("msg_p5jXN8AQM9LWM0D4loKWxJek"), payload='{"test": 2432232314}')
    headers = webhooks.signed_headers(webhook, message, datetime.fromtimestamp(1614265330, UTC))
    assert webhook.secret_text == f"whsec_{key}"
    assert {name: value for name, value in headers.items() if name.startswith("webhook-")} == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_secrets_are_in_no_representation() -> None:
    """Neither that of signatures nor the path of the URL, which may hold one; logs show representations."""
    shown = repr([HOOK, a_message(), WebhookUrl.parse(HOOK.url)])
    assert "secret?of" not in shown
    assert HOOK.secret_text not in shown
    assert str(HOOK.secret) not in shown
    assert HOOK.origin == "https://example.com:8443"


# Schedules


def a_message() -> WebhookDelivery:
    return WebhookDelivery(MessageId("m"), HOOK.id, Topic.ORDER_PAID, "{}", NOW, NOW, NOW)


def test_a_message_is_tried_at_growing_intervals_for_three_days() -> None:
    """Then it is given up; a replay begins again."""
    message, now, waits = a_message(), NOW, list[timedelta]()
    while message.due_at is not None:
        now = message.due_at
        message = message.claimed(now).tried(WebhookAnswer(500), now)
        waits += [message.due_at - now] if message.due_at else []
    assert waits[:6] == sorted(waits[:6])
    assert waits[0] == timedelta(minutes=1)
    assert now == NOW + MAX_AGE
    assert message.status is DeliveryStatus.UNDELIVERED
    again = message.replayed(now)
    assert (again.status, again.due_at, again.tries, again.id) == (DeliveryStatus.PENDING, now, 0, message.id)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_success_ends_a_message(status: int) -> None:
    """Its answer is kept, and the webhook need not rest."""
    message = a_message().claimed(NOW).tried(WebhookAnswer(status), NOW)
    assert (message.status, message.due_at, message.answer) == (DeliveryStatus.DELIVERED, None, status)
    assert webhooks.rest_until(WebhookAnswer(status), NOW) == NOW


@pytest.mark.parametrize("answer", [WebhookAnswer(302), WebhookAnswer(410), WebhookAnswer(None, "no answer in time")])
def test_any_other_answer_is_tried_again_after_a_rest(answer: WebhookAnswer) -> None:
    """A redirect is none of ours to follow."""
    message = a_message().claimed(NOW).tried(answer, NOW)
    assert (message.status, message.answer, message.failure) == (DeliveryStatus.PENDING, answer.status, answer.failure)
    assert webhooks.rest_until(answer, NOW) == NOW + webhooks.REST
    assert answer.is_gone == (answer.status == 410)


# URLs


@pytest.mark.parametrize(
    ("text", "authority", "path"),
    [
        ("https://example.com", "example.com", "/"),
        ("HTTPS://Example.COM:443/a?b=c&d", "example.com", "/a?b=c&d"),
        ("http://10.0.0.1:8080/", "10.0.0.1:8080", "/"),
        ("https://[2001:DB8::1]:8443/x", "[2001:db8::1]:8443", "/x"),
    ],
)
def test_a_url_is_read_in_its_parts(text: str, authority: str, path: str) -> None:
    """Case does not matter in its host, and a usual port is left out."""
    url = WebhookUrl.parse(text)
    assert (url.authority, url.path) == (authority, path)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "example.com",
        "file:///etc/passwd",
        "ftp://example.com/",
        "https://",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com/#fragment",
        "https://example.com/a b",
        "https://example.com/%zz",
        "https://[00]/",
        "https://example.com/\r\nX: y",
        "https://exämple.com/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://example.com\\@10.0.0.1/",
        f"https://example.com/{'x' * 2000}",
    ],
)
def test_what_is_no_url_of_a_webhook_is_refused(text: str | None) -> None:
    """No other scheme, no credentials, no fragment, no control character, no port that there is not."""
    with pytest.raises(InvalidValue):
        WebhookUrl.parse(text)

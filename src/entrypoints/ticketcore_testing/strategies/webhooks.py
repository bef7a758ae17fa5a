"""Strategies for webhooks, what they are told, and the messages to them."""

from __future__ import annotations

from hypothesis import strategies as st

from ticketcore.application.reports import WebhookFailure, WebhookReport
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.webhook_news import EventNews, News, OrderNews, Position
from ticketcore.domain.webhook_urls import WebhookUrl
from ticketcore.domain.webhooks import Topic, Webhook, WebhookAnswer, WebhookDelivery, WebhookDeliveryPage, topics_of
from ticketcore_testing.strategies.events import events
from ticketcore_testing.strategies.orders import entries, orders_in
from ticketcore_testing.strategies.primitives import clock_times, message_ids, reasons, webhook_ids
from ticketcore_testing.strategies.qr_text import admin_acts

topic_choices = st.sets(st.sampled_from(Topic), min_size=1).map(topics_of)
_urls = st.sampled_from(["https://example.com/", "https://hooks.example.com:8443/of/us?token=t", "http://10.0.0.1/"])
webhooks = st.builds(Webhook, webhook_ids, _urls, topic_choices, st.binary(min_size=24, max_size=24), clock_times)
webhook_urls = _urls.map(WebhookUrl.parse)
webhook_answers = st.builds(WebhookAnswer, st.integers(200, 599)) | st.builds(WebhookAnswer, st.none(), reasons)

_asked = st.builds(
    lambda message_id, webhook_id, topic, at: WebhookDelivery(message_id, webhook_id, topic, "{}", at, at, at),
    message_ids,
    webhook_ids,
    st.sampled_from(Topic),
    clock_times,
)
_claimed = _asked.map(lambda message: message.claimed(message.created_at))
#: Messages in any status.
webhook_deliveries = _asked | _claimed | st.builds(WebhookDelivery.tried, _claimed, webhook_answers, clock_times)
webhook_delivery_pages = st.builds(
    WebhookDeliveryPage,
    st.lists(webhook_deliveries, max_size=5).map(tuple),
    st.none() | st.tuples(clock_times, message_ids),
)

webhook_positions = st.builds(Position, st.integers(0, 10**6), st.integers(0, 10**6))
order_news: st.SearchStrategy[OrderNews] = st.builds(
    OrderNews, entries, orders_in(OrderStatus.PAID) | orders_in(OrderStatus.REFUNDED), events
)
event_news = st.builds(EventNews, admin_acts, events)
webhook_news = st.builds(
    News, st.lists(order_news | event_news, max_size=5).map(tuple), webhook_positions, webhook_positions
)
webhook_failures = st.builds(WebhookFailure, webhook_ids, message_ids, webhook_answers)
webhook_reports = st.builds(WebhookReport, st.integers(0, 10**6), st.lists(webhook_failures, max_size=5).map(tuple))

"""The webhook lane: make messages of what was recorded, send those that are due, and record what became of each.

It shares nothing with the other lanes but the ledger: a receiver that hangs delays no mail, charge or scan, and other
receivers no longer than its own tries last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ticketcore.application.lanes import work_through
from ticketcore.application.reports import WebhookFailure, WebhookReport
from ticketcore.domain import acts, ids, webhook_news, webhooks
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import MessageId
from ticketcore.domain.webhooks import Webhook, WebhookAnswer, WebhookDelivery
from ticketcore.ports import Act, Ports

#: Entries that become messages in one statement.
_PAGE = 100


def collect(ports: Ports) -> int:
    """Make messages of all that was recorded since the last time, for each webhook, and return how many.

    Raises ``Unavailable`` if the ledger cannot be reached; repeating makes the rest.
    """
    return sum(_collect_for(ports, webhook) for webhook in ports.webhooks.list())


def _collect_for(ports: Ports, webhook: Webhook) -> int:
    count = 0
    while (news := ports.webhooks.news(webhook.id, _PAGE)) is not None and not news.is_empty:
        now = ports.clock.now()
        messages = webhook_news.messages(webhook, news, lambda: _new_id(ports), now)
        if not ports.webhooks.record(news, messages, webhook.id, now - webhooks.KEPT):
            # Another process has made them.
            break
        count += len(messages)
    return count


def _new_id(ports: Ports) -> MessageId:
    return MessageId(ids.text_of(ports.ids.new(webhook_news.MESSAGE_BYTES)))


def send(ports: Ports, limit: int, may_begin: Callable[[], bool]) -> WebhookReport:
    """Send at most ``limit`` messages that are due, one after the other, while ``may_begin`` allows another.

    Raises ``Unavailable`` if the ledger cannot be reached; a message in hand is sent again when its lease has ended.
    """
    return WebhookReport(
        *work_through(limit, may_begin, lambda: ports.webhooks.claim(ports.clock.now()), partial(_try, ports))
    )


def _try(ports: Ports, claimed: WebhookDelivery) -> WebhookFailure | None:
    webhook = ports.webhooks.get(claimed.webhook_id)
    if webhook is None:
        return None
    answer = _send(ports, webhook, claimed)
    _settle(ports, webhook, claimed, answer)
    return None if answer.is_success else WebhookFailure(webhook.id, claimed.id, answer)


def _send(ports: Ports, webhook: Webhook, claimed: WebhookDelivery) -> WebhookAnswer:
    headers = webhooks.signed_headers(webhook, claimed, ports.clock.now())
    try:
        return ports.webhook_sender.send(webhook.url, headers, claimed.payload.encode())
    except Unavailable as failure:
        return WebhookAnswer(None, str(failure))


def _settle(ports: Ports, webhook: Webhook, claimed: WebhookDelivery, answer: WebhookAnswer) -> None:
    now = ports.clock.now()
    if answer.is_gone:
        if ports.webhooks.remove(webhook.id, acts.webhook_ended(webhook, now)):
            ports.observe(Act.TELL, "ended")
        return
    after = claimed.tried(answer, now)
    if ports.webhooks.settle(claimed, after, webhooks.rest_until(answer, now)):
        ports.observe(Act.TELL, _OUTCOMES[after.status])


_OUTCOMES = {
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.PENDING: "postponed",
    DeliveryStatus.UNDELIVERED: "given_up",
}

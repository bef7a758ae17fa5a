"""Agreement of ledgers on webhooks: the same sales are news to them, and the same messages are due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from ticketcore.domain import acts
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import MessageId, WebhookId, text_of
from ticketcore.domain.orders import Change
from ticketcore.domain.webhook_news import News
from ticketcore.domain.webhooks import LEASE, REST, Topic, Webhook, WebhookAnswer, WebhookDelivery, rest_until
from ticketcore.ports import Ledger
from ticketcore_simulated_payments import tokens
from ticketcore_testing import changes
from ticketcore_testing.agreement.ledger.history import HOLD, History, chosen, which_one
from ticketcore_testing.samples import (
    MILLISECOND,
    fresh,
    new_attempt_id,
    new_code,
    new_reservation,
    new_show,
    new_tickets,
)

__all__ = ["WebhooksAgree"]

_UNKNOWN = WebhookId("unknown")
_limits = st.sampled_from([1, 2, 1000])
_times = st.integers(1, 2)
#: For how long messages that are done are kept.
_kept = st.sampled_from([timedelta(days=1), timedelta(), -MILLISECOND])
_waits = st.sampled_from([timedelta(), REST - MILLISECOND, REST, LEASE - MILLISECOND, LEASE])
_event_changes = st.builds(
    EventChange,
    name=st.sampled_from(["Lear", "Hamlet"]),
    status=st.sampled_from([None, None, EventStatus.CLOSED, EventStatus.ON_SALE]),
)
_answers = st.sampled_from([WebhookAnswer(204), WebhookAnswer(500), WebhookAnswer(None, "no answer")])


class WebhooksAgree(History):
    """One history of webhooks over several ledgers, with few sales, but messages in every status.

    Every result is compared, but for positions, which each ledger has of its own.  ``open_ledgers`` is that of
    ``LedgersAgree``.
    """

    def __init__(self, open_ledgers: Callable[[], Mapping[str, Ledger]]) -> None:
        super().__init__(open_ledgers)
        self.webhooks: list[Webhook] = []
        self.messages: list[WebhookDelivery] = []
        self.in_hand: list[WebhookDelivery] = []

    @initialize()
    def begin(self) -> None:
        """Begin with a webhook that is told of everything, and a sale."""
        self.event = self._add_event().id
        self.add_webhook(set(Topic), again=False)
        self.sell(is_refunded=False)

    def _add_event(self) -> Event:
        event = new_show(1000)
        self.events.append(event)
        self.all_return(lambda ledger: ledger.events.add(event))
        return event

    @rule(is_refunded=st.booleans())
    def sell(self, is_refunded: bool) -> None:
        """Sell one place, and perhaps refund it."""
        wanted = new_reservation(self.events[0], 1, self.now + HOLD)
        attempt_id, code = new_attempt_id(), new_code()
        reserved = self.all_return(lambda ledger: ledger.orders.reserve(wanted, self.now))
        if not isinstance(reserved, Change):
            return
        tickets = new_tickets(reserved.order)
        self.all_return(
            lambda ledger: changes.start_payment(ledger.orders, wanted.order_id, attempt_id, tokens.APPROVED, self.now)
        )
        self.all_return(lambda ledger: changes.capture(ledger.orders, wanted.order_id, tickets, code, self.now))
        if is_refunded:
            self.all_return(lambda ledger: changes.start_refund(ledger, wanted.order_id, self.now))

    @rule(change=_event_changes)
    def change_event(self, change: EventChange) -> None:
        self.all_return(lambda ledger: ledger.events.change(self.event, change, None, self.now, "two"))

    def webhook_id(self, which: int) -> WebhookId:
        webhook = chosen(self.webhooks, which)
        return webhook.id if webhook else _UNKNOWN

    @rule(topics=st.sets(st.sampled_from(Topic), min_size=1), again=st.booleans())
    def add_webhook(self, topics: set[Topic], again: bool) -> None:
        """Add a webhook, and perhaps another one of the same id."""
        webhook_id = WebhookId(text_of(fresh(10)))
        webhook = Webhook(webhook_id, "https://example.com/", tuple(sorted(topics)), fresh(24), self.now)
        self.webhooks.append(webhook)
        for each in (webhook, attrs.evolve(webhook, url="https://example.org/"))[: 1 + again]:
            self.all_return(lambda ledger: ledger.webhooks.add(each, acts.webhook_created(each, "one")))  # noqa: B023
        self.look_at_webhooks(0, 1000)

    @rule(which=which_one, times=_times)
    def remove_webhook(self, which: int, times: int) -> None:
        webhook = chosen(self.webhooks, which)
        for _ in range(times if webhook else 0):
            assert webhook is not None
            act = acts.webhook_deleted(webhook, "one", self.now)
            self.all_return(lambda ledger: ledger.webhooks.remove(webhook.id, act))  # noqa: B023

    @rule(which=which_one, limit=_limits, count=st.integers(0, 2), times=_times, kept=_kept)
    def record_news(self, which: int, limit: int, count: int, times: int, kept: timedelta) -> None:
        """Compare the news of a webhook and record them, perhaps twice."""
        webhook_id = self.webhook_id(which)
        found = {name: ledger.webhooks.news(webhook_id, limit) for name, ledger in self.ledgers.items()}
        self.same({name: news and news.items for name, news in found.items()})
        # One that is there comes again, with another content.
        known = [attrs.evolve(each, payload="[]") for each in self.messages if each.webhook_id == webhook_id][-1:]
        messages = [*known, *(self._message(webhook_id, number) for number in range(count))]
        before = self.now - kept
        for _ in range(times):
            self.same({name: self._record(name, news, messages, webhook_id, before) for name, news in found.items()})
        self.messages += messages[len(known) :]

    def _record(
        self, name: str, news: News | None, messages: list[WebhookDelivery], webhook_id: WebhookId, before: datetime
    ) -> bool:
        # News that are empty may be recorded again.
        record = self.ledgers[name].webhooks.record
        return news is not None and not news.is_empty and record(news, messages, webhook_id, before)

    def _message(self, webhook_id: WebhookId, number: int) -> WebhookDelivery:
        """Return a message with a place of its own: of equal ones any may be sent first."""
        message_id, number = MessageId(text_of(fresh())), len(self.messages) + number
        message = WebhookDelivery(message_id, webhook_id, Topic.ORDER_PAID, "{}", self.now, self.now, self.now)
        return attrs.evolve(message, number=number)

    @rule(wait=_waits, answer=st.none() | _answers)
    def claim_message(self, wait: timedelta, answer: WebhookAnswer | None) -> None:
        """Claim what is due, and perhaps write at once what became of it."""
        claimed = self.all_return(lambda ledger: ledger.webhooks.claim(self.now + wait))
        self.in_hand += [claimed] if claimed else []
        if answer:
            self.settle_message(0, answer, 1)

    @rule(which=st.integers(0, 3), answer=_answers, times=_times)
    def settle_message(self, which: int, answer: WebhookAnswer, times: int) -> None:
        """Write what became of a claim, perhaps an old one."""
        if not self.in_hand:
            return
        claimed = self.in_hand[-1 - which % len(self.in_hand)]
        after, turn_at = claimed.tried(answer, self.now), rest_until(answer, self.now)
        for _ in range(times):
            self.all_return(lambda ledger: ledger.webhooks.settle(claimed, after, turn_at))

    @rule(of=which_one, which=which_one)
    def replay_message(self, of: int, which: int) -> None:
        message = chosen(self.messages, which)
        message_id = message.id if message else MessageId("unknown")
        webhook_id = message.webhook_id if message and of < 6 else self.webhook_id(of)
        self.all_return(lambda ledger: ledger.webhooks.replay(webhook_id, message_id, self.now))

    @rule(which=which_one, limit=_limits)
    def look_at_webhooks(self, which: int, limit: int) -> None:
        webhook_id = self.webhook_id(which)
        self.all_return(lambda ledger: ledger.webhooks.get(webhook_id))
        self.all_return(lambda ledger: sorted(ledger.webhooks.list(), key=lambda webhook: webhook.id))
        page = self.all_return(lambda ledger: ledger.webhooks.deliveries(webhook_id, None, limit))
        if page.after is not None:
            self.all_return(lambda ledger: ledger.webhooks.deliveries(webhook_id, page.after, limit))
        self.all_return(lambda ledger: ledger.webhooks.backlog())

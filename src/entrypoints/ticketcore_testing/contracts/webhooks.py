"""Contract suite of webhooks: which there are, the news for them, and the messages to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import attrs
import pytest

from ticketcore.domain import acts
from ticketcore.domain.acts import AdminActKind
from ticketcore.domain.deliveries import DeliveryBacklog, DeliveryStatus
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import MessageId, WebhookId, text_of
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.webhook_news import EventNews, News, OrderNews, Position
from ticketcore.domain.webhooks import LEASE, Topic, Webhook, WebhookAnswer, WebhookDelivery, rest_until
from ticketcore.ports import Ledger
from ticketcore_testing.concurrency import all_at_once
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, acts_on, add_show, event_of, order_in, order_of
from ticketcore_testing.samples import MILLISECOND, NOW, STRANGE_IDS, TEXTS, fresh, label, new_show

LATER = NOW + timedelta(hours=1)
ACCEPTED, FAILED = WebhookAnswer(204), WebhookAnswer(503)
#: Nothing is so old.
LONG_AGO = NOW - timedelta(days=1000)


def new_webhook(at: datetime = NOW, topics: tuple[Topic, ...] = tuple(Topic)) -> Webhook:
    """Return a new webhook of these topics."""
    webhook_id = WebhookId(text_of(fresh(10)))
    return Webhook(webhook_id, f"https://example.com/{webhook_id}", topics, fresh(24), at)


def added(ledger: Ledger, webhook: Webhook | None = None) -> Webhook:
    """Add a webhook, by default a new one."""
    webhook = webhook or new_webhook()
    ledger.webhooks.add(webhook, acts.webhook_created(webhook, "office"))
    return webhook


def new_message(webhook: Webhook, at: datetime = NOW, payload: str = "{}") -> WebhookDelivery:
    """Return a new message to a webhook, due at once."""
    return WebhookDelivery(MessageId(text_of(fresh())), webhook.id, Topic.ORDER_PAID, payload, at, at, at)


def news_of(ledger: Ledger, webhook: Webhook, limit: int = 100) -> News:
    news = ledger.webhooks.news(webhook.id, limit)
    assert news is not None
    return news


def record(ledger: Ledger, *messages: WebhookDelivery, before: datetime = LONG_AGO) -> None:
    """Store messages to one webhook, with whatever is news to it."""
    webhook_id = messages[0].webhook_id
    news = ledger.webhooks.news(webhook_id, 100)
    assert news is not None
    assert ledger.webhooks.record(news, messages, webhook_id, before)


def told(ledger: Ledger, webhook: Webhook, count: int = 1) -> list[WebhookDelivery]:
    """Store so many new messages to a webhook, each a millisecond later than the one before."""
    messages = [new_message(webhook, NOW + number * MILLISECOND) for number in range(count)]
    record(ledger, *messages)
    return messages


def claim(ledger: Ledger, now: datetime = LATER) -> WebhookDelivery:
    """Claim a message, which must be due."""
    claimed = ledger.webhooks.claim(now)
    assert claimed is not None
    return claimed


def settle(ledger: Ledger, claimed: WebhookDelivery, answer: WebhookAnswer, now: datetime = LATER) -> bool:
    return ledger.webhooks.settle(claimed, claimed.tried(answer, now), rest_until(answer, now))


def listed(ledger: Ledger, webhook: Webhook) -> list[WebhookDelivery]:
    return list(ledger.webhooks.deliveries(webhook.id, None, 100).items)


class WebhooksContract(LedgerContract):
    """Hold ``Webhooks`` to its contract."""

    # add, get, list, remove

    @pytest.mark.parametrize("topics", [tuple(Topic), (Topic.EVENT_SOLD_OUT,)], ids=["all", "one"])
    def test_an_added_webhook_is_returned_unchanged(self, ledger: Ledger, topics: tuple[Topic, ...]) -> None:
        """With its secret to the last byte, and its act names the key that asked for it."""
        webhook = added(ledger, attrs.evolve(new_webhook(topics=topics), secret=b"\0\xff" + fresh(22)))
        assert ledger.webhooks.get(webhook.id) == webhook
        assert list(ledger.webhooks.list()) == [webhook]
        assert acts_on(ledger, webhook.id) == [acts.webhook_created(webhook, "office")]

    def test_adding_the_same_id_again_changes_nothing(self, ledger: Ledger) -> None:
        """The first one stays, and one act."""
        webhook = added(ledger)
        added(ledger, attrs.evolve(webhook, url="https://example.org/"))
        assert ledger.webhooks.get(webhook.id) == webhook
        assert len(acts_on(ledger, webhook.id)) == 1

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_an_unknown_webhook_has_nothing(self, ledger: Ledger, strange: str) -> None:
        """Any text is accepted as an id."""
        unknown = WebhookId(strange)
        webhook = added(ledger)
        [message] = told(ledger, webhook)
        assert ledger.webhooks.get(unknown) is None
        assert ledger.webhooks.news(unknown, 10) is None
        assert ledger.webhooks.deliveries(unknown, None, 10).items == ()
        assert ledger.webhooks.replay(unknown, message.id, LATER) is None
        assert ledger.webhooks.replay(webhook.id, MessageId(strange), LATER) is None

    def test_webhooks_are_listed_oldest_first(self, ledger: Ledger) -> None:
        """Whatever the order of adding."""
        made = [added(ledger, new_webhook(NOW + offset * MILLISECOND)) for offset in (3, 1, 2)]
        assert list(ledger.webhooks.list()) == sorted(made, key=lambda webhook: webhook.created_at)

    def test_a_removed_webhook_is_gone_with_its_messages(self, ledger: Ledger) -> None:
        """The act names who removed it; another webhook keeps its own; removing again writes nothing."""
        webhook, other = added(ledger), added(ledger)
        told(ledger, webhook, 2)
        [kept] = told(ledger, other)
        act = acts.webhook_deleted(webhook, "office", LATER)
        assert ledger.webhooks.remove(webhook.id, act)
        assert not ledger.webhooks.remove(webhook.id, act)
        assert ledger.webhooks.get(webhook.id) is None
        assert listed(ledger, webhook) == []
        assert claim(ledger).id == kept.id
        assert ledger.webhooks.claim(LATER) is None
        assert [each.kind for each in acts_on(ledger, webhook.id)] == [
            AdminActKind.WEBHOOK_DELETED,
            AdminActKind.WEBHOOK_CREATED,
        ]

    # news

    def test_what_was_before_a_webhook_is_no_news(self, ledger: Ledger) -> None:
        """Neither sales nor changes, and not that it was created."""
        show = add_show(ledger, new_show())
        order_in(ledger, show, OrderStatus.REFUNDED)
        _rename(ledger, show)
        assert news_of(ledger, added(ledger)).items == ()

    def test_sales_and_refunds_are_news_in_their_order(self, ledger: Ledger) -> None:
        """Each with the order, but for its mail and payment, and the event as they are now; no other step of an order is."""
        webhook = added(ledger)
        show = add_show(ledger, new_show())
        for status in OrderStatus:
            if status not in {OrderStatus.PAID, OrderStatus.REFUNDED}:
                order_in(ledger, show, status)
        paid = order_in(ledger, show, OrderStatus.PAID)
        refunded = order_in(ledger, show, OrderStatus.REFUNDED)
        items = news_of(ledger, webhook).items
        assert [(each.order.id, each.entry.step) for each in items if isinstance(each, OrderNews)] == [
            (paid.id, Step.PAID),
            (refunded.id, Step.PAID),
            (refunded.id, Step.REFUND_STARTED),
        ]
        for each in items:
            assert isinstance(each, OrderNews)
            assert each.order == attrs.evolve(order_of(ledger, each.order.id), delivery=None, payment=None)
            assert each.event == event_of(ledger, show.id)
            assert each.entry in ledger.orders.journal(each.order.id)

    def test_changes_of_events_are_news(self, ledger: Ledger) -> None:
        """With the fields that changed, and whether that is its end; a new event and a change of a key are none."""
        webhook = added(ledger)
        show = add_show(ledger, new_show())
        _rename(ledger, show)
        ledger.events.change(show.id, EventChange(status=EventStatus.CANCELLED), None, LATER, "office")
        items = [each for each in news_of(ledger, webhook).items if isinstance(each, EventNews)]
        assert [(each.act.kind, each.act.fields) for each in items] == [
            (AdminActKind.EVENT_CHANGED, ("name",)),
            (AdminActKind.EVENT_CANCELLED, ("status",)),
        ]
        assert {each.event for each in items} == {event_of(ledger, show.id)}

    def test_news_are_read_again_until_they_are_recorded(self, ledger: Ledger) -> None:
        """Then only what came later is news, also of many at a time."""
        webhook = added(ledger)
        show = add_show(ledger, new_show(100))
        order_in(ledger, show, OrderStatus.PAID)
        first = news_of(ledger, webhook)
        assert news_of(ledger, webhook) == first
        assert ledger.webhooks.record(first, (), webhook.id, LONG_AGO)
        assert news_of(ledger, webhook).items == ()
        second = order_in(ledger, show, OrderStatus.PAID)
        [item] = news_of(ledger, webhook).items
        assert isinstance(item, OrderNews)
        assert item.order.id == second.id

    def test_pages_of_news_neither_skip_nor_repeat(self, ledger: Ledger) -> None:
        """Whatever the size of a page."""
        show = add_show(ledger, new_show(100))
        webhooks = {size: added(ledger) for size in (1, 2, 3, 7)}
        paid = [order_in(ledger, show, OrderStatus.PAID).id for _ in range(7)]
        _rename(ledger, show)
        for size, webhook in webhooks.items():
            found: list[object] = []
            for _ in range(20):
                news = news_of(ledger, webhook, size)
                assert sum(isinstance(each, OrderNews) for each in news.items) <= size
                found += [each.order.id if isinstance(each, OrderNews) else each.act.kind for each in news.items]
                if news.is_empty:
                    break
                assert ledger.webhooks.record(news, (), webhook.id, LONG_AGO)
            assert sorted(map(str, found)) == sorted([*paid, "event_changed"])

    def test_webhooks_have_positions_of_their_own(self, ledger: Ledger) -> None:
        """What one has been told is news to another."""
        first, second = added(ledger), added(ledger)
        order_in(ledger, add_show(ledger, new_show()), OrderStatus.PAID)
        assert ledger.webhooks.record(news_of(ledger, first), (), first.id, LONG_AGO)
        assert len(news_of(ledger, second).items) == 1

    def test_sales_at_the_same_time_are_all_news(self, open_ledger: Callable[[], Ledger]) -> None:
        """Whatever is read while others are being written, nothing is passed over."""
        ledger = open_ledger()
        webhook = added(ledger)
        show = add_show(ledger, new_show(100))
        heard: list[object] = []

        def sell(seller: Ledger) -> list[object]:
            return [order_in(seller, show, OrderStatus.PAID).id for _ in range(3)]

        def listen() -> list[object]:
            for _ in range(10):
                news = ledger.webhooks.news(webhook.id, 100)
                if news is not None and ledger.webhooks.record(news, (), webhook.id, LONG_AGO):
                    heard.extend(each.order.id for each in news.items if isinstance(each, OrderNews))
            return []

        sellers = [partial(sell, open_ledger()) for _ in range(4)]
        sold: list[list[object]] = all_at_once([*sellers, listen])
        heard += [each.order.id for each in news_of(ledger, webhook).items if isinstance(each, OrderNews)]
        assert sorted(map(str, heard)) == sorted(str(each) for orders in sold for each in orders)

    # record

    @pytest.mark.parametrize("payload", [*TEXTS, "{}"], ids=label)
    def test_a_recorded_message_is_returned_unchanged(self, ledger: Ledger, payload: str) -> None:
        """To the last letter of its payload, and due as it says."""
        webhook = added(ledger)
        message = new_message(webhook, payload=payload)
        record(ledger, message)
        assert listed(ledger, webhook) == [message]
        assert claim(ledger, NOW) == message.claimed(NOW)

    def test_news_are_recorded_once(self, ledger: Ledger) -> None:
        """A process that read the same news has no say any more."""
        webhook = added(ledger)
        order_in(ledger, add_show(ledger, new_show()), OrderStatus.PAID)
        news = news_of(ledger, webhook)
        assert ledger.webhooks.record(news, [new_message(webhook)], webhook.id, LONG_AGO)
        assert not ledger.webhooks.record(news, [new_message(webhook)], webhook.id, LONG_AGO)
        assert len(listed(ledger, webhook)) == 1

    def test_a_message_whose_id_is_there_is_left_out(self, ledger: Ledger) -> None:
        """The first one stays, with what became of it; others of the same news are stored."""
        webhook = added(ledger)
        [message] = told(ledger, webhook)
        assert settle(ledger, claim(ledger), ACCEPTED)
        before = listed(ledger, webhook)
        another = new_message(webhook, LATER)
        record(ledger, message, another)
        assert listed(ledger, webhook) == [another, *before]

    def test_nothing_is_recorded_for_a_webhook_that_is_gone(self, ledger: Ledger) -> None:
        """It may be removed while its news are read."""
        webhook = added(ledger)
        news = attrs.evolve(news_of(ledger, webhook), after=Position(10**6, 10**6))
        ledger.webhooks.remove(webhook.id, acts.webhook_deleted(webhook, None, LATER))
        assert not ledger.webhooks.record(news, [new_message(webhook)], webhook.id, LONG_AGO)
        assert ledger.webhooks.claim(LATER) is None

    def test_old_messages_are_removed_once_their_tries_are_over(self, ledger: Ledger) -> None:
        """One that is pending stays, however old, and so does another webhook's."""
        webhook, other = added(ledger), added(ledger)
        old, _ = told(ledger, webhook, 2)
        [others] = told(ledger, other)
        for _ in range(3):
            claimed = claim(ledger)
            settle(ledger, claimed, FAILED if claimed.id == old.id else ACCEPTED, NOW)
        recent = new_message(webhook, LATER)
        record(ledger, recent, before=LATER)
        assert [each.id for each in listed(ledger, webhook)] == [recent.id, old.id]
        assert [each.id for each in listed(ledger, other)] == [others.id]

    # claim

    def test_nothing_is_due_without_messages(self, ledger: Ledger) -> None:
        """Neither with webhooks nor without."""
        assert ledger.webhooks.claim(LATER) is None
        added(ledger)
        assert ledger.webhooks.claim(LATER) is None
        assert ledger.webhooks.backlog() == DeliveryBacklog(0, 0, None)

    def test_a_message_is_due_at_its_moment(self, ledger: Ledger) -> None:
        """It is not due a millisecond before."""
        [message] = told(ledger, added(ledger))
        assert ledger.webhooks.claim(NOW - MILLISECOND) is None
        assert claim(ledger, NOW) == message.claimed(NOW)

    def test_a_claimed_message_is_hidden_until_its_lease_ends(self, ledger: Ledger) -> None:
        """A process that dies delays it by the lease; the next try is counted."""
        [message] = told(ledger, added(ledger))
        first = claim(ledger, NOW)
        assert ledger.webhooks.claim(NOW + LEASE - MILLISECOND) is None
        assert claim(ledger, NOW + LEASE) == attrs.evolve(first, tries=2, due_at=NOW + 2 * LEASE)
        assert message.tries == 0

    def test_a_webhook_has_one_message_in_hand(self, ledger: Ledger) -> None:
        """Its next one waits for the first, the soonest first; another webhook has its own turn."""
        webhook, other = added(ledger), added(ledger)
        first, second = told(ledger, webhook, 2)
        [others] = told(ledger, other)
        in_hand = [claim(ledger), claim(ledger)]
        assert {each.id for each in in_hand} == {first.id, others.id}
        assert ledger.webhooks.claim(LATER) is None
        [of_first] = [each for each in in_hand if each.webhook_id == webhook.id]
        assert settle(ledger, of_first, ACCEPTED)
        assert claim(ledger).id == second.id

    def test_messages_made_together_have_an_order(self, ledger: Ledger) -> None:
        """That of their numbers, whatever their ids."""
        webhook = added(ledger)
        messages = [attrs.evolve(new_message(webhook), number=number) for number in (3, 1, 2, 0)]
        record(ledger, *messages)
        found: list[int] = []
        for _ in messages:
            claimed = claim(ledger)
            settle(ledger, claimed, ACCEPTED)
            found.append(claimed.number)
        assert found == [0, 1, 2, 3]

    def test_webhooks_take_turns(self, ledger: Ledger) -> None:
        """The one that has waited longest comes first, however many messages another has."""
        many, one = added(ledger, new_webhook(NOW - MILLISECOND)), added(ledger)
        told(ledger, many, 3)
        told(ledger, one)
        order: list[WebhookId] = []
        for number in range(4):
            claimed = claim(ledger, LATER + number * MILLISECOND)
            settle(ledger, claimed, ACCEPTED, LATER + number * MILLISECOND)
            order.append(claimed.webhook_id)
        assert order == [many.id, one.id, many.id, many.id]

    # settle

    def test_an_accepted_message_is_done(self, ledger: Ledger) -> None:
        """It is listed with its answer and never due again."""
        webhook = added(ledger)
        told(ledger, webhook)
        claimed = claim(ledger)
        assert settle(ledger, claimed, ACCEPTED)
        assert listed(ledger, webhook) == [claimed.tried(ACCEPTED, LATER)]
        assert ledger.webhooks.claim(LATER + timedelta(days=365)) is None
        assert ledger.webhooks.backlog() == DeliveryBacklog(0, 0, None)

    def test_a_failed_message_is_due_later_and_its_webhook_rests(self, ledger: Ledger) -> None:
        """The reason is listed; the webhook's other messages wait until it has rested."""
        webhook = added(ledger)
        first, second = told(ledger, webhook, 2)
        claimed = claim(ledger)
        answer = WebhookAnswer(None, "no answer in time")
        after = claimed.tried(answer, LATER)
        assert settle(ledger, claimed, answer)
        assert [each for each in listed(ledger, webhook) if each.id == first.id] == [after]
        rested = rest_until(answer, LATER)
        assert ledger.webhooks.claim(rested - MILLISECOND) is None
        assert claim(ledger, rested).id == second.id
        assert after.due_at is not None
        assert claim(ledger, max(after.due_at, rested + LEASE)).id in {first.id, second.id}

    def test_a_message_that_was_given_up_is_counted(self, ledger: Ledger) -> None:
        """It is not tried any more."""
        webhook = added(ledger)
        told(ledger, webhook)
        late = NOW + timedelta(days=4)
        claimed = claim(ledger, late)
        assert settle(ledger, claimed, FAILED, late)
        assert listed(ledger, webhook)[0].status is DeliveryStatus.UNDELIVERED
        assert ledger.webhooks.claim(late + timedelta(days=365)) is None
        assert ledger.webhooks.backlog() == DeliveryBacklog(0, 1, None)

    def test_the_outcome_of_an_ended_lease_is_not_written(self, ledger: Ledger) -> None:
        """The claim after it has the last word, and a repetition changes nothing."""
        webhook = added(ledger)
        told(ledger, webhook)
        slow, again = claim(ledger), claim(ledger, LATER + LEASE)
        assert not settle(ledger, slow, FAILED)
        assert settle(ledger, again, ACCEPTED)
        before = listed(ledger, webhook)
        assert not settle(ledger, again, FAILED)
        assert listed(ledger, webhook) == before

    # deliveries, replay, backlog

    def test_messages_are_listed_newest_first_in_pages(self, ledger: Ledger) -> None:
        """Each once, whatever the size of the page, and only a page with a successor has a cursor."""
        webhook, other = added(ledger), added(ledger)
        messages = told(ledger, webhook, 5)
        told(ledger, other)
        for size in (1, 2, 4, 5, 6):
            page = ledger.webhooks.deliveries(webhook.id, None, size)
            found = list(page.items)
            while page.after is not None:
                page = ledger.webhooks.deliveries(webhook.id, page.after, size)
                assert 1 <= len(page.items) <= size
                found += page.items
                assert len(found) <= len(messages)
            assert found == messages[::-1]

    def test_a_replayed_message_is_due_at_once(self, ledger: Ledger) -> None:
        """Whatever became of it, with tries of its own, under the same id; another webhook has no such message."""
        webhook, other = added(ledger), added(ledger)
        [message] = told(ledger, webhook)
        claimed = claim(ledger)
        assert settle(ledger, claimed, ACCEPTED)
        replayed = claimed.tried(ACCEPTED, LATER).replayed(LATER)
        assert ledger.webhooks.replay(other.id, message.id, LATER) is None
        assert ledger.webhooks.replay(webhook.id, message.id, LATER) == replayed
        assert listed(ledger, webhook) == [replayed]
        assert claim(ledger) == replayed.claimed(LATER)

    def test_the_outcome_of_a_replayed_message_is_not_that_of_the_try_before(self, ledger: Ledger) -> None:
        """What was in hand when it was asked for again says nothing of it."""
        webhook = added(ledger)
        [message] = told(ledger, webhook)
        before = claim(ledger)
        ledger.webhooks.replay(webhook.id, message.id, LATER)
        assert not settle(ledger, before, ACCEPTED)
        assert ledger.webhooks.backlog() == DeliveryBacklog(1, 0, LATER)

    def test_the_backlog_has_the_oldest_pending_message(self, ledger: Ledger) -> None:
        """Of all webhooks; the age is that of the asking."""
        for webhook in (added(ledger), added(ledger)):
            told(ledger, webhook, 2)
        assert ledger.webhooks.backlog() == DeliveryBacklog(4, 0, NOW)
        for _ in range(2):
            assert settle(ledger, claim(ledger, NOW), ACCEPTED, NOW)
        assert ledger.webhooks.backlog() == DeliveryBacklog(2, 0, NOW + MILLISECOND)

    # races

    def test_two_claims_are_atomic(self, ledger: Ledger) -> None:
        """Two processes never get the same message."""

        def race() -> Race:
            _empty(ledger)
            told(ledger, added(ledger))
            return Race.of_one(lambda: ledger.webhooks.claim(LATER) is not None, lambda: None)

        assert_atomic(ledger.webhooks, race)

    def test_two_outcomes_of_one_claim_are_atomic(self, ledger: Ledger) -> None:
        """One of them is written."""

        def race() -> Race:
            _empty(ledger)
            webhook = added(ledger)
            told(ledger, webhook)
            claimed = claim(ledger)
            return Race(
                lambda: settle(ledger, claimed, ACCEPTED),
                lambda: settle(ledger, claimed, FAILED),
                lambda: [each.status for each in listed(ledger, webhook)],
            )

        assert_atomic(ledger.webhooks, race)

    def test_two_records_of_one_news_are_atomic(self, ledger: Ledger) -> None:
        """One of two processes makes the messages."""

        def race() -> Race:
            _empty(ledger)
            webhook = added(ledger)
            order_in(ledger, add_show(ledger, new_show()), OrderStatus.PAID)
            news = news_of(ledger, webhook)
            return Race.of_one(
                lambda: ledger.webhooks.record(news, [new_message(webhook)], webhook.id, LONG_AGO),
                lambda: len(listed(ledger, webhook)),
            )

        assert_atomic(ledger.webhooks, race)


def _rename(ledger: Ledger, show: Event) -> None:
    ledger.events.change(show.id, EventChange(name="Macbeth"), None, LATER, "office")


def _empty(ledger: Ledger) -> None:
    for webhook in ledger.webhooks.list():
        ledger.webhooks.remove(webhook.id, acts.webhook_deleted(webhook, None, NOW))

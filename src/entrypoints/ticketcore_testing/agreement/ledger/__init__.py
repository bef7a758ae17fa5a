"""Agreement of ledgers: the same history has the same results and leaves the same rows."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from ticketcore.domain import acts
from ticketcore.domain.api_keys import Role
from ticketcore.domain.events import EventChange, EventStatus
from ticketcore.domain.ids import WebhookId, text_of
from ticketcore.domain.webhook_news import EventNews, OrderNews
from ticketcore.domain.webhooks import Topic, Webhook
from ticketcore.ports import Ledger
from ticketcore_simulated_payments import tokens
from ticketcore_testing.agreement.ledger.deliveries import DeliveriesHistory
from ticketcore_testing.agreement.ledger.events import EventsHistory
from ticketcore_testing.agreement.ledger.history import UNKNOWN_EVENT, holds
from ticketcore_testing.agreement.ledger.tickets_outbox_keys import (
    KeysHistory,
    LeasesHistory,
    OutboxHistory,
    TicketsHistory,
)
from ticketcore_testing.agreement.ledger.webhooks import WebhooksAgree
from ticketcore_testing.ledgers import all_about, audit_of
from ticketcore_testing.samples import fresh

__all__ = ["LedgersAgree", "WebhooksAgree"]


class LedgersAgree(EventsHistory, DeliveriesHistory, TicketsHistory, OutboxHistory, LeasesHistory, KeysHistory):
    """One history of all methods of the ledger's ports, but for those of webhooks, over several ledgers.

    Every result is compared.  After each step the event and the order of that step are compared, and everything at the end.
    Times are a deadline, the millisecond before it and the one after it; calls are repeated; some ids are unknown.

    ``open_ledgers`` returns the ledgers by their names: new and empty ones for each history, or always the same ones, which
    then have to agree from history to history.
    """

    @initialize(
        capacity=st.integers(4, 9),
        lives=st.lists(
            st.tuples(st.sampled_from(["reserved", "processing", "stranded", "paid", "refunded"]), holds),
            min_size=2,
            max_size=4,
        ),
        publishes=st.booleans(),
    )
    def begin(self, capacity: int, lives: list[tuple[str, timedelta]], publishes: bool) -> None:
        """Begin with a webhook, a key, and orders in several statuses, which short histories seldom reach by chance."""
        self.add_webhook()
        self.add_key(Role.GATE, None, None, again=False)
        self.add_event(capacity, EventStatus.ON_SALE)
        for life, hold in lives:
            self.reserve(0, 2, hold)
            if life != "reserved":
                self.start_payment(0, tokens.APPROVED, 1)
            if life in {"paid", "refunded"}:
                self.capture(0, None, 1)
            if life == "refunded":
                self.start_refund(0, 1)
            if life == "stranded":
                self.change_event(0, EventChange(status=EventStatus.CANCELLED), None, 1)
                self.add_event(capacity, EventStatus.ON_SALE)
        if publishes:
            self.publish_all()
            self.request_refund(0, None)

    def add_webhook(self) -> None:
        """Add a webhook, so that all that follows is news."""
        webhook = Webhook(WebhookId(text_of(fresh(10))), "https://example.com/", tuple(Topic), fresh(24), self.now)
        self.webhook_id = webhook.id
        self.all_return(lambda ledger: ledger.webhooks.add(webhook, acts.webhook_created(webhook, "one")))

    def news(self, ledger: Ledger) -> tuple[OrderNews | EventNews, ...]:
        news = ledger.webhooks.news(self.webhook_id, 1000)
        assert news is not None
        return news.items

    @invariant()
    def they_hold_the_same(self) -> None:
        self.all_return(lambda ledger: all_about(ledger, self.event, self.order))

    def teardown(self) -> None:
        """Compare everything, then expire what is due and publish what is pending."""
        order_ids = [wanted.order_id for wanted in self.orders]
        self.all_return(lambda ledger: [all_about(ledger, event.id) for event in self.events])
        self.all_return(lambda ledger: all_about(ledger, UNKNOWN_EVENT, *order_ids))
        for ledger in self.ledgers.values():
            assert all(audit_of(ledger, event.id).is_conserved for event in self.events)
        self.list_keys()
        self.list_acts(3)
        self.all_return(lambda ledger: len(ledger.tickets.qr_codes_by_signer()))
        self.all_return(lambda ledger: ledger.tickets.newest_qr_code() is None)
        self.all_return(self.news)
        self.all_return(lambda ledger: ledger.events.refund_request())
        self.publish_all()
        self.expire_at(None, self.now + timedelta(days=1), 1000)

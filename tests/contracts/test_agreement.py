"""Every ledger returns the same results for the same history and holds the same rows afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial

import pytest

from tests.contracts.agreeing import CONTROL, agree
from tests.contracts.ledgers import LEDGERS
from tests.contracts.wrong_ledgers import Adapter, opener
from tests.factor import FACTOR
from tests.wrong import deliveries, orders, webhooks
from tests.wrong import ledger_ports as ports
from tests.wrong.finding import near
from ticketcore.ports import Ledger
from ticketcore_memory import memory_ledger
from ticketcore_testing.agreement import assert_agreement
from ticketcore_testing.agreement.ledger import LedgersAgree, WebhooksAgree


def test_all_ledgers_agree(request: pytest.FixtureRequest) -> None:
    """They agree at the exact boundaries of time, on repeated calls and for unknown ids."""
    with ExitStack() as opened:
        ledgers = {name: opened.enter_context(opening(request))() for name, opening in LEDGERS.items()}
        agree(partial(LedgersAgree, lambda: ledgers), examples=20 * FACTOR)
        agree(partial(WebhooksAgree, lambda: ledgers), examples=20 * FACTOR)


#: The rules that show a fault, and the ledgers that have it; some show in any short history of all rules.
FAULTS: Mapping[tuple[str, ...], Sequence[Adapter]] = {
    (): [
        orders.IgnoresTheRevision,
        orders.KeepsTheRevision,
        orders.LoadsNoEvent,
        orders.WritesNoMessage,
        orders.WritesEveryMessage,
        orders.IssuesNoTickets,
        orders.KeepsTheToken,
        orders.FindsComingEvents,
        orders.ReturnsNoAvailability,
        deliveries.AsksForNoMail,
    ],
    ("start_payment", "capture"): [orders.ForgetsTheCode],
    ("start_payment", "capture", "decline"): [orders.KeepsTheAttempt],
    ("forget", "correct", "capture", "start_payment"): [orders.KeepsTheAddress],
    ("reserve", "expire", "wait_for_a_deadline", "ask_what_is_due"): [
        orders.ExpiresLate,
        orders.ExpiresEarly,
        orders.ExpiresOldOrdersFirst,
        ports.CountsDueLate,
    ],
    ("write_too_late", "reserve", "start_payment", "look_for_stranded_orders", "change_event"): [
        orders.IgnoresTheEvent,
        orders.StrandsNothing,
        orders.StrandsWhatIsOnSale,
        ports.ForgetsWhatIsTaken,
    ],
    ("capture", "claim", "settle", "withdraw", "resend", "look_at_deliveries"): [
        deliveries.KeepsTheMailBefore,
        deliveries.ClaimsEarly,
        deliveries.CountsNoTries,
        deliveries.SettlesAnything,
        deliveries.WithdrawsNothing,
    ],
    ("start_payment", "capture", "publish", "remind", "look_what_is_to_be_published"): [
        orders.RemindsAgain,
        orders.RemindsImpatiently,
        ports.MarksBeforeSending,
    ],
    ("reserve", "start_payment", "publish"): [ports.UsesIdsAgain],
    ("request_refund", "advance_refund", "capture", "start_payment"): [ports.CountsAllOrders, ports.MovesAnyRequest],
    ("add_event", "list_events", "list_events_behind_one"): [ports.SkipsEqualDates],
    ("capture", "start_refund"): [orders.RefundIgnoresScans],
    ("capture", "admit"): [ports.AdmitsARepeatedScan, ports.ForgetsTheKey],
    ("capture", "merge"): [ports.ForgetsOtherScans],
    ("capture", "start_refund", "list_for_a_gate"): [ports.ListsWhatIsPaid],
    ("add_key", "add_key_again", "get_key", "list_keys", "revoke_key", "make_secret"): [
        ports.AddsAKeyOver,
        ports.ForgetsTheEventsOfAKey,
        ports.RevokesAgain,
        ports.SecretPerCall,
    ],
}


@pytest.mark.parametrize(("rules", "wrong"), [(rules, wrong) for rules, found in FAULTS.items() for wrong in found])
def test_a_ledger_with_one_rule_changed_is_caught(rules: tuple[str, ...], wrong: Adapter) -> None:
    """The machine notices a ledger that differs from the others in one rule."""

    def pair() -> dict[str, Ledger]:
        return {"right": memory_ledger(), "wrong": opener(wrong)()}

    with pytest.raises(AssertionError):
        assert_agreement(partial(near(LedgersAgree, *rules), pair), CONTROL)


#: The same for webhooks.
WEBHOOK_FAULTS: Mapping[tuple[str, ...], Sequence[Adapter]] = {
    (): [
        webhooks.AddsAWebhookOver,
        webhooks.TellsWhatWasBefore,
        webhooks.TellsNoChanges,
        webhooks.ForgetsTheLimitOfNews,
        webhooks.SkipsNews,
        webhooks.RecordsTwice,
        webhooks.KeepsItsPosition,
        webhooks.ClaimsEarly,
        webhooks.ClaimsWithoutALease,
        webhooks.SettlesAnything,
        webhooks.SettlesByTheTry,
    ],
    ("sell", "record_news", "look_at_webhooks"): [webhooks.RecordsOver],
    ("sell", "record_news", "claim_message", "look_at_webhooks"): [
        webhooks.KeepsEverything,
        webhooks.RemovesWhatIsPending,
    ],
    ("record_news", "claim_message", "look_at_webhooks"): [webhooks.CountsTheDelivered],
    ("record_news", "look_at_webhooks"): [webhooks.ListsTheOldestMessages],
    ("add_webhook", "record_news", "claim_message"): [webhooks.ClaimsSeveral],
    ("add_webhook", "record_news", "claim_message", "settle_message", "replay_message"): [
        webhooks.ReplaysForAnyWebhook,
        webhooks.ReplaysLater,
    ],
}


@pytest.mark.parametrize(
    ("rules", "wrong"), [(rules, wrong) for rules, found in WEBHOOK_FAULTS.items() for wrong in found]
)
def test_a_ledger_with_another_rule_for_webhooks_is_caught(rules: tuple[str, ...], wrong: Adapter) -> None:
    """The machine notices a ledger that differs from the others in one rule for webhooks."""

    def pair() -> dict[str, Ledger]:
        return {"right": memory_ledger(), "wrong": opener(wrong)()}

    with pytest.raises(AssertionError):
        assert_agreement(partial(near(WebhooksAgree, *rules), pair), CONTROL)

"""Every ledger returns the same results for the same history and holds the same rows afterwards."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

import pytest

from tests.contracts.agreeing import CONTROL
from tests.contracts.ledgers import LEDGERS
from tests.contracts.wrong_ledgers import Adapter, opener
from tests.wrong import deliveries, orders, webhooks
from tests.wrong import ledger_ports as ports
from ticketcore.ports import Ledger
from ticketcore_memory import memory_ledger
from ticketcore_testing.agreement import assert_agreement
from ticketcore_testing.agreement.ledger import LedgersAgree, WebhooksAgree


def test_all_ledgers_agree(request: pytest.FixtureRequest) -> None:
    """They agree at the exact boundaries of time, on repeated calls and for unknown ids."""
    with ExitStack() as opened:
        ledgers = {name: opened.enter_context(opening(request))() for name, opening in LEDGERS.items()}
        assert_agreement(partial(LedgersAgree, lambda: ledgers))
        assert_agreement(partial(WebhooksAgree, lambda: ledgers))


@pytest.mark.parametrize(
    "wrong",
    [
        orders.IgnoresTheRevision,
        orders.KeepsTheRevision,
        orders.IgnoresTheEvent,
        orders.LoadsNoEvent,
        orders.WritesNoMessage,
        orders.WritesEveryMessage,
        orders.IssuesNoTickets,
        orders.ForgetsTheCode,
        orders.KeepsTheAttempt,
        orders.KeepsTheToken,
        orders.KeepsTheAddress,
        orders.FindsComingEvents,
        orders.ReturnsNoAvailability,
        orders.ExpiresLate,
        orders.ExpiresEarly,
        orders.ExpiresOldOrdersFirst,
        orders.RefundIgnoresScans,
        orders.StrandsNothing,
        orders.StrandsWhatIsOnSale,
        deliveries.AsksForNoMail,
        deliveries.KeepsTheMailBefore,
        deliveries.ClaimsEarly,
        deliveries.CountsNoTries,
        deliveries.SettlesAnything,
        deliveries.WithdrawsNothing,
        orders.RemindsAgain,
        orders.RemindsImpatiently,
        ports.ForgetsWhatIsTaken,
        ports.CountsAllOrders,
        ports.MovesAnyRequest,
        ports.SkipsEqualDates,
        ports.CountsDueLate,
        ports.AdmitsARepeatedScan,
        ports.ForgetsTheKey,
        ports.ForgetsOtherScans,
        ports.ListsWhatIsPaid,
        ports.MarksBeforeSending,
        ports.UsesIdsAgain,
        ports.AddsAKeyOver,
        ports.ForgetsTheEventsOfAKey,
        ports.RevokesAgain,
        ports.SecretPerCall,
    ],
)
def test_a_ledger_with_one_rule_changed_is_caught(wrong: Adapter) -> None:
    """The machine notices a ledger that differs from the others in one rule."""

    def pair() -> dict[str, Ledger]:
        return {"right": memory_ledger(), "wrong": opener(wrong)()}

    with pytest.raises(AssertionError):
        assert_agreement(partial(LedgersAgree, pair), CONTROL)


@pytest.mark.parametrize(
    "wrong",
    [
        webhooks.AddsAWebhookOver,
        webhooks.TellsWhatWasBefore,
        webhooks.TellsNoChanges,
        webhooks.ForgetsTheLimitOfNews,
        webhooks.SkipsNews,
        webhooks.RecordsTwice,
        webhooks.RecordsOver,
        webhooks.KeepsItsPosition,
        webhooks.KeepsEverything,
        webhooks.RemovesWhatIsPending,
        webhooks.ClaimsEarly,
        webhooks.ClaimsWithoutALease,
        webhooks.ClaimsSeveral,
        webhooks.SettlesAnything,
        webhooks.SettlesByTheTry,
        webhooks.ReplaysForAnyWebhook,
        webhooks.ReplaysLater,
        webhooks.CountsTheDelivered,
        webhooks.ListsTheOldestMessages,
    ],
)
def test_a_ledger_with_another_rule_for_webhooks_is_caught(wrong: Adapter) -> None:
    """The machine notices a ledger that differs from the others in one rule for webhooks."""

    def pair() -> dict[str, Ledger]:
        return {"right": memory_ledger(), "wrong": opener(wrong)()}

    with pytest.raises(AssertionError):
        assert_agreement(partial(WebhooksAgree, pair), CONTROL)

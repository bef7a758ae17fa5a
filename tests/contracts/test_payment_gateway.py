"""What the port of the payment gateway promises, over every simulated gateway."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from tests.contracts.ledgers import PRICE, TEXTS, Ledger, fresh, label, new_order_id
from ticketcore import payment_tokens
from ticketcore.errors import GatewayUnavailable
from ticketcore.ids import AttemptId, text_of
from ticketcore.money import MAX_MINOR_UNITS, Currency, Money
from ticketcore.payment import Attempt
from ticketcore.ports import Approved, Declined, PaymentGateway
from ticketcore_memory import MemoryPaymentGateway

OpenLedger = Callable[[], Ledger]


def attempt_with(token: str, amount: Money = PRICE) -> Attempt:
    return Attempt(AttemptId(text_of(fresh())), new_order_id(), token, amount)


def no_answer(gateway: PaymentGateway, attempt: Attempt) -> None:
    with pytest.raises(GatewayUnavailable) as raised:
        gateway.charge(attempt)
    assert raised.value.retry_is_safe


@pytest.mark.parametrize(
    ("token", "answer"),
    [(payment_tokens.APPROVED, Approved()), (payment_tokens.DECLINED, Declined())],
)
def test_a_token_is_answered_the_same_every_time(ledger: Ledger, token: str, answer: Approved | Declined) -> None:
    """Charging an attempt again gives the first answer."""
    attempt = attempt_with(token)
    assert [ledger.payment_gateway.charge(attempt) for _ in range(3)] == [answer] * 3


@pytest.mark.parametrize("token", ["", "tok_", "TOK_APPROVED", "tok_approved ", *TEXTS], ids=label)
def test_any_other_token_is_declined(ledger: Ledger, token: str) -> None:
    """A token must be one of the known ones to the letter."""
    assert ledger.payment_gateway.charge(attempt_with(token)) == Declined()


def test_the_flaky_token_is_approved_at_the_third_try(ledger: Ledger) -> None:
    """Two tries go without an answer; from the third on it is approved."""
    attempt = attempt_with(payment_tokens.FLAKY)
    for _ in range(2):
        no_answer(ledger.payment_gateway, attempt)
    assert ledger.payment_gateway.charge(attempt) == Approved()
    assert ledger.payment_gateway.charge(attempt) == Approved()


def test_tries_are_counted_for_each_attempt(ledger: Ledger) -> None:
    """Another attempt's tries do not count."""
    first, second = attempt_with(payment_tokens.FLAKY), attempt_with(payment_tokens.FLAKY)
    for attempt in (first, second, first):
        no_answer(ledger.payment_gateway, attempt)
    assert ledger.payment_gateway.charge(first) == Approved()
    no_answer(ledger.payment_gateway, second)
    assert ledger.payment_gateway.charge(second) == Approved()


def test_the_down_token_never_has_an_answer(ledger: Ledger) -> None:
    """However often it is asked."""
    attempt = attempt_with(payment_tokens.DOWN)
    for _ in range(6):
        no_answer(ledger.payment_gateway, attempt)


def test_the_answer_belongs_to_the_attempt(ledger: Ledger) -> None:
    """The first answer stays when the same attempt is charged with another token."""
    approved, declined = attempt_with(payment_tokens.APPROVED), attempt_with(payment_tokens.DECLINED)
    for attempt in (approved, declined):
        ledger.payment_gateway.charge(attempt)
    assert ledger.payment_gateway.charge(attrs.evolve(approved, token=payment_tokens.DECLINED)) == Approved()
    assert ledger.payment_gateway.charge(attrs.evolve(declined, token=payment_tokens.APPROVED)) == Declined()


@pytest.mark.parametrize("minor", [0, 1, MAX_MINOR_UNITS])
def test_any_amount_can_be_charged(ledger: Ledger, minor: int) -> None:
    """Nothing, the least and the most that money can be."""
    attempt = attempt_with(payment_tokens.APPROVED, Money(minor, Currency("JPY")))
    assert ledger.payment_gateway.charge(attempt) == Approved()
    ledger.payment_gateway.refund(attempt)


def test_a_gateway_remembers_over_a_restart(open_ledger: OpenLedger) -> None:
    """Answers and tries are known to whoever opens the gateway anew."""
    approved, flaky = attempt_with(payment_tokens.APPROVED), attempt_with(payment_tokens.FLAKY)
    first = open_ledger().payment_gateway
    first.charge(approved)
    no_answer(first, flaky)
    second = open_ledger().payment_gateway
    assert second.charge(attrs.evolve(approved, token=payment_tokens.DECLINED)) == Approved()
    no_answer(second, flaky)
    assert open_ledger().payment_gateway.charge(flaky) == Approved()
    assert first.charge(flaky) == Approved()


def test_a_refund_can_be_repeated(open_ledger: OpenLedger) -> None:
    """Refunding twice, now or after a restart, is no failure."""
    attempt = attempt_with(payment_tokens.APPROVED)
    gateway = open_ledger().payment_gateway
    gateway.charge(attempt)
    gateway.refund(attempt)
    gateway.refund(attempt)
    open_ledger().payment_gateway.refund(attempt)


@pytest.mark.parametrize("token", [payment_tokens.DECLINED, payment_tokens.FLAKY, payment_tokens.APPROVED])
def test_refunding_what_was_never_charged_returns_nothing(ledger: Ledger, token: str) -> None:
    """It is no failure, and does not change what a charge is answered later."""
    attempt = attempt_with(token)
    ledger.payment_gateway.refund(attempt)
    if token == payment_tokens.FLAKY:
        no_answer(ledger.payment_gateway, attempt)
    else:
        answer = Approved() if token == payment_tokens.APPROVED else Declined()
        assert ledger.payment_gateway.charge(attempt) == answer


def test_a_refunded_attempt_still_has_its_first_answer(ledger: Ledger) -> None:
    """Charging it again charges nothing: a late repetition of the charge does not undo the refund."""
    attempt = attempt_with(payment_tokens.APPROVED)
    ledger.payment_gateway.charge(attempt)
    ledger.payment_gateway.refund(attempt)
    assert ledger.payment_gateway.charge(attempt) == Approved()


def test_money_is_taken_once_and_returned_once() -> None:
    """The gateway in process shows its till: it has each approved amount until it is refunded, and not again."""
    gateway = MemoryPaymentGateway()
    approved, declined = attempt_with(payment_tokens.APPROVED), attempt_with(payment_tokens.DECLINED)
    for attempt in (approved, declined, approved):
        gateway.charge(attempt)
    assert gateway.charged == {approved.id: PRICE}
    for _ in range(2):
        gateway.refund(approved)
        gateway.refund(declined)
        assert gateway.charged == {}
    gateway.charge(approved)
    assert gateway.charged == {}

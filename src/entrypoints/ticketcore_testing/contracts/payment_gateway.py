"""What the port of the payment gateway promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.ids import AttemptId, text_of
from ticketcore.domain.money import MAX_MINOR_UNITS, Currency, Money
from ticketcore.ports import Approved, Declined, PaymentGateway
from ticketcore_simulated_payments import tokens
from ticketcore_testing.samples import PRICE, TEXTS, fresh, label, new_order_id

OpenGateway = Callable[[], PaymentGateway]


def attempt_with(token: str, amount: Money = PRICE) -> Attempt:
    return Attempt(AttemptId(text_of(fresh())), new_order_id(), token, amount)


def no_answer(gateway: PaymentGateway, attempt: Attempt) -> None:
    with pytest.raises(GatewayUnavailable) as raised:
        gateway.charge(attempt)
    assert raised.value.retry_is_safe


class PaymentGatewayContract:
    """Hold ``PaymentGateway`` to its contract; override ``open_gateway``.

    ``approved`` and ``declined`` are tokens that the gateway answers so; the amounts are in ``currency``.
    """

    approved = tokens.APPROVED
    declined = tokens.DECLINED
    currency = PRICE.currency

    @pytest.fixture
    def open_gateway(self) -> OpenGateway:
        """Answer what opens one gateway, each time as another process would: the one fixture to override."""
        raise NotImplementedError("override open_gateway")

    @pytest.fixture
    def gateway(self, open_gateway: OpenGateway) -> PaymentGateway:
        """Answer a gateway that knows none of the attempts to come."""
        return open_gateway()

    def books(self, gateway: PaymentGateway) -> Mapping[AttemptId, Money] | None:
        """Answer the money that was taken and not returned, by attempt; ``None`` unless an adapter's suite can read it."""
        return None

    def an_attempt(self, token: str) -> Attempt:
        return attempt_with(token, attrs.evolve(PRICE, currency=self.currency))

    def test_a_token_is_answered_the_same_every_time(self, gateway: PaymentGateway) -> None:
        """Charging an attempt again gives the first answer."""
        for token, answer in ((self.approved, Approved()), (self.declined, Declined())):
            attempt = self.an_attempt(token)
            assert [gateway.charge(attempt) for _ in range(3)] == [answer] * 3

    def test_the_answer_belongs_to_the_attempt(self, gateway: PaymentGateway) -> None:
        """The first answer stays when the same attempt is charged with another token."""
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        for attempt in (approved, declined):
            gateway.charge(attempt)
        assert gateway.charge(attrs.evolve(approved, token=self.declined)) == Approved()
        assert gateway.charge(attrs.evolve(declined, token=self.approved)) == Declined()

    def test_attempts_of_one_order_are_charged_each_for_itself(self, gateway: PaymentGateway) -> None:
        """An answer is no other attempt's, not even of the same order and amount."""
        declined = self.an_attempt(self.declined)
        approved = attrs.evolve(self.an_attempt(self.approved), order_id=declined.order_id)
        for _ in range(2):
            assert gateway.charge(declined) == Declined()
            assert gateway.charge(approved) == Approved()

    @pytest.mark.parametrize("minor", [0, 1, MAX_MINOR_UNITS])
    def test_any_amount_can_be_charged(self, gateway: PaymentGateway, minor: int) -> None:
        """Nothing, the least and the most that money can be."""
        attempt = attempt_with(self.approved, Money(minor, self.currency))
        assert gateway.charge(attempt) == Approved()
        gateway.refund(attempt)

    def test_a_gateway_remembers_over_a_restart(self, open_gateway: OpenGateway) -> None:
        """Answers are known to whoever opens the gateway anew."""
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        first = open_gateway()
        for attempt in (approved, declined):
            first.charge(attempt)
        second = open_gateway()
        assert second.charge(attrs.evolve(approved, token=self.declined)) == Approved()
        assert second.charge(attrs.evolve(declined, token=self.approved)) == Declined()

    def test_a_refund_can_be_repeated(self, open_gateway: OpenGateway) -> None:
        """Refunding twice, now or after a restart, is no failure."""
        attempt = self.an_attempt(self.approved)
        gateway = open_gateway()
        gateway.charge(attempt)
        gateway.refund(attempt)
        gateway.refund(attempt)
        open_gateway().refund(attempt)

    def test_refunding_what_was_never_charged_returns_nothing(self, gateway: PaymentGateway) -> None:
        """It is no failure, and does not change what a charge is answered later."""
        for token, answer in ((self.approved, Approved()), (self.declined, Declined())):
            attempt = self.an_attempt(token)
            gateway.refund(attempt)
            assert gateway.charge(attempt) == answer

    def test_a_refunded_attempt_still_has_its_first_answer(self, gateway: PaymentGateway) -> None:
        """Charging it again charges nothing: a late repetition of the charge does not undo the refund."""
        attempt = self.an_attempt(self.approved)
        gateway.charge(attempt)
        gateway.refund(attempt)
        assert gateway.charge(attempt) == Approved()

    def test_money_is_taken_once_and_returned_once(self, gateway: PaymentGateway) -> None:
        """The books have each approved amount until it is refunded, and not again."""
        before = self.books(gateway)
        if before is None:
            pytest.skip("nobody can read this gateway's books")
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        for attempt in (approved, declined, approved):
            gateway.charge(attempt)
        assert self.books(gateway) == {**before, approved.id: approved.amount}
        for _ in range(2):
            gateway.refund(approved)
            gateway.refund(declined)
            assert self.books(gateway) == before
        gateway.charge(approved)
        assert self.books(gateway) == before


class SimulatedPaymentGatewayContract(PaymentGatewayContract):
    """Hold a gateway that answers the simulated tokens to more than its contract; override ``open_gateway``."""

    @pytest.mark.parametrize("token", ["", "tok_", "TOK_APPROVED", "tok_approved ", *TEXTS], ids=label)
    def test_any_other_token_is_declined(self, gateway: PaymentGateway, token: str) -> None:
        """A token must be one of the known ones to the letter."""
        assert gateway.charge(attempt_with(token)) == Declined()

    def test_the_flaky_token_is_approved_at_the_third_try(self, gateway: PaymentGateway) -> None:
        """Two tries go without an answer; from the third on it is approved."""
        attempt = attempt_with(tokens.FLAKY)
        for _ in range(2):
            no_answer(gateway, attempt)
        assert gateway.charge(attempt) == Approved()
        assert gateway.charge(attempt) == Approved()

    def test_tries_are_counted_for_each_attempt(self, gateway: PaymentGateway) -> None:
        """Another attempt's tries do not count."""
        first, second = attempt_with(tokens.FLAKY), attempt_with(tokens.FLAKY)
        for attempt in (first, second, first):
            no_answer(gateway, attempt)
        assert gateway.charge(first) == Approved()
        no_answer(gateway, second)
        assert gateway.charge(second) == Approved()

    def test_tries_are_remembered_over_a_restart(self, open_gateway: OpenGateway) -> None:
        """Whoever opens the gateway anew goes on counting."""
        flaky = attempt_with(tokens.FLAKY)
        first = open_gateway()
        no_answer(first, flaky)
        no_answer(open_gateway(), flaky)
        assert open_gateway().charge(flaky) == Approved()
        assert first.charge(flaky) == Approved()

    def test_a_refund_is_no_try(self, gateway: PaymentGateway) -> None:
        """Refunding what was never charged brings no answer nearer."""
        attempt = attempt_with(tokens.FLAKY)
        gateway.refund(attempt)
        for _ in range(2):
            no_answer(gateway, attempt)
        assert gateway.charge(attempt) == Approved()

    def test_the_down_token_never_has_an_answer(self, gateway: PaymentGateway) -> None:
        """However often it is asked."""
        attempt = attempt_with(tokens.DOWN)
        for _ in range(6):
            no_answer(gateway, attempt)

    def test_other_currencies_can_be_charged(self, gateway: PaymentGateway) -> None:
        """With or without decimals."""
        for code in ("JPY", "KWD"):
            assert gateway.charge(attempt_with(self.approved, Money(1, Currency(code)))) == Approved()

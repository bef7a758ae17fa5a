"""Contract suite of the payment gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import attrs
import pytest

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.ids import AttemptId, text_of
from ticketcore.domain.money import MAX_MINOR_UNITS, Currency, Money
from ticketcore.ports import Approved, Cancelled, Declined, PaymentGateway
from ticketcore_simulated_payments import tokens
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import PRICE, TEXTS, fresh, label, new_order_id

OpenGateway = Callable[[], PaymentGateway]


def attempt_with(token: str, amount: Money = PRICE) -> Attempt:
    return Attempt(AttemptId(text_of(fresh())), new_order_id(), token, amount)


def answer_of(gateway: PaymentGateway, attempt: Attempt) -> Approved | Declined:
    """Charge until there is an answer: a gateway may give none while it works on the same attempt."""
    for _ in range(20):
        with suppress(GatewayUnavailable):
            return gateway.charge(attempt)
    return gateway.charge(attempt)


def no_answer(gateway: PaymentGateway, attempt: Attempt) -> None:
    with pytest.raises(GatewayUnavailable) as raised:
        gateway.charge(attempt)
    assert raised.value.retry_is_safe


class PaymentGatewayContract:
    """Hold ``PaymentGateway`` to its contract; override ``open_gateway``.

    ``approved`` and ``declined`` are tokens that the gateway approves and declines.  ``amounts`` are what it is asked to
    charge, a usual amount first: override them for a gateway that takes other currencies or has other limits.
    """

    approved = tokens.APPROVED
    declined = tokens.DECLINED
    amounts: Sequence[Money] = (PRICE, Money(100, PRICE.currency), Money(1_000_000, PRICE.currency))

    @pytest.fixture
    def open_gateway(self) -> OpenGateway:
        """Return a function that opens one gateway, each time as another process would: the one fixture to override."""
        raise NotImplementedError("override open_gateway")

    @pytest.fixture
    def gateway(self, open_gateway: OpenGateway) -> PaymentGateway:
        """Return a gateway without charges for the attempts of the test."""
        return open_gateway()

    def books(self, gateway: PaymentGateway) -> Mapping[AttemptId, Money] | None:
        """Return the money taken and not returned, by attempt; ``None`` unless a suite overrides this with a way to read it."""
        return None

    def an_attempt(self, token: str) -> Attempt:
        return attempt_with(token, self.amounts[0])

    def test_a_repeated_charge_returns_the_first_answer(self, gateway: PaymentGateway) -> None:
        """Charging is idempotent by the attempt's id."""
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

    def test_attempts_of_one_order_are_charged_separately(self, gateway: PaymentGateway) -> None:
        """An attempt does not get the answer of another one, even of the same order and amount."""
        declined = self.an_attempt(self.declined)
        approved = attrs.evolve(self.an_attempt(self.approved), order_id=declined.order_id)
        for _ in range(2):
            assert gateway.charge(declined) == Declined()
            assert gateway.charge(approved) == Approved()

    def test_each_amount_can_be_charged_and_refunded(self, gateway: PaymentGateway) -> None:
        """Every amount of ``amounts`` is approved and returned."""
        for amount in self.amounts:
            attempt = attempt_with(self.approved, amount)
            assert gateway.charge(attempt) == Approved()
            gateway.refund(attempt)

    def test_a_gateway_remembers_over_a_restart(self, open_gateway: OpenGateway) -> None:
        """A gateway that is opened again returns the first answers."""
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        first = open_gateway()
        for attempt in (approved, declined):
            first.charge(attempt)
        second = open_gateway()
        assert second.charge(attrs.evolve(approved, token=self.declined)) == Approved()
        assert second.charge(attrs.evolve(declined, token=self.approved)) == Declined()

    def test_a_refund_can_be_repeated(self, open_gateway: OpenGateway) -> None:
        """Refunding twice, at once or after a restart, does not fail."""
        attempt = self.an_attempt(self.approved)
        gateway = open_gateway()
        gateway.charge(attempt)
        gateway.refund(attempt)
        gateway.refund(attempt)
        open_gateway().refund(attempt)

    def test_a_refund_before_the_charge_changes_nothing(self, gateway: PaymentGateway) -> None:
        """It does not fail, and a later charge has its usual answer."""
        for token, answer in ((self.approved, Approved()), (self.declined, Declined())):
            attempt = self.an_attempt(token)
            gateway.refund(attempt)
            assert gateway.charge(attempt) == answer

    def test_a_refunded_attempt_keeps_its_first_answer(self, gateway: PaymentGateway) -> None:
        """Charging it again charges nothing: a late repetition of the charge does not undo the refund."""
        attempt = self.an_attempt(self.approved)
        gateway.charge(attempt)
        gateway.refund(attempt)
        assert gateway.charge(attempt) == Approved()

    def test_a_cancelled_attempt_is_never_charged(self, open_gateway: OpenGateway) -> None:
        """Every charge of it is declined, also after a restart; cancelling can be repeated."""
        gateway = open_gateway()
        attempt = self.an_attempt(self.approved)
        assert [gateway.cancel(attempt) for _ in range(2)] == [Cancelled(), Cancelled()]
        assert gateway.charge(attempt) == open_gateway().charge(attempt) == Declined()
        assert self.books(gateway) is None or attempt.id not in (self.books(gateway) or {})

    def test_an_approved_attempt_cannot_be_cancelled(self, gateway: PaymentGateway) -> None:
        """It stays approved, and its money is to be refunded; one that was declined is as good as cancelled."""
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        gateway.charge(approved)
        gateway.charge(declined)
        assert gateway.cancel(approved) == gateway.charge(approved) == Approved()
        assert gateway.cancel(declined) == Cancelled()
        assert gateway.charge(declined) == Declined()

    def test_a_charge_and_a_cancellation_are_atomic(self, gateway: PaymentGateway) -> None:
        """An attempt is charged or cancelled, and both calls say which."""

        def race() -> Race:
            attempt = self.an_attempt(self.approved)
            return Race(
                lambda: answer_of(gateway, attempt),
                lambda: gateway.cancel(attempt),
                lambda: (self.books(gateway) or {}).get(attempt.id),
            )

        assert_atomic(gateway, race)

    def test_money_is_taken_once_and_returned_once(self, gateway: PaymentGateway) -> None:
        """The books contain an approved amount from its charge to its refund, and never again."""
        before = self.books(gateway)
        if before is None:
            pytest.skip("the suite does not override books")
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

    def test_two_charges_of_one_attempt_are_atomic(self, gateway: PaymentGateway) -> None:
        """Both have one answer, and the money is taken at most once."""

        def race() -> Race:
            approved = self.an_attempt(self.approved)
            declined = attrs.evolve(approved, token=self.declined)
            return Race(
                lambda: answer_of(gateway, approved),
                lambda: answer_of(gateway, declined),
                lambda: (self.books(gateway) or {}).get(approved.id),
            )

        assert_atomic(gateway, race)

    def test_two_refunds_of_one_attempt_are_atomic(self, gateway: PaymentGateway) -> None:
        """Neither fails, and the money is returned."""

        def race() -> Race:
            attempt = self.an_attempt(self.approved)
            gateway.charge(attempt)
            return Race.of_one(lambda: gateway.refund(attempt), lambda: (self.books(gateway) or {}).get(attempt.id))

        assert_atomic(gateway, race)


class SimulatedPaymentGatewayContract(PaymentGatewayContract):
    """Hold a gateway that knows the simulated tokens to more than its contract; override ``open_gateway``."""

    @pytest.mark.parametrize("token", ["", "tok_", "TOK_APPROVED", "tok_approved ", *TEXTS], ids=label)
    def test_any_other_token_is_declined(self, gateway: PaymentGateway, token: str) -> None:
        """A token is compared exactly."""
        assert gateway.charge(attempt_with(token)) == Declined()

    @pytest.mark.parametrize("minor", [0, 1, MAX_MINOR_UNITS])
    def test_any_amount_can_be_charged(self, gateway: PaymentGateway, minor: int) -> None:
        """Zero, the smallest and the largest amount that ``Money`` can hold are approved."""
        attempt = attempt_with(self.approved, Money(minor, PRICE.currency))
        assert gateway.charge(attempt) == Approved()
        gateway.refund(attempt)

    def test_any_currency_can_be_charged(self, gateway: PaymentGateway) -> None:
        """Currencies without decimals and with three are approved."""
        for code in ("JPY", "KWD"):
            assert gateway.charge(attempt_with(self.approved, Money(1, Currency(code)))) == Approved()

    def test_the_flaky_token_is_approved_at_the_third_try(self, gateway: PaymentGateway) -> None:
        """Two tries have no answer; every later one is approved."""
        attempt = attempt_with(tokens.FLAKY)
        for _ in range(2):
            no_answer(gateway, attempt)
        assert gateway.charge(attempt) == Approved()
        assert gateway.charge(attempt) == Approved()

    def test_tries_are_counted_for_each_attempt(self, gateway: PaymentGateway) -> None:
        """Tries of another attempt do not count."""
        first, second = attempt_with(tokens.FLAKY), attempt_with(tokens.FLAKY)
        for attempt in (first, second, first):
            no_answer(gateway, attempt)
        assert gateway.charge(first) == Approved()
        no_answer(gateway, second)
        assert gateway.charge(second) == Approved()

    def test_tries_are_remembered_over_a_restart(self, open_gateway: OpenGateway) -> None:
        """A gateway that is opened again continues to count."""
        flaky = attempt_with(tokens.FLAKY)
        first = open_gateway()
        no_answer(first, flaky)
        no_answer(open_gateway(), flaky)
        assert open_gateway().charge(flaky) == Approved()
        assert first.charge(flaky) == Approved()

    def test_a_refund_is_no_try(self, gateway: PaymentGateway) -> None:
        """A refund before the charge does not count as a try."""
        attempt = attempt_with(tokens.FLAKY)
        gateway.refund(attempt)
        for _ in range(2):
            no_answer(gateway, attempt)
        assert gateway.charge(attempt) == Approved()

    def test_the_down_token_never_has_an_answer(self, gateway: PaymentGateway) -> None:
        """Every try raises ``GatewayUnavailable``."""
        attempt = attempt_with(tokens.DOWN)
        for _ in range(6):
            no_answer(gateway, attempt)

    def test_two_tries_of_one_attempt_are_atomic(self, gateway: PaymentGateway) -> None:
        """Both are counted, so the next try is approved."""

        def race() -> Race:
            flaky = attempt_with(tokens.FLAKY)
            return Race.of_one(lambda: no_answer(gateway, flaky), lambda: gateway.charge(flaky))

        assert_atomic(gateway, race)

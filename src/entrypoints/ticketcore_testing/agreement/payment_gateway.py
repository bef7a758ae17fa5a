"""Agreement of payment gateways: every attempt has the same answer, at every repetition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.ids import AttemptId, text_of
from ticketcore.domain.money import Money
from ticketcore.ports import Approved, Declined, PaymentGateway, Pending
from ticketcore_simulated_payments import tokens
from ticketcore_testing.samples import fresh, new_order_id
from ticketcore_testing.strategies import prices

T = TypeVar("T")

_which = st.integers(0, 6)
_tokens = st.sampled_from(
    [
        tokens.APPROVED,
        tokens.DECLINED,
        tokens.FLAKY,
        tokens.FLAKY,
        tokens.DOWN,
        tokens.PENDING,
        "it's \N{TICKET}",
    ]
)


def _charged(gateway: PaymentGateway, attempt: Attempt) -> type[Approved | Declined | Pending] | None:
    """Return the kind of the answer, for each gateway has references of its own."""
    try:
        return type(gateway.charge(attempt))
    except GatewayUnavailable:
        return None


def _refund(gateway: PaymentGateway, attempt: Attempt, amount: Money, refund_id: str) -> None:
    """Ask for a refund; one of more than is left returns nothing, with an error or without."""
    with suppress(GatewayUnavailable):
        gateway.refund(attempt, amount, refund_id)


class PaymentGatewaysAgree(RuleBasedStateMachine):
    """One history of attempts over every gateway that knows the simulated tokens.

    ``open_gateways`` returns the gateways by their names, the same ones each time, as another process would open them.
    """

    def __init__(self, open_gateways: Callable[[], Mapping[str, PaymentGateway]]) -> None:
        super().__init__()
        self.open_gateways = open_gateways
        self.gateways = open_gateways()
        self.attempts: list[Attempt] = []
        self.results: dict[AttemptId, type[Approved | Declined | Pending]] = {}

    def all_return(self, call: Callable[[PaymentGateway], T]) -> T:
        """Call every gateway and return the result of all of them."""
        results = {name: call(gateway) for name, gateway in self.gateways.items()}
        first, *others = results.values()
        assert all(result == first for result in others), results
        return first

    def _charge(self, attempt: Attempt) -> None:
        """Charge an attempt; an answer is final."""
        answer = self.all_return(lambda gateway: _charged(gateway, attempt))
        if answer is Pending:
            return
        known = self.results.get(attempt.id)
        assert known in {None, answer}
        if answer:
            self.results[attempt.id] = answer

    @rule(token=_tokens, amount=prices, same_order=st.booleans(), refunded_before=st.booleans())
    def charge(self, token: str, amount: Money, same_order: bool, refunded_before: bool) -> None:
        """Charge a new attempt, perhaps of the same order, perhaps after a refund that returns nothing."""
        order_id = self.attempts[-1].order_id if same_order and self.attempts else new_order_id()
        attempt = Attempt(AttemptId(text_of(fresh())), order_id, token, amount)
        self.attempts.append(attempt)
        if refunded_before:
            self.refund(0)
        self._charge(attempt)

    @precondition(lambda self: self.attempts)
    @rule(which=_which, token=st.none() | _tokens)
    def charge_again(self, which: int, token: str | None) -> None:
        """Charge again after an unknown outcome; after an answer, perhaps with another token."""
        attempt = self.attempts[-1 - which % len(self.attempts)]
        answered = attempt.id in self.results
        self._charge(attrs.evolve(attempt, token=token or attempt.token) if answered else attempt)

    @precondition(lambda self: self.attempts)
    @rule(which=_which, parts=st.integers(1, 3))
    def refund(self, which: int, parts: int = 1) -> None:
        """Refund an attempt or a part of it, charged or not."""
        attempt = self.attempts[-1 - which % len(self.attempts)]
        amount = Money(attempt.amount.minor // parts, attempt.amount.currency)
        refund_id = f"{attempt.id} {parts}"
        self.all_return(lambda gateway: _refund(gateway, attempt, amount, refund_id))

    @precondition(lambda self: self.attempts)
    @rule(which=_which)
    def cancel(self, which: int) -> None:
        """Cancel an attempt, whatever became of it; its charge has that outcome from then on."""
        attempt = self.attempts[-1 - which % len(self.attempts)]
        outcome = self.all_return(lambda gateway: type(gateway.cancel(attempt)))
        expected = Approved if outcome is Approved else Declined
        assert self.results.setdefault(attempt.id, expected) is expected
        self._charge(attempt)

    @rule()
    def open_again(self) -> None:
        """Open the gateways again, as a new process does."""
        self.gateways = self.open_gateways()

    def teardown(self) -> None:
        """Compare all results once more."""
        for attempt in self.attempts:
            if attempt.id in self.results:
                self._charge(attempt)

"""Payment gateways: every attempt is answered alike by all of them, whoever asks and however often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.ids import AttemptId, text_of
from ticketcore.domain.money import Money
from ticketcore.ports import Approved, Declined, PaymentGateway
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
        "it's \N{TICKET}",
    ]
)


def _charged(gateway: PaymentGateway, attempt: Attempt) -> Approved | Declined | None:
    try:
        return gateway.charge(attempt)
    except GatewayUnavailable:
        return None


class PaymentGatewaysAgree(RuleBasedStateMachine):
    """One history of attempts, told to every gateway that answers the simulated tokens.

    ``open_gateways`` answers them by their names, the same ones each time, as another process would open them.
    """

    def __init__(self, open_gateways: Callable[[], Mapping[str, PaymentGateway]]) -> None:
        super().__init__()
        self.open_gateways = open_gateways
        self.gateways = open_gateways()
        self.attempts: list[Attempt] = []
        self.answers: dict[AttemptId, Approved | Declined] = {}

    def all_say(self, ask: Callable[[PaymentGateway], T]) -> T:
        """Ask every gateway; answer what they all say."""
        answers = {name: ask(gateway) for name, gateway in self.gateways.items()}
        first, *others = answers.values()
        assert all(answer == first for answer in others), answers
        return first

    def _charge(self, attempt: Attempt) -> None:
        """Charge an attempt; what was answered once is answered for ever."""
        answer = self.all_say(lambda gateway: _charged(gateway, attempt))
        known = self.answers.get(attempt.id)
        assert known in {None, answer}
        if answer:
            self.answers[attempt.id] = answer

    @rule(token=_tokens, amount=prices, same_order=st.booleans(), refunded_before=st.booleans())
    def charge(self, token: str, amount: Money, same_order: bool, refunded_before: bool) -> None:
        """Somebody pays, perhaps the same order; perhaps the attempt was refunded before there was anything to return."""
        order_id = self.attempts[-1].order_id if same_order and self.attempts else new_order_id()
        attempt = Attempt(AttemptId(text_of(fresh())), order_id, token, amount)
        self.attempts.append(attempt)
        if refunded_before:
            self.refund(0)
        self._charge(attempt)

    @precondition(lambda self: self.attempts)
    @rule(which=_which, token=st.none() | _tokens)
    def charge_again(self, which: int, token: str | None) -> None:
        """Somebody in doubt asks again; of one that was answered, perhaps with another token."""
        attempt = self.attempts[-1 - which % len(self.attempts)]
        answered = attempt.id in self.answers
        self._charge(attrs.evolve(attempt, token=token or attempt.token) if answered else attempt)

    @precondition(lambda self: self.attempts)
    @rule(which=_which)
    def refund(self, which: int) -> None:
        """The money goes back, if there is any."""
        attempt = self.attempts[-1 - which % len(self.attempts)]
        self.all_say(lambda gateway: gateway.refund(attempt))

    @rule()
    def open_again(self) -> None:
        """The process begins anew."""
        self.gateways = self.open_gateways()

    def teardown(self) -> None:
        """Everything that was answered is still answered so."""
        for attempt in self.attempts:
            if attempt.id in self.answers:
                self._charge(attempt)

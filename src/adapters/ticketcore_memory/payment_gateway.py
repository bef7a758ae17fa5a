"""The simulated payment gateway in process."""

from __future__ import annotations

import threading

import attrs

from ticketcore.domain import payment_tokens
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Money
from ticketcore.domain.payment_tokens import Answer
from ticketcore.domain.payments import Attempt
from ticketcore.ports import Approved, Declined, PaymentGateway


@attrs.define(eq=False)
class MemoryPaymentGateway(PaymentGateway):
    """``charged`` is the money that was taken and not returned, by attempt."""

    charged: dict[AttemptId, Money] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    _tries: dict[AttemptId, int] = attrs.field(factory=dict)
    _answers: dict[AttemptId, Answer] = attrs.field(factory=dict)

    def charge(self, attempt: Attempt) -> Approved | Declined:
        with self._lock:
            answer = self._answers.get(attempt.id) or self._first_answer(attempt)
        return Approved() if answer is Answer.APPROVED else Declined()

    def _first_answer(self, attempt: Attempt) -> Answer:
        tries = self._tries[attempt.id] = self._tries.get(attempt.id, 0) + 1
        answer = payment_tokens.answer(attempt.token, tries)
        if answer is Answer.NO_ANSWER:
            raise GatewayUnavailable(f"no answer at try {tries}")
        self._answers[attempt.id] = answer
        if answer is Answer.APPROVED:
            self.charged[attempt.id] = attempt.amount
        return answer

    def refund(self, attempt: Attempt) -> None:
        with self._lock:
            self.charged.pop(attempt.id, None)

"""The simulated payment gateway: no money moves, and a token decides the outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Money
from ticketcore.ports import Approved, Cancelled, Declined, PaymentGateway
from ticketcore_simulated_payments.charges import Charge, Charges, MemoryCharges
from ticketcore_simulated_payments.tokens import Outcome

_TRIES = 20


@attrs.define(eq=False)
class SimulatedPaymentGateway(PaymentGateway):
    """A payment gateway for tests, demonstrations and development; its charges are in process unless a store is given."""

    charges: Charges = attrs.field(factory=MemoryCharges)

    @property
    def charged(self) -> Mapping[AttemptId, Money]:
        """The money that was taken and not returned, by attempt."""
        return {charge.attempt_id: charge.amount for charge in self.charges.list() if charge.is_kept}

    def charge(self, attempt: Attempt) -> Approved | Declined:
        token = attempt.token
        assert token is not None, "an attempt that is to be charged has its token"
        charge = self._change(attempt, lambda known: (known or _new(attempt)).tried(token))
        assert charge is not None
        if charge.outcome is None:
            raise GatewayUnavailable(f"no answer at try {charge.tries}")
        return Approved() if charge.outcome is Outcome.APPROVED else Declined()

    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        charge = self._change(attempt, lambda known: (known or _new(attempt)).cancelled())
        assert charge is not None
        return Approved() if charge.outcome is Outcome.APPROVED else Cancelled()

    def refund(self, attempt: Attempt) -> None:
        self._change(attempt, lambda known: known and known.returned())

    def close(self) -> None:
        """Close the connections of the store of charges."""
        self.charges.close()

    def _change(self, attempt: Attempt, change: Callable[[Charge | None], Charge | None]) -> Charge | None:
        """Change an attempt's charge, again if another thread or process was faster, and return it."""
        for _ in range(_TRIES):
            known = self.charges.get(attempt.id)
            charge = change(known)
            if charge is None or charge == known or self.charges.put(charge):
                return charge
        raise GatewayUnavailable("too many requests for one attempt at a time")


def _new(attempt: Attempt) -> Charge:
    return Charge(attempt.id, attempt.amount)

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
        charge = self._change(None, attempt, lambda known: (known or _new(attempt)).tried(token))
        assert charge is not None
        if charge.outcome is None:
            raise GatewayUnavailable(f"no answer at try {charge.tries}")
        return Approved() if charge.outcome is Outcome.APPROVED else Declined()

    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        charge = self._change(None, attempt, lambda known: (known or _new(attempt)).cancelled())
        assert charge is not None
        return Approved() if charge.outcome is Outcome.APPROVED else Cancelled()

    def refund(self, attempt: Attempt) -> None:
        self._change(self.charges.get(attempt.id), attempt, lambda known: known and known.returned())

    def close(self) -> None:
        """Close the connections of the store of charges."""
        self.charges.close()

    def _change(
        self, known: Charge | None, attempt: Attempt, change: Callable[[Charge | None], Charge | None]
    ) -> Charge | None:
        """Change an attempt's charge, again if it is not as it is ``known``, and return it.

        Most attempts are charged once: taking one for unknown saves a look at it.
        """
        for _ in range(_TRIES):
            charge = change(known)
            if charge is None or charge == known or self.charges.put(charge):
                return charge
            known = self.charges.get(attempt.id)
        raise GatewayUnavailable("too many requests for one attempt at a time")


def _new(attempt: Attempt) -> Charge:
    return Charge(attempt.id, attempt.amount)

"""What the simulated gateway remembers of a charge, the store of charges, and that store in process."""

from __future__ import annotations

import hashlib
import threading
from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Money
from ticketcore_simulated_payments import tokens
from ticketcore_simulated_payments.tokens import Outcome

#: How long a charge waits for its buyer.
PATIENCE = timedelta(minutes=30)


@attrs.frozen
class Charge:
    """One attempt as the gateway knows it; ``revision`` counts its changes.

    ``waits_until`` is the deadline of a charge that waits for the buyer.  ``refunds`` are the ids of refunds with their minor
    units.
    """

    attempt_id: AttemptId
    amount: Money
    tries: int = 0
    outcome: Outcome | None = None
    waits_until: datetime | None = None
    refunds: tuple[tuple[str, int], ...] = ()
    revision: int = 0

    @property
    def kept(self) -> Money:
        """The money that was taken and not returned."""
        taken = self.amount.minor if self.outcome is Outcome.APPROVED else 0
        return Money(taken - sum(minor for _, minor in self.refunds), self.amount.currency)

    @property
    def reference(self) -> str:
        """The gateway's name of the charge."""
        return f"sim_{hashlib.sha256(self.attempt_id.encode()).hexdigest()[:24]}"

    def tried(self, token: str, now: datetime) -> Charge:
        """Return the charge after one more try; a final outcome stays, and so does that it waits for the buyer."""
        if self.outcome is not None or self.waits_until is not None:
            return self
        tries = self.tries + 1
        return attrs.evolve(
            self,
            tries=tries,
            outcome=tokens.outcome(token, tries),
            waits_until=now + PATIENCE if token == tokens.PENDING else None,
            revision=self.revision + 1,
        )

    def decided(self, outcome: Outcome) -> Charge:
        """Return the charge after the buyer has decided it, if it waits for the buyer."""
        if self.outcome is not None or self.waits_until is None:
            return self
        return attrs.evolve(self, outcome=outcome, revision=self.revision + 1)

    def cancelled(self) -> Charge:
        """Return the charge cancelled, unless it has a final outcome."""
        if self.outcome is not None:
            return self
        return attrs.evolve(self, outcome=Outcome.CANCELLED, revision=self.revision + 1)

    def returned(self, refund_id: str, amount: Money) -> Charge:
        """Return the charge after a refund, unless that was made before or returns more than was kept."""
        if refund_id in dict(self.refunds) or not 0 < amount.minor <= self.kept.minor:
            return self
        refunds = (*self.refunds, (refund_id, amount.minor))
        return attrs.evolve(self, refunds=refunds, revision=self.revision + 1)


class Charges(Protocol):
    """A store of charges; every method raises ``GatewayUnavailable`` if it cannot be reached."""

    __slots__ = ()

    @abstractmethod
    def get(self, attempt_id: AttemptId) -> Charge | None:
        """Return the charge of an attempt, or ``None`` if there is none."""

    @abstractmethod
    def put(self, charge: Charge) -> bool:
        """Store a charge whose predecessor has the revision before its own; return ``False`` if another came first."""

    @abstractmethod
    def list(self) -> Sequence[Charge]:
        """Return all charges."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""


@attrs.define(eq=False)
class MemoryCharges(Charges):
    """Charges in process."""

    charges: dict[AttemptId, Charge] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)

    def get(self, attempt_id: AttemptId) -> Charge | None:
        with self._lock:
            return self.charges.get(attempt_id)

    def put(self, charge: Charge) -> bool:
        with self._lock:
            before = self.charges.get(charge.attempt_id)
            if (before.revision if before else 0) != charge.revision - 1:
                return False
            self.charges[charge.attempt_id] = charge
            return True

    def list(self) -> Sequence[Charge]:
        with self._lock:
            return tuple(self.charges.values())

    def close(self) -> None:
        """Do nothing: there are no connections."""

"""What the simulated gateway remembers of a charge, the store of charges, and that store in process."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs

from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Money
from ticketcore_simulated_payments import tokens
from ticketcore_simulated_payments.tokens import Outcome


@attrs.frozen
class Charge:
    """One attempt as the gateway knows it; ``revision`` counts its changes."""

    attempt_id: AttemptId
    amount: Money
    tries: int = 0
    outcome: Outcome | None = None
    refunded: bool = False
    revision: int = 0

    @property
    def is_kept(self) -> bool:
        """Whether money was taken and not returned."""
        return self.outcome is Outcome.APPROVED and not self.refunded

    def tried(self, token: str) -> Charge:
        """Return the charge after one more try; a final outcome stays."""
        if self.outcome is not None:
            return self
        tries = self.tries + 1
        return attrs.evolve(self, tries=tries, outcome=tokens.outcome(token, tries), revision=self.revision + 1)

    def cancelled(self) -> Charge:
        """Return the charge cancelled, unless it has a final outcome."""
        if self.outcome is not None:
            return self
        return attrs.evolve(self, outcome=Outcome.CANCELLED, revision=self.revision + 1)

    def returned(self) -> Charge:
        """Return the charge with its money paid back, if any was taken."""
        return attrs.evolve(self, refunded=True, revision=self.revision + 1) if self.is_kept else self


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

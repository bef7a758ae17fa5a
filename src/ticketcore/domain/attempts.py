"""Payment attempts: what is known of a charge and of the money's way back."""

from __future__ import annotations

import enum

import attrs

from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.money import Money


class AttemptStatus(enum.StrEnum):
    """The state of the charge and, after it, of its cancellation or refund."""

    PENDING = "pending"
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


_TRANSITIONS = {
    AttemptStatus.PENDING: {
        AttemptStatus.CAPTURED,
        AttemptStatus.DECLINED,
        AttemptStatus.CANCELLING,
        AttemptStatus.REFUNDING,
    },
    AttemptStatus.CAPTURED: {AttemptStatus.REFUNDING},
    AttemptStatus.DECLINED: {AttemptStatus.REFUNDING},
    AttemptStatus.CANCELLING: {AttemptStatus.CANCELLED, AttemptStatus.REFUNDING},
    AttemptStatus.CANCELLED: {AttemptStatus.REFUNDING},
    AttemptStatus.REFUNDING: {AttemptStatus.REFUNDED},
    AttemptStatus.REFUNDED: set[AttemptStatus](),
}


@attrs.frozen
class Attempt:
    """One attempt to charge an order; its id is the key under which the gateway charges at most once.

    ``token`` is the buyer's payment token while the charge is pending, ``None`` afterwards.
    """

    id: AttemptId
    order_id: OrderId
    token: str | None = attrs.field(repr=False)
    amount: Money
    status: AttemptStatus = AttemptStatus.PENDING

    def to(self, status: AttemptStatus) -> Attempt:
        """Return this attempt after a transition, without its token; raise ``InvalidTransition`` if there is none to ``status``."""
        if status not in _TRANSITIONS[self.status]:
            raise InvalidTransition(self.status.value, status.value)
        return attrs.evolve(self, status=status, token=None)

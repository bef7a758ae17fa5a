"""Payment attempts: what is known of a charge and of the money's way back."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import attrs

from ticketcore.domain.errors import InvalidTransition
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.money import Money
from ticketcore.domain.texts import Text

#: When a payment that waits for its buyer is polled: so long after the poll before.
_INTERVALS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))


class PaymentMethod(enum.StrEnum):
    """How an order is paid: through the gateway, or without it."""

    GATEWAY = "gateway"
    FREE = "free"
    CASH = "cash"
    COMPLIMENTARY = "complimentary"

    @property
    def word(self) -> Text:
        """The method as a sentence names it."""
        return _METHOD_WORDS[self]


_METHOD_WORDS = {
    PaymentMethod.GATEWAY: Text("through the payment gateway"),
    PaymentMethod.FREE: Text("free of charge"),
    PaymentMethod.CASH: Text("in cash"),
    PaymentMethod.COMPLIMENTARY: Text("complimentary"),
}


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
    AttemptStatus.REFUNDING: {AttemptStatus.REFUNDING, AttemptStatus.CAPTURED, AttemptStatus.REFUNDED},
    AttemptStatus.REFUNDED: set[AttemptStatus](),
}


class PaymentStatus(enum.StrEnum):
    """The state of a payment as its buyer sees it."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    REFUNDING = "refunding"
    REFUNDED = "refunded"

    @property
    def word(self) -> Text:
        """The status as a sentence names it."""
        return _STATUS_WORDS[self]


_STATUS_WORDS = {
    PaymentStatus.PENDING: Text("pending"),
    PaymentStatus.APPROVED: Text("approved"),
    PaymentStatus.DECLINED: Text("declined"),
    PaymentStatus.REFUNDING: Text("being returned"),
    PaymentStatus.REFUNDED: Text("returned"),
}


#: How a payment's buyer sees the states of its attempt.
SEEN_AS = {
    AttemptStatus.PENDING: PaymentStatus.PENDING,
    AttemptStatus.CAPTURED: PaymentStatus.APPROVED,
    AttemptStatus.DECLINED: PaymentStatus.DECLINED,
    AttemptStatus.CANCELLING: PaymentStatus.REFUNDING,
    AttemptStatus.CANCELLED: PaymentStatus.DECLINED,
    AttemptStatus.REFUNDING: PaymentStatus.REFUNDING,
    AttemptStatus.REFUNDED: PaymentStatus.REFUNDED,
}


class ActionType(enum.StrEnum):
    """The kinds of what a buyer has to do."""

    REDIRECT = "redirect"
    QR_CODE = "qr_code"


@attrs.frozen
class PaymentAction:
    """What a buyer has to do before a gateway takes the money.

    ``value`` is the address of a page to open for ``redirect``, the text of a QR code to pay with for ``qr_code``.
    """

    type: ActionType
    value: str = attrs.field(repr=False)


@attrs.frozen
class Payment:
    """An order's payment as its buyer sees it.

    ``action`` and ``expires_at`` are there while a gateway waits for the buyer.  ``refunded`` is what of the money went back or is
    on its way.
    """

    status: PaymentStatus
    action: PaymentAction | None = None
    expires_at: datetime | None = None
    method: PaymentMethod = attrs.field(kw_only=True)
    refunded: Money = attrs.field(kw_only=True)


@attrs.frozen
class Refund:
    """Money that a gateway is asked to return; its id is the key under which the gateway returns it at most once."""

    id: str
    amount: Money


@attrs.frozen
class Attempt:
    """One attempt to charge an order; its id is the key under which the gateway charges at most once.

    ``token`` is the buyer's payment token while the charge is pending, ``None`` afterwards.  ``reference`` is the gateway's
    name of the charge.  While a gateway waits for the buyer, ``action`` is what the buyer has to do, ``expires_at`` the
    deadline, ``poll_at`` when to ask the gateway again, ``polls`` how often it was asked.

    In minor units, ``owed`` is all that is to be returned, ``requested`` what of it the gateway was or is being asked for,
    ``returned`` what of that it has returned.
    """

    id: AttemptId
    order_id: OrderId
    token: str | None = attrs.field(repr=False)
    amount: Money
    status: AttemptStatus = AttemptStatus.PENDING
    method: PaymentMethod = PaymentMethod.GATEWAY
    reference: str | None = None
    action: PaymentAction | None = attrs.field(default=None, repr=False)
    expires_at: datetime | None = None
    poll_at: datetime | None = None
    polls: int = 0
    owed: int = 0
    requested: int = 0
    returned: int = 0

    @property
    def is_waiting(self) -> bool:
        """Whether the gateway waits for the buyer."""
        return self.poll_at is not None

    @property
    def payment(self) -> Payment:
        """The payment as its buyer sees it."""
        refunded = Money(self.owed, self.amount.currency)
        return Payment(SEEN_AS[self.status], self.action, self.expires_at, method=self.method, refunded=refunded)

    @property
    def refund(self) -> Refund | None:
        """What the gateway is being asked to return, the same until it has."""
        if self.requested == self.returned:
            return None
        return Refund(f"{self.id}-{self.returned}", Money(self.requested - self.returned, self.amount.currency))

    def to(self, status: AttemptStatus, reference: str | None = None) -> Attempt:
        """Return this attempt after a transition, without its token; raise ``InvalidTransition`` if there is none to ``status``."""
        if status not in _TRANSITIONS[self.status]:
            raise InvalidTransition(self.status.value, status.value)
        return attrs.evolve(
            self,
            status=status,
            token=None,
            reference=reference or self.reference,
            action=None,
            expires_at=None,
            poll_at=None,
        )

    def waiting(self, reference: str, action: PaymentAction | None, until: datetime, now: datetime) -> Attempt:
        """Return this attempt while the gateway waits for the buyer until ``until``; it is polled at growing intervals."""
        interval = _INTERVALS[min(self.polls, len(_INTERVALS) - 1)]
        return attrs.evolve(
            self,
            reference=reference,
            action=action,
            expires_at=until,
            poll_at=min(now + interval, max(now, until)),
            polls=self.polls + 1,
        )

    def owing(self, minor: int) -> Attempt:
        """Return this attempt with so many minor units more on their way back; with none it is as refunded as it can be."""
        owed = self.owed + minor
        requested = owed if self.refund is None else self.requested
        owing = attrs.evolve(self.to(AttemptStatus.REFUNDING), owed=owed, requested=requested)
        return owing if owing.refund else owing.after_refund()

    def after_refund(self) -> Attempt:
        """Return this attempt once the gateway has returned what it was asked for."""
        returned = attrs.evolve(self, returned=self.requested, requested=self.owed)
        if returned.refund:
            return returned
        return returned.to(AttemptStatus.REFUNDED if self.owed == self.amount.minor else AttemptStatus.CAPTURED)

"""The port of the payment gateway, which takes money and returns it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import attrs

from ticketcore.domain.attempts import Attempt, PaymentAction
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Money


@attrs.frozen
class Approved:
    """The money was taken; ``reference`` is the gateway's name of the charge."""

    reference: str


@attrs.frozen
class Declined:
    """The money was not taken and will not be; ``reason`` is for admins, and holds nothing of the buyer's."""

    reason: str


@attrs.frozen
class Pending:
    """The gateway waits for the buyer, who may do what ``action`` says before ``until``.

    ``reference`` is the gateway's name of the charge, which the attempt carries from then on.
    """

    reference: str
    action: PaymentAction | None
    until: datetime


@attrs.frozen
class Cancelled:
    """The money was not taken and never will be."""


class PaymentGateway(Protocol):
    """A way to take money and to return it."""

    __slots__ = ()

    @abstractmethod
    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        """Charge the attempt's amount by its token, which is there until the charge has ended.

        Idempotent: charging the attempt again charges nothing and returns the outcome.  ``Approved`` and ``Declined`` are
        final; ``Pending`` becomes one of them.  Only ``cancel`` ends a charge that waits for its buyer, at the deadline too.

        Raises ``GatewayUnavailable`` if the gateway does not respond: the outcome is unknown, so charge again.
        """

    @abstractmethod
    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        """Make sure that the attempt is never charged, unless it was: then it stays approved and is to be refunded.

        Idempotent.  A charge that waits for its buyer is cancelled.  After ``Cancelled`` every charge of the attempt returns
        ``Declined``.
        Raises ``GatewayUnavailable`` if the gateway does not respond: the outcome is unknown, so cancel again.
        """

    @abstractmethod
    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        """Return ``amount`` of what the attempt was charged, together with other refunds at most all of it.

        Idempotent by ``refund_id``: the same refund again returns nothing more.  Refunding an attempt that was not charged
        returns nothing.

        Raises ``GatewayUnavailable`` if the gateway does not respond, or keeps money that it was asked to return: refund again.
        """

    @abstractmethod
    def read_notice(self, headers: Mapping[str, str], body: bytes) -> AttemptId | None:
        """Return the attempt that a message to this service is about, ``None`` if it is about none.

        The names of ``headers`` are in lower case.  A notice is a hint that an attempt's charge may have
        another outcome by now, never the outcome itself: it may be late, doubled or lost.

        Raises ``NoticeNotAuthentic`` if it was not signed by the gateway, or is too old.
        """

"""The port of the payment gateway, which takes money and returns it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

import attrs

from ticketcore.domain.attempts import Attempt


@attrs.frozen
class Approved:
    """The money was taken."""


@attrs.frozen
class Declined:
    """The money was not taken and will not be."""


@attrs.frozen
class Cancelled:
    """The money was not taken and never will be."""


class PaymentGateway(Protocol):
    """A way to take money and to return it."""

    __slots__ = ()

    @abstractmethod
    def charge(self, attempt: Attempt) -> Approved | Declined:
        """Charge the attempt's amount by its token, which is there until the charge has ended.

        Idempotent: charging the attempt again charges nothing and returns the first outcome.

        Raises ``GatewayUnavailable`` if the gateway does not respond: the outcome is unknown, so charge again.
        """

    @abstractmethod
    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        """Make sure that the attempt is never charged, unless it was: then it stays approved and is to be refunded.

        Idempotent.  After ``Cancelled`` every charge of the attempt returns ``Declined``.
        Raises ``GatewayUnavailable`` if the gateway does not respond: the outcome is unknown, so cancel again.
        """

    @abstractmethod
    def refund(self, attempt: Attempt) -> None:
        """Return what the attempt was charged.  Refunding twice returns it once; refunding nothing returns nothing.

        Raises ``GatewayUnavailable`` if the gateway does not respond: refund again.
        """

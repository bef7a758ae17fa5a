"""The port of the payment gateway."""

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


class PaymentGateway(Protocol):
    __slots__ = ()

    @abstractmethod
    def charge(self, attempt: Attempt) -> Approved | Declined:
        """Charge the attempt's amount.  Charging the same attempt again charges nothing and gives the first answer.

        Raises ``GatewayUnavailable`` if there is no answer: it may have been charged, so ask again.
        """

    @abstractmethod
    def refund(self, attempt: Attempt) -> None:
        """Return what the attempt was charged.  Refunding twice returns it once; refunding nothing returns nothing.

        Raises ``GatewayUnavailable`` if there is no answer: ask again.
        """

"""The port of the outbox: messages that were decided with a change and are still to be published."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs

from ticketcore.domain.ids import OrderId


@attrs.frozen
class OutboxRow:
    """One message to publish: this order needs work."""

    id: int
    order_id: OrderId


class Outbox(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached."""

    __slots__ = ()

    @abstractmethod
    def pending(self, limit: int, order_id: OrderId | None = None) -> Sequence[OutboxRow]:
        """Answer at most ``limit`` rows, of one order or of all, oldest first.

        Two callers may see the same rows: publishing twice is harmless.
        """

    @abstractmethod
    def sent(self, rows: Sequence[OutboxRow]) -> None:
        """Forget rows, once they were published and never before.  Repeating it changes nothing."""

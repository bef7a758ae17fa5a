"""The port of the outbox: messages that were written together with a change and are still to be published."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
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
    def pending(self, limit: int, order_ids: Collection[OrderId] | None = None) -> Sequence[OutboxRow]:
        """Return at most ``limit`` rows, of these orders or of all, oldest first.

        Two callers may get the same rows: publishing twice is harmless.
        """

    @abstractmethod
    def sent(self, rows: Sequence[OutboxRow]) -> None:
        """Remove rows that have been published, and never before.  Idempotent."""

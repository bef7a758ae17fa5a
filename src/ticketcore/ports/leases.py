"""The port of leases: which of several processes does, for a while, what one of them is enough for."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Leases(Protocol):
    """Every method raises ``Unavailable`` if the ledger cannot be reached.

    A lease saves work and protects nothing: clocks differ, and a holder may be slower than its lease.  Whatever is done
    under one must be safe when two processes do it at the same time.
    """

    __slots__ = ()

    @abstractmethod
    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Give a lease to a holder until a time, unless another has it at ``now``, and return whether this one has it.

        A lease ends at its ``until``.  Its holder renews it by acquiring it again.
        """

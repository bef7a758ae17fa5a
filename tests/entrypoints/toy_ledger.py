"""A ledger of another package, in process: what it takes to be chosen by a setting."""

from __future__ import annotations

from typing import ClassVar

import attrs

from ticketcore.ports import Ledger, PaymentQueue
from ticketcore_memory import MemoryPaymentQueue, memory_ledger


@attrs.define(eq=False)
class Store:
    """What is kept under one URL."""

    ledger: Ledger = attrs.field(factory=memory_ledger)
    queue: PaymentQueue = attrs.field(factory=MemoryPaymentQueue)
    revision: str | None = None


@attrs.define(eq=False)
class ToyBackend:
    """A backend on a store of this process; ``toy:private`` is embedded, ``toy:no-queue`` has no payment queue."""

    STORES: ClassVar[dict[str, Store]] = {}

    url: str
    closed: bool = False

    @classmethod
    def parse(cls, url: str) -> str:
        if not url.startswith("toy:"):
            raise ValueError(url)
        return url.lower()

    @classmethod
    def open(cls, url: str, schema: str | None) -> ToyBackend:
        return cls(url)

    @property
    def store(self) -> Store:
        return self.STORES.setdefault(self.url, Store())

    @property
    def ledger(self) -> Ledger:
        return self.store.ledger

    @property
    def payment_queue(self) -> PaymentQueue | None:
        return None if self.url == "toy:no-queue" else self.store.queue

    @property
    def clock(self) -> None:
        return None

    @property
    def is_embedded(self) -> bool:
        return self.url == "toy:private"

    @property
    def shared_database_url(self) -> str | None:
        return None

    @property
    def may_send_in_clear(self) -> bool:
        return False

    def create_files(self) -> None:
        """Do nothing: there are none."""

    def revision(self) -> str | None:
        return self.store.revision

    def is_current(self) -> bool:
        return self.store.revision == "2"

    def upgrade(self) -> None:
        self.store.revision = "2"

    def close(self) -> None:
        self.closed = True

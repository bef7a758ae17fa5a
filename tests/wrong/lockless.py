"""Adapters that are right for one thread and wrong for two: without a lock, or with state that calls share."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import cast

import attrs

from ticketcore.domain import qr_text
from ticketcore.domain.mail import Mail
from ticketcore.domain.qr_text import Claim
from ticketcore.ports import Ids, Observer, Occurrence
from ticketcore_memory import (
    HmacSeal,
    MemoryEvents,
    MemoryFiles,
    MemoryInventory,
    MemoryKeys,
    MemoryLedger,
    MemoryMailer,
    MemoryOrders,
    MemoryOutbox,
    MemoryPaymentQueue,
    MemoryTickets,
    TextImages,
)
from ticketcore_simulated_payments import MemoryCharges, SimulatedPaymentGateway


class NoLock:
    """A lock that does not exclude other threads."""

    def __enter__(self) -> NoLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release nothing."""


NO_LOCK = cast(threading.Lock, NoLock())
NO_RLOCK = cast(threading.RLock, NoLock())

# Memory adapters without their lock


def lockless_inventory() -> MemoryInventory:
    inventory = MemoryInventory()
    inventory._lock = NO_LOCK
    return inventory


def lockless_queue() -> MemoryPaymentQueue:
    queue = MemoryPaymentQueue()
    queue._lock = NO_LOCK
    return queue


def lockless_gateway() -> SimulatedPaymentGateway:
    charges = MemoryCharges()
    charges._lock = NO_LOCK
    return SimulatedPaymentGateway(charges)


def _without_lock(rows: MemoryLedger) -> MemoryLedger:
    """Return the same rows behind no lock; the other ports of the ledger keep theirs."""
    return attrs.evolve(rows, lock=NO_RLOCK)


def lockless_events(rows: MemoryLedger) -> MemoryEvents:
    return MemoryEvents(_without_lock(rows))


def lockless_orders(rows: MemoryLedger) -> MemoryOrders:
    return MemoryOrders(_without_lock(rows))


def lockless_tickets(rows: MemoryLedger) -> MemoryTickets:
    return MemoryTickets(_without_lock(rows))


def lockless_outbox(rows: MemoryLedger) -> MemoryOutbox:
    return MemoryOutbox(_without_lock(rows))


def lockless_keys(rows: MemoryLedger) -> MemoryKeys:
    return MemoryKeys(_without_lock(rows))


# Adapters that need no lock as long as their calls share no state


class ReplacesInSteps(MemoryFiles):
    """Removes the old content before it stores the new one."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        self.contents.pop(name, None)
        super().put(name, content, content_type)


class CopiesItsFiles(MemoryFiles):
    """Stores a changed copy of all files."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        self.contents = {**self.contents, name: content}


class CopiesItsMail(MemoryMailer):
    """Stores a longer copy of the list of sent messages."""

    def send(self, mail: Mail) -> None:
        before: Sequence[Mail] = self.sent
        self.sent = [*before, mail]


@attrs.define(eq=False)
class ObservesOneAtATime(Observer):
    """Keeps the current occurrence and expects to find it again."""

    _current: list[Occurrence] = attrs.field(factory=list)

    def observe(self, occurrence: Occurrence) -> None:
        self._current.append(occurrence)
        self._current.pop()
        assert not self._current


@attrs.define(eq=False)
class SharesItsBuffer(HmacSeal):
    """Computes every signature in one buffer."""

    _buffer: bytes = b""

    def seal(self, claim: Claim) -> str:
        self._buffer = qr_text.signed_part(claim, self._key_id)
        return qr_text.write(self._buffer, self._mac(self._buffer))


@attrs.define(eq=False)
class SharesItsCanvas(TextImages):
    """Draws every image on one canvas, as with one ``qrcode.QRCode`` for all calls."""

    _text: str = ""

    def draw(self, text: str) -> bytes:
        self._text = text
        return super().draw(self._text)


@attrs.define(eq=False)
class CountsUp(Ids):
    """Makes ids from the number of the call."""

    _calls: int = 0

    def new(self, size: int) -> bytes:
        call = self._calls
        self._calls = call + 1
        return hashlib.shake_256(b"seed %d" % call).digest(size)

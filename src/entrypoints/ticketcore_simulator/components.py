"""The components outside the simulated processes: memory adapters, some with failures of their own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from ticketcore import BoxOffice, Unavailable
from ticketcore.domain import ids
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.webhooks import WebhookAnswer
from ticketcore.ports import Approved, Declined, Ids, Pending, Ports, ReceivedMessage
from ticketcore_memory import MemoryInventory, MemoryPaymentQueue, MemoryWebhookSender, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_simulator.faults import FaultKind, Faults
from ticketcore_simulator.scheduler import Scheduler

_MOST_DELAY_SECONDS = 90
_MOST_CHARGE_SECONDS = 10
_MOST_RECEIVE_SECONDS = 5
_UNKNOWN_ORDER = OrderId(ids.text_of(bytes(ids.SECRET_BYTES)))


@attrs.define(eq=False)
class LossyInventory(MemoryInventory):
    """An inventory that can be wiped and rolled back."""

    _snapshot: tuple[Any, Any] | None = None

    def wipe(self) -> None:
        """Delete all counters."""
        self._events.clear()
        self._deadlines.clear()

    def snapshot(self) -> None:
        """Take a snapshot."""
        self._snapshot = copy.deepcopy((self._events, self._deadlines))

    def roll_back(self) -> None:
        """Restore the snapshot, if there is one."""
        if self._snapshot is not None:
            self._events, self._deadlines = copy.deepcopy(self._snapshot)


@attrs.define(eq=False)
class LossyQueue(MemoryPaymentQueue):
    """A queue that accepts part of a batch, loses, delays, duplicates and reorders messages, and delivers unknown orders."""

    faults: Faults = attrs.field(kw_only=True)

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        for order_id in order_ids:
            if self.faults.maybe(FaultKind.LOSS, 60):
                continue
            late = self.faults.maybe(FaultKind.DELAY, 10)
            delay = timedelta(seconds=self.faults.random.randrange(_MOST_DELAY_SECONDS) if late else 0)
            super().publish([order_id] * (1 + self.faults.maybe(FaultKind.DUPLICATE, 10)), now + delay)
            if order_id is not order_ids[-1] and self.faults.maybe(FaultKind.PART, 2):
                raise Unavailable("payment_queue", "no response after a part of the messages")
        if self.faults.maybe(FaultKind.POISON, 30):
            super().publish([_UNKNOWN_ORDER], now)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        received = list(super().receive(limit, now))
        if len(received) > 1 and self.faults.maybe(FaultKind.REORDER, 2):
            self.faults.random.shuffle(received)
        return received


@attrs.define(eq=False)
class SlowGateway(SimulatedPaymentGateway):
    """A payment gateway that takes seconds to respond, and records the order of each attempt."""

    scheduler: Scheduler = attrs.field(kw_only=True)
    orders: dict[AttemptId, OrderId] = attrs.field(factory=dict)

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        self.orders[attempt.id] = attempt.order_id
        self.scheduler.sleep(self.scheduler.random.uniform(0, _MOST_CHARGE_SECONDS))
        return super().charge(attempt)


@attrs.define(eq=False)
class SlowReceiver(MemoryWebhookSender):
    """A receiver of webhooks that takes seconds to respond, and now and then does not want a message."""

    scheduler: Scheduler = attrs.field(kw_only=True)
    faults: Faults = attrs.field(kw_only=True)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        self.scheduler.sleep(self.scheduler.random.uniform(0, _MOST_RECEIVE_SECONDS))
        if self.faults.maybe(FaultKind.REFUSE, 8):
            return WebhookAnswer(503)
        return super().send(url, headers, body)


def slow_gateway(scheduler: Scheduler, make: Callable[..., SlowGateway] = SlowGateway) -> SlowGateway:
    """Return a gateway with the simulated clock, which signs its notices."""
    return make(now=scheduler.clock.now, notice_secret=b"of the gateway", scheduler=scheduler)


@attrs.frozen
class Components:
    """The ports that all processes share, and how a process builds its box office over them."""

    ports: Ports
    inventory: LossyInventory
    box_office: Callable[[Ports, timedelta], BoxOffice] = BoxOffice


def memory_components(scheduler: Scheduler, faults: Faults, randomness: Ids) -> Components:
    """Return fresh components over the memory adapters."""
    clock = scheduler.clock
    inventory = LossyInventory()
    ports = attrs.evolve(
        memory_ports(SimulatedPaymentGateway(), clock, randomness, inventory),
        payment_queue=LossyQueue(faults=faults),
        payment_gateway=slow_gateway(scheduler),
        webhook_sender=SlowReceiver(scheduler=scheduler, faults=faults),
    )
    return Components(ports, inventory)

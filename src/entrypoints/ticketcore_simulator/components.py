"""The parts of the world outside: the memory adapters, some of them with ways to fail of their own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from ticketcore import BoxOffice, Unavailable
from ticketcore.domain import ids
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.ports import Approved, Declined, Ids, Ports, ReceivedMessage
from ticketcore_memory import MemoryInventory, MemoryPaymentQueue, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_simulator.faults import Fault, Faults
from ticketcore_simulator.scheduler import Scheduler

_MOST_DELAY_SECONDS = 90
_MOST_CHARGE_SECONDS = 10
_NOBODYS = OrderId(ids.text_of(bytes(ids.SECRET_BYTES)))


@attrs.define(eq=False)
class LossyInventory(MemoryInventory):
    """An inventory that can forget, and go back to what it once was."""

    _kept: tuple[Any, Any] | None = None

    def wipe(self) -> None:
        """Forget everything."""
        self._counters.clear()
        self._deadlines.clear()

    def keep(self) -> None:
        """Remember this state."""
        self._kept = copy.deepcopy((self._counters, self._deadlines))

    def set_back(self) -> None:
        """Go back to the remembered state."""
        if self._kept is not None:
            self._counters, self._deadlines = copy.deepcopy(self._kept)


@attrs.define(eq=False)
class LossyQueue(MemoryPaymentQueue):
    """A queue that takes a part of a batch, loses a message, and delivers late, twice, in any order, and what nobody sent."""

    faults: Faults = attrs.field(kw_only=True)

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        for order_id in order_ids:
            if self.faults.maybe(Fault.LOSS, 60):
                continue
            late = self.faults.maybe(Fault.DELAY, 10)
            delay = timedelta(seconds=self.faults.random.randrange(_MOST_DELAY_SECONDS) if late else 0)
            super().publish([order_id] * (1 + self.faults.maybe(Fault.DUPLICATE, 10)), now + delay)
            if order_id is not order_ids[-1] and self.faults.maybe(Fault.PART, 2):
                raise Unavailable("payment_queue", "no answer after a part of the messages")
        if self.faults.maybe(Fault.POISON, 30):
            super().publish([_NOBODYS], now)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        deliveries = list(super().receive(limit, now))
        if len(deliveries) > 1 and self.faults.maybe(Fault.REORDER, 2):
            self.faults.random.shuffle(deliveries)
        return deliveries


@attrs.define(eq=False)
class SlowGateway(SimulatedPaymentGateway):
    """A payment gateway that takes seconds to respond, and records the order of each attempt."""

    scheduler: Scheduler = attrs.field(kw_only=True)
    orders: dict[AttemptId, OrderId] = attrs.field(factory=dict)

    def charge(self, attempt: Attempt) -> Approved | Declined:
        self.orders[attempt.id] = attempt.order_id
        self.scheduler.sleep(self.scheduler.random.uniform(0, _MOST_CHARGE_SECONDS))
        return super().charge(attempt)


@attrs.frozen
class Parts:
    """What all processes share, and what each of them makes of it."""

    ports: Ports
    inventory: LossyInventory
    box_office: Callable[[Ports, timedelta], BoxOffice] = BoxOffice


def memory_parts(scheduler: Scheduler, faults: Faults, randomness: Ids) -> Parts:
    """Answer fresh parts over the memory adapters."""
    clock = scheduler.clock
    inventory = LossyInventory()
    ports = attrs.evolve(
        memory_ports(SimulatedPaymentGateway(), clock, randomness, inventory),
        payment_queue=LossyQueue(faults=faults),
        payment_gateway=SlowGateway(scheduler=scheduler),
    )
    return Parts(ports, inventory)

"""A stage in this process: the parts are the memory adapters, and a death is an exception that nothing catches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

import attrs

from tests.crashes.enumeration import Ended, Stage, act
from tests.crashes.killing import Death, Fate, Strike, deadly
from tests.crashes.laws import Books, Letter
from tests.crashes.process import Desk, Facts
from tests.crashes.stories import STORIES
from tests.entrypoints.toy_ledger import ToyBackend
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.ports import Ports
from ticketcore_bootstrap import Assembly, read_settings
from ticketcore_memory import (
    MemoryLedger,
    MemoryMailer,
    MemoryOrders,
    SeededIds,
    VirtualClock,
    memory_ports,
)
from ticketcore_simulated_payments import SimulatedPaymentGateway

Change = Callable[[Ports], Ports]
_SETTINGS = read_settings({})


def same(ports: Ports) -> Ports:
    """Break nothing."""
    return ports


def ledger_of(ports: Ports) -> MemoryLedger:
    """Answer the rows behind the memory adapters."""
    assert isinstance(ports.orders, MemoryOrders)
    return ports.orders._ledger


@attrs.frozen
class MemoryBooks(Books):
    """Looks into the memory adapters."""

    _ports: Ports

    def order_ids(self) -> Sequence[OrderId]:
        return list(ledger_of(self._ports).orders)

    def kept(self) -> set[AttemptId]:
        assert isinstance(self._ports.payment_gateway, SimulatedPaymentGateway)
        return set(self._ports.payment_gateway.charged)

    def letters(self) -> Sequence[Letter]:
        assert isinstance(self._ports.mailer, MemoryMailer)
        sent = self._ports.mailer.sent
        return [Letter(mail.key, tuple(image.png for image in mail.images)) for mail in sent]


@attrs.frozen(eq=False)
class MemoryStage(Stage):
    """``rule`` is put between every process and its ports, to break what the process does."""

    _ports: Ports
    _clock: VirtualClock
    _rule: Change
    _facts: Facts = attrs.field(factory=Facts)

    @property
    def books(self) -> Books:
        return MemoryBooks(self._ports)

    def desk(self) -> Desk:
        return self._process(Fate())

    def _process(self, fate: Fate) -> Desk:
        assembly = Assembly(_SETTINGS, self._rule(deadly(self._ports, fate)), ToyBackend("toy:memory"), ExitStack())
        return Desk(assembly, self._ports, self._clock, self._facts)

    def perform(self, name: str, strike: Strike | None) -> Ended:
        fate = Fate(strike)
        with suppress(Death):
            return act(self._process(fate), STORIES[name], fate)
        return Ended(tuple(fate.calls), died=True)


@contextmanager
def on_memory(part: Change = same, rule: Change = same) -> Iterator[Stage]:
    """Yield a fresh stage; ``part`` breaks what outlives a process, ``rule`` what a process does."""
    clock = VirtualClock()
    yield MemoryStage(part(memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1))), clock, rule)

"""An environment in this process: the memory adapters, and a crash that is an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress

import attrs

from tests.crashes.driver import Driver, Facts
from tests.crashes.enumeration import Environment, Result, run_request
from tests.crashes.fault_injection import Crash, FaultInjector, Injection, with_faults
from tests.crashes.laws import Inspector, SentMail
from tests.crashes.scenarios import SCENARIOS
from tests.entrypoints.toy_ledger import ToyBackend
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.money import Money
from ticketcore.ports import Ports
from ticketcore_bootstrap import Assembly, read_settings
from ticketcore_memory import MemoryLedger, MemoryMailer, MemoryOrders, SeededIds, VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway

PortsChange = Callable[[Ports], Ports]
_SETTINGS = read_settings({})


def same(ports: Ports) -> Ports:
    """Return the ports unchanged."""
    return ports


def ledger_of(ports: Ports) -> MemoryLedger:
    """Return the rows behind the memory adapters."""
    assert isinstance(ports.orders, MemoryOrders)
    return ports.orders._ledger


@attrs.frozen
class MemoryInspector(Inspector):
    """Reads from the memory adapters."""

    _ports: Ports

    def order_ids(self) -> Sequence[OrderId]:
        return list(ledger_of(self._ports).orders)

    def kept(self) -> Mapping[AttemptId, Money]:
        assert isinstance(self._ports.payment_gateway, SimulatedPaymentGateway)
        return self._ports.payment_gateway.charged

    def sent_mails(self) -> Sequence[SentMail]:
        assert isinstance(self._ports.mailer, MemoryMailer)
        sent = self._ports.mailer.sent
        return [SentMail(mail.key, tuple(image.png for image in mail.images)) for mail in sent]


@attrs.frozen(eq=False)
class MemoryEnvironment(Environment):
    """``rule`` wraps the ports of every process, to break what the process does with them."""

    _ports: Ports
    _clock: VirtualClock
    _rule: PortsChange
    _facts: Facts = attrs.field(factory=Facts)

    @property
    def inspector(self) -> Inspector:
        return MemoryInspector(self._ports)

    def driver(self) -> Driver:
        return self._process(FaultInjector())

    def _process(self, injector: FaultInjector) -> Driver:
        assembly = Assembly(
            _SETTINGS, self._rule(with_faults(self._ports, injector)), ToyBackend("toy:memory"), ExitStack()
        )
        return Driver(assembly, self._ports, self._clock, self._facts)

    def request(self, name: str, injection: Injection | None) -> Result:
        injector = FaultInjector(injection)
        with suppress(Crash):
            return run_request(self._process(injector), SCENARIOS[name], injector)
        return Result(tuple(injector.calls), crashed=True)


@contextmanager
def memory_environment(component: PortsChange = same, rule: PortsChange = same) -> Iterator[Environment]:
    """Yield a new environment; ``component`` breaks what outlives a process, ``rule`` what a process does."""
    clock = VirtualClock()
    yield MemoryEnvironment(component(memory_ports(SimulatedPaymentGateway(), clock, SeededIds(1))), clock, rule)

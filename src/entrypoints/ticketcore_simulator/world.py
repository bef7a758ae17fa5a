"""Simulated processes over shared components: every call of a port may switch tasks and may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn, TypeVar

import attrs
from greenlet import greenlet

from ticketcore import BoxOffice, Organiser
from ticketcore.domain import ids
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.errors import GatewayUnavailable, Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.ports import Clock
from ticketcore_memory import VirtualClock
from ticketcore_simulator.components import Components
from ticketcore_simulator.faults import FaultKind, Faults
from ticketcore_simulator.scheduler import Scheduler

T = TypeVar("T")

#: The ports that call another process or a store; the others only compute.
_LEDGER = frozenset({"events", "orders", "tickets", "outbox", "deliveries", "leases", "webhooks"})
_OUTSIDE = (*sorted(_LEDGER), "inventory", "payment_queue", "payment_gateway", "files", "mailer", "webhook_sender")
#: The length of the id of an order or attempt; an event's id is shorter.
_SECRET_LENGTH = len(ids.text_of(bytes(ids.SECRET_BYTES)))
_MOST_STALL_SECONDS = 40
_MOST_SKEW_SECONDS = 3


class Crash(BaseException):
    """The process has crashed: none of its tasks continues."""


@attrs.define(eq=False)
class SkewedClock(Clock):
    """The clock of one process, ahead of true time or behind it."""

    _true: VirtualClock
    _ahead: timedelta

    def now(self) -> datetime:
        return self._true.moment + self._ahead


@attrs.define(eq=False)
class Process:
    """One process with a box office of its own; ``generation`` counts its starts."""

    name: str
    generation: int = 1
    box_office: BoxOffice = attrs.field(init=False)
    organiser: Organiser = attrs.field(init=False)


@attrs.define(eq=False)
class World:
    """The processes' environment: scheduler, faults, shared components, outages and row locks."""

    scheduler: Scheduler
    faults: Faults
    components: Components
    trace: list[str] | None = None
    _outages: dict[str, datetime] = attrs.field(factory=dict, init=False)
    _row_locks: set[EventId] = attrs.field(factory=set, init=False)
    _waiting: list[greenlet] = attrs.field(factory=list, init=False)

    def start_process(self, name: str, hold: timedelta) -> Process:
        """Return a new process over the shared components."""
        process = Process(name)
        ports = self.components.ports
        proxies = {component: _PortProxy(self, process, component, getattr(ports, component)) for component in _OUTSIDE}
        skew = self.scheduler.random.randint(-_MOST_SKEW_SECONDS, _MOST_SKEW_SECONDS)
        ahead = timedelta(seconds=skew if self.faults.maybe(FaultKind.SKEW, 2) else 0)
        faulty = ports.replacing(**proxies, clock=SkewedClock(self.scheduler.clock, ahead))
        process.box_office = self.components.box_office(faulty, hold)
        process.organiser = Organiser(faulty)
        return process

    def outage(self, component: str, seconds: float) -> None:
        """Make a component refuse every call for some seconds."""
        self.note("-", f"{component} refuses every call for {seconds:.0f} s")
        self._outages[component] = self.scheduler.clock.moment + timedelta(seconds=seconds)

    def note(self, who: str, what: str) -> None:
        """Append a line to the trace, if there is one."""
        if self.trace is not None:
            since = self.scheduler.clock.moment - VirtualClock().moment
            self.trace.append(f"{since.total_seconds():10.3f}  {who:9}  {what}")

    def call(
        self, process: Process, component: str, verb: str, method: Callable[..., T], *arguments: Any, **options: Any
    ) -> T:
        """Make one call of a process to a component.  Other tasks run before it, and again only before the next call."""
        generation = process.generation
        self.scheduler.hand_over()
        self._check_generation(process, generation)
        while self._row_locks and component in _LEDGER:
            self.scheduler.wait_in(self._waiting)
            self._check_generation(process, generation)
        fault = self.faults.of_call()
        if fault is None and self.trace is None and not (self._outages and self._is_out(component)):
            return method(*arguments, **options)
        what = f"{component}.{verb}{_about(arguments)}"
        return self._traced_call(process, component, what, partial(method, *arguments, **options), fault)

    def _traced_call(
        self, process: Process, component: str, what: str, method: Callable[[], T], fault: FaultKind | None
    ) -> T:
        if fault is FaultKind.STALL:
            self.note(process.name, f"{what}: stalls")
            generation = process.generation
            self.scheduler.sleep(self.faults.random.uniform(1, _MOST_STALL_SECONDS))
            self._check_generation(process, generation)
        if fault is FaultKind.REFUSE or self._is_out(component):
            self.note(process.name, f"{what}: refused")
            raise _failure(component, "refused")
        dies_after = fault is FaultKind.CRASH and self.faults.random.randrange(2)
        if fault is FaultKind.CRASH and not dies_after:
            self._crash(process, f"dies before {what}")
        result = method()
        self.note(process.name, what)
        if dies_after:
            self._crash(process, f"dies after {what}")
        if fault is FaultKind.LOSE:
            self.note(process.name, f"{what}: the response is lost")
            raise _failure(component, "no response")
        return result

    @contextmanager
    def locked(
        self, process: Process, event_id: EventId, method: Callable[..., AbstractContextManager[T]]
    ) -> Iterator[T]:
        """Lock an event's row; calls of the ledger wait until it is unlocked."""
        context = self.call(process, "events", "locked", method, event_id)
        self._row_locks.add(event_id)
        try:
            with context as found:
                yield found
        finally:
            self._row_locks.discard(event_id)
            self.scheduler.wake_all(self._waiting)

    def _is_out(self, component: str) -> bool:
        until = self._outages.get("ledger" if component in _LEDGER else component)
        return until is not None and self.scheduler.clock.moment < until and not self.faults.over

    def _check_generation(self, process: Process, generation: int) -> None:
        if process.generation != generation:
            raise Crash

    def _crash(self, process: Process, how: str) -> NoReturn:
        self.note(process.name, how)
        process.generation += 1
        raise Crash


def _failure(component: str, reason: str) -> Unavailable:
    return GatewayUnavailable(reason) if component == "payment_gateway" else Unavailable(component, reason)


class _PortProxy:
    """A port whose calls may switch tasks and fail."""

    def __init__(self, world: World, process: Process, component: str, port: object) -> None:
        self._world, self._process, self._component, self._port = world, process, component, port

    def __getattr__(self, verb: str) -> Any:
        method: Any = getattr(self._port, verb)
        if not callable(method):
            return method
        if verb == "locked":
            call = partial(self._lock, method)
        else:
            call = partial(self._world.call, self._process, self._component, verb, method)
        setattr(self, verb, call)
        return call

    def _lock(self, method: Callable[..., Any], event_id: EventId) -> AbstractContextManager[Any]:
        return self._world.locked(self._process, event_id, method)


def _about(arguments: tuple[object, ...]) -> str:
    """Return the digest of the order that a call is about, in parentheses, or nothing if it is about none."""
    for argument in arguments:
        order_id = argument.order.id if isinstance(argument, OrderRecord) else getattr(argument, "order_id", argument)
        if isinstance(order_id, str) and len(order_id) == _SECRET_LENGTH:
            return f"({ids.digest(order_id)})"
    return ""

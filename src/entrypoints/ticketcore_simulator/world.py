"""Processes over shared parts: every call of a port is a place where others may go on and where something may fail."""

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
from ticketcore_simulator.components import Parts
from ticketcore_simulator.faults import Fault, Faults
from ticketcore_simulator.scheduler import Scheduler

T = TypeVar("T")

#: The ports that lie outside a process; the others compute.
_OUTSIDE = ("events", "orders", "tickets", "outbox", "inventory", "payment_queue", "payment_gateway", "files", "mailer")
_LEDGER = frozenset({"events", "orders", "tickets", "outbox"})
#: Of an order's or attempt's id, longer than an event's.
_SECRET_LENGTH = len(ids.text_of(bytes(ids.SECRET_BYTES)))
_MOST_STALL_SECONDS = 40
_MOST_SKEW_SECONDS = 3


class Crash(BaseException):
    """The process that was running has died: nothing of it goes on."""


@attrs.define(eq=False)
class SkewedClock(Clock):
    """The clock of one process."""

    _true: VirtualClock
    _ahead: timedelta

    def now(self) -> datetime:
        return self._true.moment + self._ahead


@attrs.define(eq=False)
class Process:
    """One process with a box office of its own; ``life`` counts how often it was started."""

    name: str
    life: int = 1
    box_office: BoxOffice = attrs.field(init=False)
    organiser: Organiser = attrs.field(init=False)


@attrs.define(eq=False)
class World:
    """Everything that there is."""

    scheduler: Scheduler
    faults: Faults
    parts: Parts
    trace: list[str] | None = None
    _outages: dict[str, datetime] = attrs.field(factory=dict, init=False)
    _row_locks: set[EventId] = attrs.field(factory=set, init=False)
    _waiting: list[greenlet] = attrs.field(factory=list, init=False)

    def start_process(self, name: str, hold: timedelta) -> Process:
        """Answer a new process over the shared parts."""
        process = Process(name)
        doors = {part: _Door(self, process, part, getattr(self.parts.ports, part)) for part in _OUTSIDE}
        skew = self.scheduler.random.randint(-_MOST_SKEW_SECONDS, _MOST_SKEW_SECONDS)
        ahead = timedelta(seconds=skew if self.faults.maybe(Fault.SKEW, 2) else 0)
        ports = self.parts.ports.replacing(**doors, clock=SkewedClock(self.scheduler.clock, ahead))
        process.box_office = self.parts.box_office(ports, hold)
        process.organiser = Organiser(ports)
        return process

    def outage(self, part: str, seconds: float) -> None:
        """Let a part refuse every call for a while."""
        self.note("-", f"{part} refuses every call for {seconds:.0f} s")
        self._outages[part] = self.scheduler.clock.moment + timedelta(seconds=seconds)

    def note(self, who: str, what: str) -> None:
        """Write a line of the trace, if there is to be one."""
        if self.trace is not None:
            since = self.scheduler.clock.moment - VirtualClock().moment
            self.trace.append(f"{since.total_seconds():10.3f}  {who:9}  {what}")

    def call(
        self, process: Process, part: str, verb: str, method: Callable[..., T], *arguments: Any, **options: Any
    ) -> T:
        """Make one call of a process to a part.  Others may go on before it; what comes after is before the next call."""
        life = process.life
        self.scheduler.hand_over()
        self._go_on(process, life)
        while self._row_locks and part in _LEDGER:
            self.scheduler.wait_in(self._waiting)
            self._go_on(process, life)
        fault = self.faults.of_call()
        if fault is None and self.trace is None and not (self._outages and self._is_out(part)):
            return method(*arguments, **options)
        what = f"{part}.{verb}{_about(arguments)}"
        return self._told_call(process, part, what, partial(method, *arguments, **options), fault)

    def _told_call(self, process: Process, part: str, what: str, method: Callable[[], T], fault: Fault | None) -> T:
        if fault is Fault.STALL:
            self.note(process.name, f"{what}: stalls")
            life = process.life
            self.scheduler.sleep(self.faults.random.uniform(1, _MOST_STALL_SECONDS))
            self._go_on(process, life)
        if fault is Fault.REFUSE or self._is_out(part):
            self.note(process.name, f"{what}: refused")
            raise _failure(part, "refused")
        dies_after = fault is Fault.CRASH and self.faults.random.randrange(2)
        if fault is Fault.CRASH and not dies_after:
            self._crash(process, f"dies before {what}")
        answer = method()
        self.note(process.name, what)
        if dies_after:
            self._crash(process, f"dies after {what}")
        if fault is Fault.LOSE:
            self.note(process.name, f"{what}: the answer is lost")
            raise _failure(part, "no answer")
        return answer

    @contextmanager
    def locked(
        self, process: Process, event_id: EventId, method: Callable[..., AbstractContextManager[T]]
    ) -> Iterator[T]:
        """Lock an event's row; whoever would change the ledger meanwhile waits."""
        context = self.call(process, "events", "locked", method, event_id)
        self._row_locks.add(event_id)
        try:
            with context as found:
                yield found
        finally:
            self._row_locks.discard(event_id)
            self.scheduler.let_go(self._waiting)

    def _is_out(self, part: str) -> bool:
        until = self._outages.get("ledger" if part in _LEDGER else part)
        return until is not None and self.scheduler.clock.moment < until and not self.faults.over

    def _go_on(self, process: Process, life: int) -> None:
        if process.life != life:
            raise Crash

    def _crash(self, process: Process, how: str) -> NoReturn:
        self.note(process.name, how)
        process.life += 1
        raise Crash


def _failure(part: str, reason: str) -> Unavailable:
    return GatewayUnavailable(reason) if part == "payment_gateway" else Unavailable(part, reason)


class _Door:
    """A port as a process sees it."""

    def __init__(self, world: World, process: Process, part: str, port: object) -> None:
        self._world, self._process, self._part, self._port = world, process, part, port

    def __getattr__(self, verb: str) -> Any:
        method: Any = getattr(self._port, verb)
        if not callable(method):
            return method
        if verb == "locked":
            call = partial(self._lock, method)
        else:
            call = partial(self._world.call, self._process, self._part, verb, method)
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

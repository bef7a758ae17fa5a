"""Ports at which a process crashes, or continues without a response.

A crash after a call also stands for a crash between its effect and its response: the response dies with the process.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, NoReturn, TypeVar

import attrs

from ticketcore.domain.errors import GatewayUnavailable, Unavailable
from ticketcore.ports import Ports

T = TypeVar("T")

#: The ports that call another process or a store; the others only compute.
OUTSIDE = (
    "events",
    "orders",
    "tickets",
    "outbox",
    "deliveries",
    "keys",
    "leases",
    "webhooks",
    "inventory",
    "payment_queue",
    "payment_gateway",
    "files",
    "mailer",
    "webhook_sender",
)


class FaultKind(enum.StrEnum):
    """The faults of a call; in ``LOST`` it takes effect, in ``REFUSED`` it does not."""

    BEFORE = "dies before"
    AFTER = "dies after"
    LOST = "gets no response from"
    REFUSED = "cannot reach"


#: The faults that end the process.
CRASHES = (FaultKind.BEFORE, FaultKind.AFTER)


class Crash(BaseException):
    """The process has crashed."""


@attrs.frozen
class Injection:
    """A fault at one of a process's calls, which are counted from 1."""

    call: int
    kind: FaultKind


@attrs.define(eq=False)
class FaultInjector:
    """Counts the calls of one process and injects at most one fault; ``kill`` ends a real process."""

    injection: Injection | None = None
    kill: Callable[[], object] = lambda: None
    calls: list[str] = attrs.field(factory=list)
    _crashed: bool = False

    def call(self, component: str, verb: str, method: Callable[[], T]) -> T:
        """Make a call, or inject the fault."""
        if self._crashed:
            raise Crash
        self.calls.append(f"{component}.{verb}")
        if self.injection is None or self.injection.call != len(self.calls):
            return method()
        self._take_effect(method)
        if self.injection.kind in CRASHES:
            self._crash()
        reason = self.injection.kind.value
        raise GatewayUnavailable(reason) if component == "payment_gateway" else Unavailable(component, reason)

    def _take_effect(self, method: Callable[[], object]) -> None:
        if self.injection and self.injection.kind in (FaultKind.AFTER, FaultKind.LOST):
            with suppress(Unavailable):
                method()

    def _crash(self) -> NoReturn:
        self._crashed = True
        self.kill()
        raise Crash


class _PortProxy:
    """A port whose calls may fail."""

    def __init__(self, injector: FaultInjector, component: str, port: object) -> None:
        self._injector, self._component, self._port = injector, component, port

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._port, verb)
        if not callable(method):
            return method
        call = self._lock if verb == "locked" else self._call
        return partial(call, verb, method)

    def _call(self, verb: str, method: Callable[..., T], *arguments: Any, **options: Any) -> T:
        return self._injector.call(self._component, verb, partial(method, *arguments, **options))

    @contextmanager
    def _lock(self, verb: str, method: Callable[..., AbstractContextManager[T]], *arguments: Any) -> Iterator[T]:
        """Count locking and unlocking as one call each; a crash releases the lock."""
        with ExitStack() as held:
            yield self._injector.call(self._component, verb, lambda: held.enter_context(method(*arguments)))
            self._injector.call(self._component, "unlocked", held.close)


def with_faults(ports: Ports, injector: FaultInjector) -> Ports:
    """Return ports whose calls go through ``injector``."""
    return ports.replacing(**{name: _PortProxy(injector, name, getattr(ports, name)) for name in OUTSIDE})

"""Ports at which a process dies, or lives on without an answer.

What a killed process was told dies with it: to die after a call and to die between its effect and its answer are the same.
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

#: The ports that lie outside a process; the others compute.
OUTSIDE = (
    "events",
    "orders",
    "tickets",
    "outbox",
    "keys",
    "inventory",
    "payment_queue",
    "payment_gateway",
    "files",
    "mailer",
)


class Way(enum.StrEnum):
    """What may happen to a process at a call of a port."""

    BEFORE = "dies before"
    AFTER = "dies after"
    LOST = "hears no answer of"
    REFUSED = "cannot reach"


#: After these nothing of the process goes on.
DEADLY = (Way.BEFORE, Way.AFTER)


class Death(BaseException):
    """The process has died: nothing of it goes on."""


@attrs.frozen
class Strike:
    """What happens at which of a process's calls, counted from 1."""

    call: int
    way: Way


@attrs.define(eq=False)
class Fate:
    """Counts the calls of one process and strikes at one of them, or at none; ``kill`` is what really ends it."""

    strike: Strike | None = None
    kill: Callable[[], object] = lambda: None
    calls: list[str] = attrs.field(factory=list)
    _dead: bool = False

    def call(self, part: str, verb: str, method: Callable[[], T]) -> T:
        """Make a call, or what is left of it."""
        if self._dead:
            raise Death
        self.calls.append(f"{part}.{verb}")
        if self.strike is None or self.strike.call != len(self.calls):
            return method()
        self._take_effect(method)
        if self.strike.way in DEADLY:
            self._die()
        reason = self.strike.way.value
        raise GatewayUnavailable(reason) if part == "payment_gateway" else Unavailable(part, reason)

    def _take_effect(self, method: Callable[[], object]) -> None:
        if self.strike and self.strike.way in (Way.AFTER, Way.LOST):
            with suppress(Unavailable):
                method()

    def _die(self) -> NoReturn:
        self._dead = True
        self.kill()
        raise Death


class _Door:
    """A port as a process sees it."""

    def __init__(self, fate: Fate, part: str, port: object) -> None:
        self._fate, self._part, self._port = fate, part, port

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._port, verb)
        if not callable(method):
            return method
        pass_through = self._lock if verb == "locked" else self._call
        return partial(pass_through, verb, method)

    def _call(self, verb: str, method: Callable[..., T], *arguments: Any, **options: Any) -> T:
        return self._fate.call(self._part, verb, partial(method, *arguments, **options))

    @contextmanager
    def _lock(self, verb: str, method: Callable[..., AbstractContextManager[T]], *arguments: Any) -> Iterator[T]:
        """To lock and to unlock are a call each; a lock is let go when its holder dies."""
        with ExitStack() as held:
            yield self._fate.call(self._part, verb, lambda: held.enter_context(method(*arguments)))
            self._fate.call(self._part, "unlocked", held.close)


def deadly(ports: Ports, fate: Fate) -> Ports:
    """Answer the ports of a process that has this fate."""
    return ports.replacing(**{part: _Door(fate, part, getattr(ports, part)) for part in OUTSIDE})

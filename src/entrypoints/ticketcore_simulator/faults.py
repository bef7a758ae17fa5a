"""Injected faults: their kinds, when they happen, and how often they did."""

from __future__ import annotations

import enum
import random
from collections import Counter
from collections.abc import Collection

import attrs


class FaultKind(enum.StrEnum):
    """The kinds of injected faults; the values are those of ``ticketcore simulate --faults``."""

    REFUSE = "refuse"
    LOSE = "lose"
    CRASH = "crash"
    STALL = "stall"
    WIPE = "wipe"
    SET_BACK = "set-back"
    PART = "part"
    LOSS = "loss"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    REORDER = "reorder"
    POISON = "poison"
    OUTAGE = "outage"
    SKEW = "skew"


MEANINGS = {
    FaultKind.REFUSE: "a call fails without effect, as on a serialization failure or a refused connection",
    FaultKind.LOSE: "a call takes effect, but its response is lost; a gateway charges and then times out",
    FaultKind.CRASH: "the process dies before, within or after a call",
    FaultKind.STALL: "a call takes so long that reservations and the visibility of messages run out",
    FaultKind.WIPE: "the inventory forgets everything",
    FaultKind.SET_BACK: "the inventory goes back to an older state, as when a late replica is promoted",
    FaultKind.PART: "the queue takes some messages of a batch and then fails",
    FaultKind.LOSS: "the queue loses a message, as when it is purged",
    FaultKind.DUPLICATE: "the queue delivers a message twice",
    FaultKind.DELAY: "the queue delivers a message late",
    FaultKind.REORDER: "the queue delivers messages in any order",
    FaultKind.POISON: "the queue delivers a message for an order that does not exist",
    FaultKind.OUTAGE: "the ledger, the queue, the files or the mail refuse every call for a while",
    FaultKind.SKEW: "the clocks of the processes differ by seconds",
}

#: The kinds that a call of a port may meet.
OF_CALLS = (FaultKind.REFUSE, FaultKind.LOSE, FaultKind.CRASH, FaultKind.STALL)
_ONE_CALL_IN = 40


@attrs.define(eq=False)
class Faults:
    """Draws faults from a seeded generator: at most ``most``, and none whose number is in ``spared``."""

    random: random.Random
    kinds: Collection[FaultKind]
    most: int | None = None
    spared: Collection[int] = ()
    injected: Counter[FaultKind] = attrs.field(factory=Counter, init=False)
    drawn: int = attrs.field(default=0, init=False)
    over: bool = attrs.field(default=False, init=False)
    _of_calls: list[FaultKind] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._of_calls = [kind for kind in OF_CALLS if kind in self.kinds]

    def of_call(self) -> FaultKind | None:
        """Return the fault of the next call, usually ``None``."""
        if self.over or not self._of_calls or self.random.random() * _ONE_CALL_IN >= 1:
            return None
        kind = self.random.choice(self._of_calls)
        return kind if self._inject(kind) else None

    def maybe(self, kind: FaultKind, one_in: int) -> bool:
        """Return whether a fault of this kind happens now, with a probability of one in ``one_in``."""
        return not self.over and kind in self.kinds and self.random.random() * one_in < 1 and self._inject(kind)

    def _inject(self, kind: FaultKind) -> bool:
        """Number a drawn fault; return whether it is injected."""
        if self.drawn == self.most:
            return False
        self.drawn += 1
        if self.drawn - 1 in self.spared:
            return False
        self.injected[kind] += 1
        return True

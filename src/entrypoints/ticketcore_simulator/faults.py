"""What may go wrong, when, and how often it did."""

from __future__ import annotations

import enum
import random
from collections import Counter
from collections.abc import Collection

import attrs


class Fault(enum.StrEnum):
    """The kinds of faults, by the words that ``ticketcore simulate --faults`` takes."""

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
    Fault.REFUSE: "a call fails without effect, as on a serialization failure or a refused connection",
    Fault.LOSE: "a call takes effect, but its answer is lost; a gateway charges and then times out",
    Fault.CRASH: "the process dies before, within or after a call",
    Fault.STALL: "a call takes so long that reservations and the visibility of messages run out",
    Fault.WIPE: "the inventory forgets everything",
    Fault.SET_BACK: "the inventory goes back to an older state, as when a late replica is promoted",
    Fault.PART: "the queue takes some messages of a batch and then fails",
    Fault.LOSS: "the queue loses a message, as when somebody empties it",
    Fault.DUPLICATE: "the queue delivers a message twice",
    Fault.DELAY: "the queue delivers a message late",
    Fault.REORDER: "the queue delivers messages in any order",
    Fault.POISON: "the queue delivers a message for an order that does not exist",
    Fault.OUTAGE: "the ledger, the queue, the files or the mail refuse every call for a while",
    Fault.SKEW: "the clocks of the processes differ by seconds",
}

#: Those that a single call may meet.
OF_CALLS = (Fault.REFUSE, Fault.LOSE, Fault.CRASH, Fault.STALL)
_ONE_CALL_IN = 40


@attrs.define(eq=False)
class Faults:
    """Draws faults from a seed: ``most`` of them, but for the ``spared`` ones, to find those that matter."""

    random: random.Random
    kinds: Collection[Fault]
    most: int | None = None
    spared: Collection[int] = ()
    injected: Counter[Fault] = attrs.field(factory=Counter, init=False)
    drawn: int = attrs.field(default=0, init=False)
    over: bool = attrs.field(default=False, init=False)
    _of_calls: list[Fault] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._of_calls = [kind for kind in OF_CALLS if kind in self.kinds]

    def of_call(self) -> Fault | None:
        """Answer what the next call meets, mostly nothing."""
        if self.over or not self._of_calls or self.random.random() * _ONE_CALL_IN >= 1:
            return None
        kind = self.random.choice(self._of_calls)
        return kind if self.strikes(kind) else None

    def maybe(self, kind: Fault, one_in: int) -> bool:
        """Whether this happens now, as it does once in so many times."""
        return not self.over and kind in self.kinds and self.random.random() * one_in < 1 and self.strikes(kind)

    def strikes(self, kind: Fault) -> bool:
        """Count a fault that was drawn, and tell whether it happens."""
        if self.drawn == self.most:
            return False
        self.drawn += 1
        if self.drawn - 1 in self.spared:
            return False
        self.injected[kind] += 1
        return True

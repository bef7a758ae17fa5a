"""What the payment protocol's states are made of: one order, its money, its tickets, and who works on it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ticketcore.domain import orders

HOLDING = tuple(status.value for status in orders.HOLDING)
TRANSITIONS = {before.value: {after.value for after in afters} for before, afters in orders.TRANSITIONS.items()}

#: Who has a message in hand: nobody, somebody who is no more, nobody ever again; other numbers are workers.
READY, ORPHAN, DEAD = -1, -2, -3

#: Rows of the outbox.
PAYMENT, REFUND, REMINDER = "payment", "refund", "reminder"


class Rules(Protocol):
    """The protocol as it is built, or ``without`` one of its rules."""

    @property
    def without(self) -> str: ...


class Message(NamedTuple):
    """A message of the queue: who has it in hand, and how often it was delivered."""

    holder: int = READY
    receives: int = 0


class Gateway(NamedTuple):
    """Another company's books: what it answers to the attempt, and how often money went there and back."""

    answer: str = ""
    charges: int = 0
    returns: int = 0


class Call(NamedTuple):
    """A call of the box office under way: its next step, and the rows of the outbox that it has read."""

    step: str
    rows: tuple[str, ...] = ()


class State(NamedTuple):
    """Everything.  ``workers`` are the next steps of runs of ``processing.process``; an idle one has none.

    ``sets`` counts how often tickets were issued, ``wronged`` is a law that the last move broke.
    """

    status: str = "reserved"
    attempt: str = ""
    cursor: str = ""
    tickets: str = ""
    sets: int = 0
    held: int = 1
    sold: int = 0
    mails: int = 0
    gateway: Gateway = Gateway()
    outbox: tuple[str, ...] = ()
    queue: tuple[Message, ...] = ()
    workers: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    late: bool = False
    cancelled: bool = False
    pays: int = 0
    refunds: int = 0
    faults: int = 0
    wronged: str = ""

    def worker(self, which: int, step: str) -> State:
        """Answer the state with a worker at another step."""
        return self._replace(workers=(*self.workers[:which], step, *self.workers[which + 1 :]))

    def messages(self, which: int, *instead: Message) -> State:
        """Answer the state with other messages instead of that one."""
        return self._replace(queue=tuple(sorted([*self.queue[:which], *instead, *self.queue[which + 1 :]])))

    def held_by(self, holder: int) -> list[int]:
        """Answer the messages that somebody has in hand, by a receipt that is not old."""
        return [number for number, message in enumerate(self.queue) if message.holder == holder]


def moved(state: State, status: str) -> State:
    """Move the order, and its place with it."""
    held = (status in HOLDING) - (state.status in HOLDING)
    sold = (status == "paid") - (state.status == "paid")
    wronged = "" if status in TRANSITIONS[state.status] else f"no order goes from {state.status} to {status}"
    return state._replace(status=status, held=state.held + held, sold=state.sold + sold, wronged=wronged)


def canonical(state: State) -> State:
    """Answer what stands for all states in which the workers are called otherwise."""
    order = sorted(range(len(state.workers)), key=lambda which: (state.workers[which], state.held_by(which)))
    if order == list(range(len(order))):
        return state
    names = {READY: READY, ORPHAN: ORPHAN, DEAD: DEAD} | {old: new for new, old in enumerate(order)}
    queue = tuple(sorted([Message(names[holder], receives) for holder, receives in state.queue]))
    return state._replace(queue=queue, workers=tuple([state.workers[which] for which in order]))

"""The states of the payment protocol: one order, its money, its tickets, and the processes that work on it.

Money is counted in tickets.  No ticket is used: what becomes of the money of used ones is the same.

Loading an order and writing a decision about it are two steps, and other processes act between them.  A process keeps what
it loaded as a ``Record``.  Three abstractions keep the states few:

- A revision is compared with the row's and with nothing else, and it only rises.  So a record carries no number, but
  whether the row still has the revision that was loaded (``is_current``), which every write of the row ends.
- A record that can no longer be written leads to a conflict and to nothing else, whatever it says: every step between a
  load and a write depends on the name of the step alone.  So all such records are one, ``NO_RECORD``.  They stay such: the
  revision never returns, and a cancelled event stays cancelled.
- A conflict changes nothing, and once a write would conflict it would at any later moment.  So the conflict and the load
  that follows it are one step: another process that acts between them might as well have acted before the conflict.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ticketcore.domain import orders

HOLDING = tuple(status.value for status in orders.HOLDING)
TRANSITIONS = {before.value: {after.value for after in afters} for before, afters in orders.TRANSITIONS.items()}

#: The states of the payment attempt in each state of its order; an empty one is no attempt.
ATTEMPTS = {
    "reserved": ("",),
    "processing": ("pending", "waiting"),
    "paid": ("captured", "refunding"),
    "expired": ("",),
    "cancelled": ("",),
    "declined": ("declined", "refunding", "refunded"),
    "refunded": ("refunding", "refunded", "cancelling", "cancelled"),
}

#: A message's holder if it is no worker's number: none, a worker that died, none ever again.
READY, ORPHAN, DEAD = -1, -2, -3

#: Rows of the outbox.
PAYMENT, REFUND, REMINDER, POLL = "payment", "refund", "reminder", "poll"


class Rules(Protocol):
    """The protocol as it is built, or ``without`` one of its rules."""

    @property
    def without(self) -> str: ...


class Refund(NamedTuple):
    """Money that the gateway is asked to return, and the key under which it does so at most once."""

    key: int
    amount: int


class Returning(NamedTuple):
    """The money's way back, as ``domain.attempts.Attempt`` has it."""

    owed: int = 0
    requested: int = 0
    returned: int = 0

    @property
    def refund(self) -> Refund | None:
        return None if self.requested == self.returned else Refund(self.returned, self.requested - self.returned)


class Record(NamedTuple):
    """An order as a process has it in hand: what it loaded, or what it wrote since; ``refunded`` are numbers of tickets."""

    status: str = ""
    attempt: str = ""
    event_is_cancelled: bool = False
    is_current: bool = False
    quantity: int = 1
    refunded: tuple[int, ...] = ()
    returning: Returning = Returning()

    def __str__(self) -> str:
        return ", ".join(filter(None, self[:2]))


NO_RECORD = Record()


class Message(NamedTuple):
    """A message of the queue: its holder, and how often it was received."""

    holder: int = READY
    receives: int = 0


class Gateway(NamedTuple):
    """The gateway's books: its answer to the attempt, how often it took the money, and what it returned."""

    answer: str = ""
    charges: int = 0
    returns: tuple[Refund, ...] = ()

    @property
    def returned(self) -> int:
        return sum([each.amount for each in self.returns])


class Worker(NamedTuple):
    """A worker: its next step in ``worker.process``, or none if it is idle, the record in its hand, and the refund it began."""

    step: str = ""
    record: Record = NO_RECORD
    refund: Refund | None = None


class Call(NamedTuple):
    """A running call of the box office, the organiser or ``sweeper.publish``.

    ``step`` is its next step, ``rows`` are the rows of the outbox that it has read, ``is_late`` tells whether the clock that
    it read at its beginning was past the deadline.  ``ticket`` is the one to refund, or 0 for all; ``refund`` is the one that
    was begun, with no amount if there is none.
    """

    step: str
    record: Record = NO_RECORD
    rows: tuple[str, ...] = ()
    is_late: bool = False
    ticket: int = 0
    refund: Refund = Refund(0, 0)


class State(NamedTuple):
    """All of it.  ``is_late`` tells whether the deadline has passed, ``is_overdue`` that of a payment that waits.

    ``waits`` tells whether the gateway may wait for its buyer.  ``valid`` is the number of valid tickets, ``sets`` how often tickets were issued; ``mail`` is the delivery of the tickets,
    ``mails`` how often it was sent, ``lane`` the next step of the one that delivers; ``hints`` is how many notices and polls
    may come before they must; ``wronged`` is a law that the last step broke.
    """

    status: str = "reserved"
    attempt: str = ""
    waits: bool = False
    quantity: int = 1
    valid: int = 0
    refunded: tuple[int, ...] = ()
    returning: Returning = Returning()
    sets: int = 0
    held: int = 1
    sold: int = 0
    mail: str = ""
    mails: int = 0
    lane: str = ""
    gateway: Gateway = Gateway()
    outbox: tuple[str, ...] = ()
    queue: tuple[Message, ...] = ()
    workers: tuple[Worker, ...] = ()
    calls: tuple[Call, ...] = ()
    is_late: bool = False
    is_overdue: bool = False
    event_is_cancelled: bool = False
    pays: int = 0
    refunds: int = 0
    hints: int = 0
    faults: int = 0
    wronged: str = ""

    def with_worker(self, which: int, worker: Worker) -> State:
        """Return the state with another worker in place of one."""
        return self._replace(workers=(*self.workers[:which], worker, *self.workers[which + 1 :]))

    def with_call(self, call: Call) -> State:
        """Return the state with one more call."""
        return self._replace(calls=tuple(sorted([*self.calls, call])))

    def without_call(self, which: int) -> State:
        """Return the state with one call less."""
        return self._replace(calls=(*self.calls[:which], *self.calls[which + 1 :]))

    def with_messages(self, which: int, *instead: Message) -> State:
        """Return the state with other messages in place of one."""
        return self._replace(queue=tuple(sorted([*self.queue[:which], *instead, *self.queue[which + 1 :]])))

    def held_by(self, holder: int) -> list[int]:
        """Return the numbers of the messages that have this holder."""
        return [number for number, message in enumerate(self.queue) if message.holder == holder]


def canonical(state: State) -> State:
    """Return the one state for all that differ from it in the order of the workers, or in a deadline without effect."""
    if not state.is_late and state.status not in HOLDING:
        state = state._replace(is_late=True)
    if state.is_overdue and state.attempt != "waiting":
        state = state._replace(is_overdue=False)
    if len(state.workers) == 1:
        return state
    order = sorted(range(len(state.workers)), key=lambda which: (state.workers[which], state.held_by(which)))
    if order == list(range(len(order))):
        return state
    names = {READY: READY, ORPHAN: ORPHAN, DEAD: DEAD} | {old: new for new, old in enumerate(order)}
    queue = tuple(sorted([Message(names[holder], receives) for holder, receives in state.queue]))
    return state._replace(queue=queue, workers=tuple([state.workers[which] for which in order]))

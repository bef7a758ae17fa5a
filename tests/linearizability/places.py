"""The places of one event, and the answers that a client may get while others are served.

An operation of the ledger takes effect at one instant: a reservation, a cancellation, an expiry, a read of the event's row.

The counter in front of it is weaker by its contract (``ticketcore.ports.inventory``): a take is subtracted for as long as
its reserve lasts, also after the ledger counts it; and a cancellation or expiry is seen when it is settled, after the ledger
has it.  So the counter may show fewer places than there are, by those of reservations that are being made and
of orders that are being ended at that moment - never by others, and never more places than there are.  When nothing is being
changed it is exact.  In the terms of Castañeda, Rajsbaum and Raynal ("Unifying concurrent objects and distributed
tasks: interval-linearizability", JACM 65(6), 2018) such a change is not an instant but an interval.

A reservation that is due counts as free for buyers, swept or not; each operation carries the clock's time at its call and
at its return, and one whose deadline lies between them may count or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from tests.linearizability.checker import Operation, Specification


@attrs.frozen
class Hold:
    """Places of one order until a deadline, in milliseconds since 1970."""

    order: str
    quantity: int
    deadline: int

    def __str__(self) -> str:
        return f"{self.order[:6]} ({self.quantity} until {self.deadline % 10**6})"


@attrs.frozen
class Reserve:
    """Answered by a hold, or by the places that were left."""

    quantity: int


@attrs.frozen
class Cancel:
    """Answered by the order's state."""

    order: str


@attrs.frozen
class Expire:
    """Answered by the order's state; recorded for the client that swept or needed the places."""

    order: str


@attrs.frozen
class Look:
    """Answered by the free places: the ledger's, the counter's, or the counter's with due places added (``event``)."""

    at: str


Verb = Reserve | Cancel | Expire | Look
Answer = Hold | int | str


@attrs.frozen
class Request:
    """A verb, the clock's time before and after it, and the orders that others were making and ending meanwhile.

    Others that ``may_expire`` reserve or sweep: a client that is told of due reservations expires all of them, and the counter
    reports them once; another client may have expired them first.
    """

    verb: Verb
    since: int
    until: int
    made: frozenset[Hold] = frozenset()
    ended: frozenset[str] = frozenset()
    may_expire: bool = False

    def __str__(self) -> str:
        return f"{self.verb}"


Step = Operation[Request, Answer]


@attrs.frozen(cache_hash=True)
class State:
    """The ledger's contents; ``gone`` are the orders that ended, with their state."""

    free: int
    holds: frozenset[Hold] = frozenset()
    gone: frozenset[tuple[str, str]] = frozenset()

    def hold_of(self, order: str) -> Hold | None:
        return next((hold for hold in self.holds if hold.order == order), None)

    def with_hold(self, hold: Hold) -> State:
        return State(self.free - hold.quantity, self.holds | {hold}, self.gone)

    def without(self, hold: Hold, ended: str) -> State:
        return State(self.free + hold.quantity, self.holds - {hold}, self.gone | {(hold.order, ended)})

    def __str__(self) -> str:
        return f"{self.free} free, held: {', '.join(map(str, self.holds)) or 'nothing'}"


@attrs.frozen
class Places(Specification[State, Request, Answer]):
    """An event with so many places; ``quantities`` are those of all its orders ever."""

    capacity: int
    quantities: dict[str, int] = attrs.field(factory=dict, eq=False, repr=False)

    def initial(self) -> State:
        return State(self.capacity)

    def only_looks(self, request: Request, answer: Answer | None) -> bool:
        return isinstance(answer, int)

    def apply(self, state: State, request: Request, answer: Answer | None) -> State | None:
        match request.verb, answer:
            case Look(at), int():
                return state if answer in self._seen(at, state, request) else None
            case Reserve(quantity), int():
                return state if self._may_hear_sold_out(state, request, quantity, answer) else None
            case Reserve(quantity), Hold() as hold:
                return state.with_hold(hold) if _is_new(state, hold) and quantity <= state.free else None
            case Cancel(order), str():
                return _cancelled(state, request, order, answer)
            case Expire(order), str():
                return _expired(state, request, order, answer)
        raise AssertionError(f"{request} is not answered by {answer!r}")

    def _seen(self, at: str, state: State, request: Request) -> set[int]:
        if at == "ledger":
            return {state.free}
        counted = _shown(self._counted(state, request))
        return counted if at == "counter" else _plus(counted, _due(state, request))

    def _may_hear_sold_out(self, state: State, request: Request, quantity: int, available: int) -> bool:
        """Return whether sold out is right: only if no due reservation could be expired, or another client may be expiring it."""
        counted = {free for free in self._counted(state, request) if free < quantity}
        return available in _shown(counted) and (request.may_expire or 0 in _due(state, request))

    def _counted(self, state: State, request: Request) -> set[int]:
        """Return the numbers that the counter may have."""
        ending = [self.quantities[order] for order, _ in state.gone if order in request.ended]
        return _sums([state.free], [-places for places in (*ending, *(hold.quantity for hold in request.made))])


def _is_new(state: State, hold: Hold) -> bool:
    return state.hold_of(hold.order) is None and hold.order not in dict(state.gone)


def _cancelled(state: State, request: Request, order: str, answer: str) -> State | None:
    hold = state.hold_of(order)
    if hold is None:
        return state if (order, answer) in state.gone else None
    if answer == "cancelled":
        return state.without(hold, answer) if request.since < hold.deadline else None
    return state if hold.deadline <= request.until else None


def _expired(state: State, request: Request, order: str, answer: str) -> State | None:
    hold = state.hold_of(order)
    return state.without(hold, answer) if hold and hold.deadline <= request.until else None


def _due(state: State, request: Request) -> set[int]:
    """Return how many places may have been due: those that others are expiring count or not."""
    due = [hold for hold in state.holds | request.made if hold.deadline <= request.until]
    sure = [h for h in due if h in state.holds and h.deadline <= request.since and h.order not in request.ended]
    return _sums([sum(hold.quantity for hold in sure)], [hold.quantity for hold in due if hold not in sure])


def _sums(starts: Iterable[int], perhaps: Iterable[int]) -> set[int]:
    sums = {*starts}
    for number in perhaps:
        sums |= {total + number for total in sums}
    return sums


def _shown(free: Iterable[int]) -> set[int]:
    return {max(0, places) for places in free}


def _plus(some: Iterable[int], more: Iterable[int]) -> set[int]:
    return {one + another for one in some for another in more}


def places(capacity: int, recorded: Sequence[Step]) -> tuple[Places, list[Step]]:
    """Return the specification and the recorded operations, each with the orders that others made and ended meanwhile."""
    made = [step for step in recorded if isinstance(step.answer, Hold)]
    ended = [step for step in recorded if isinstance(step.request.verb, Cancel | Expire)]
    quantities = {step.answer.order: step.answer.quantity for step in made if isinstance(step.answer, Hold)}

    def with_others(step: Step) -> Step:
        holds = frozenset(each.answer for each in made if isinstance(each.answer, Hold) and _overlap(each, step))
        orders = frozenset(
            each.request.verb.order
            for each in ended
            if isinstance(each.request.verb, Cancel | Expire) and _overlap(each, step)
        )
        others = [each for each in recorded if each.client != step.client and _overlap(each, step)]
        may_expire = any(isinstance(each.request.verb, Reserve | Expire) for each in others)
        return attrs.evolve(step, request=attrs.evolve(step.request, made=holds, ended=orders, may_expire=may_expire))

    return Places(capacity, quantities), [
        with_others(step) if isinstance(step.answer, int) else step for step in recorded
    ]


def _overlap(one: Step, other: Step) -> bool:
    assert one.returned is not None
    assert other.returned is not None
    return one.called <= other.returned and other.called <= one.returned


def of_ledger(recorded: Sequence[Step]) -> list[Step]:
    """Return the operations that depend on the ledger alone, not on the counter in front of it."""
    return [step for step in recorded if not isinstance(step.answer, int) or step.request.verb == Look("ledger")]

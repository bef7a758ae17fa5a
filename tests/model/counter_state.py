"""The states of the counter protocol, and which of them are equivalent."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

HOLDING = ("reserved", "processing")

#: The version and the places of a sync without availability.
NOTHING = -1


class Sync(NamedTuple):
    """One call of ``inventory.sync`` that is under way, or of ``inventory.reset``, which brings ``admits``, too."""

    version: int
    free: int
    keep: bool
    admits: bool = True


class Order(NamedTuple):
    """An order in the ledger, the calls that reserve it, and its entries in the counter.

    ``calls`` are the next steps of calls of ``reserving.reserve``.  ``flying`` and ``remembered`` are whether the order is
    among the event's flights and deadlines; ``old`` are the same two of the copy that a replica may hold.  ``orphaned`` is
    whether a fault has left its take to lapse.
    """

    event: int
    quantity: int
    calls: tuple[str, ...]
    status: str = "none"
    late: bool = False
    flying: bool = False
    remembered: bool = False
    syncs: tuple[Sync, ...] = ()
    old: tuple[bool, bool] = (False, False)
    orphaned: bool = False


class Counter(NamedTuple):
    """The keys ``available`` and ``counter`` (``version``, ``in_flight``, and whether the terms admit) of an event."""

    free: int
    version: int
    in_flight: int
    admits: bool = True


class Event(NamedTuple):
    """An event's row, and its counter if both keys are there.

    ``admits`` is whether its terms of sale admit any order at all.
    ``resets`` are absolute values on their way to the counter, from a process that did not keep the row locked.
    ``trusted`` is whether the counter had no fault since the last reconcile that could leave it wrong.
    """

    capacity: int
    free: int
    version: int = 0
    counter: Counter | None = None
    old: Counter | None = None
    changing: bool = False
    resets: tuple[Sync, ...] = ()
    trusted: bool = True
    admits: bool = True


class State(NamedTuple):
    """All of it.  ``sweep`` is the sweeper's next step, and what it has read.

    ``closings`` is how often an admin may still end or resume the sale.  ``calm`` is whether there was no fault yet; ``wronged`` is a law that the last step broke.
    """

    events: tuple[Event, ...]
    orders: tuple[Order, ...]
    faults: int
    sweeps: int
    changes: int
    snapshots: int
    sweep: tuple[str, tuple[tuple[int, bool], ...]] = ("", ())
    closings: int = 0
    calm: bool = True
    wronged: str = ""

    def with_order(self, which: int, order: Order) -> State:
        return State(self.events, (*self.orders[:which], order, *self.orders[which + 1 :]), *self[2:])

    def with_event(self, which: int, event: Event) -> State:
        return State((*self.events[:which], event, *self.events[which + 1 :]), *self[1:])

    def of_event(self, which: int) -> list[int]:
        return [number for number, order in enumerate(self.orders) if order.event == which]


def add_sync(order: Order, sync: Sync) -> Order:
    """Send a sync on its way; two equal ones are as one that is repeated."""
    return order._replace(syncs=tuple(sorted({*order.syncs, sync})))


def canonical(state: State) -> State:
    """Return the one state for all that differ in the order of the orders, or in the gaps between versions."""
    events, orders = state.events, state.orders
    for which, event in enumerate(events):
        used = _versions(orders, which, event)
        if len(used) <= max(used):
            # Versions are compared with each other and with nothing else.
            rank = {NOTHING: NOTHING} | {old: new for new, old in enumerate(sorted(used))}
            events = (*events[:which], _renumbered(event, rank), *events[which + 1 :])
            orders = tuple([_resent(order, rank) if order.event == which else order for order in orders])
    return State(events, tuple(sorted(orders)), *state[2:])


def _versions(orders: tuple[Order, ...], which: int, event: Event) -> set[int]:
    used = {sync.version for sync in event.resets}
    for order in orders:
        if order.syncs and order.event == which:
            used.update([sync.version for sync in order.syncs])
    used.update([counter.version for counter in (event.counter, event.old) if counter])
    used.add(event.version)
    used.discard(NOTHING)
    return used


def _renumbered(event: Event, rank: dict[int, int]) -> Event:
    counter, old = [
        counter._replace(version=rank[counter.version]) if counter else None for counter in (event.counter, event.old)
    ]
    resets = _ranked(event.resets, rank)
    return event._replace(version=rank[event.version], counter=counter, old=old, resets=resets)


def _resent(order: Order, rank: dict[int, int]) -> Order:
    return order._replace(syncs=_ranked(order.syncs, rank)) if order.syncs else order


def _ranked(syncs: tuple[Sync, ...], rank: dict[int, int]) -> tuple[Sync, ...]:
    return tuple([sync._replace(version=rank[sync.version]) for sync in syncs])


def each(state: State, numbers: list[int], change: Callable[[Order], Order]) -> State:
    """Return the state with a change of some of its orders."""
    for number in numbers:
        state = state.with_order(number, change(state.orders[number]))
    return state

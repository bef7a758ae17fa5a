"""The laws of the counter protocol, each a property of one state."""

from __future__ import annotations

from typing import Protocol

from tests.model.counter_ledger import sums_over_orders
from tests.model.counter_scripts import Rules, in_flight, lapse, reset, shown, sync
from tests.model.counter_state import NOTHING, Order, State


class Watched(Rules, Protocol):
    """A model as the laws need it.  ``strictly`` names a law in a stronger form, which is not promised:

    ``due``: the next buyer gets the places of due reservations.  It holds as long as no order is reserved by two calls at
    once and no call finds reservations due thrice: then the counter does not know of a reservation.
    ``row``: a buyer is turned away only if the row itself has too few places.
    ``sweep``: after a sweep at any moment the counter stays right, even if the sweep saw nothing wrong.
    ``healed``: a sweep leaves nothing behind that could do harm later.
    """

    @property
    def strictly(self) -> str: ...

    def call(self, state: State, which: int, step: str) -> tuple[str, State]: ...

    def repair(self, state: State, read: tuple[tuple[int, bool], ...]) -> State: ...


def justified(model: Watched, state: State, which: int) -> bool:
    """Return whether an order may be refused as sold out at this moment, if the counter had no fault.

    There are too few places, with those taken by other calls in flight; or a sync or reset is under way.
    """
    order = state.orders[which]
    event = state.events[order.event]
    if not event.trusted or event.free < order.quantity:
        return True
    if model.strictly == "row":
        return False
    others = in_flight(state, order.event) - (order.quantity if order.flying else 0)
    return event.free - others < order.quantity or _news_under_way(state, order.event)


def harmless(model: Watched, before: State, state: State, which: int) -> bool:
    """Return whether a take changed nothing that others see, if the ledger does not admit it and the counter knows that."""
    event = before.events[before.orders[which].event]
    knows = event.counter is not None and not event.counter.admits
    is_bound = not event.admits and before.orders[which].status == "none"
    after = state.events[before.orders[which].event]
    return not (knows and is_bound) or shown(model, after) == shown(model, event)


def _news_under_way(state: State, which: int) -> bool:
    event = state.events[which]
    news = (news for number in state.of_event(which) for news in state.orders[number].syncs)
    return event.changing or bool(event.resets) or any(one.version != NOTHING for one in news)


def broken_law(model: Watched, state: State) -> str | None:
    """Return the first law that a state breaks."""
    if state.wronged:
        return state.wronged
    for which in range(len(state.events)):
        broken = _broken_of_ledger(state, which) or _broken_of_counter(model, state, which)
        if broken:
            return broken
    return _broken_after_sweep(model, state)


def _broken_of_ledger(state: State, which: int) -> str | None:
    event = state.events[which]
    if event.free < 0:
        return "the ledger is never oversold"
    if event.capacity != event.free + sums_over_orders(state, which):
        return "capacity = free + held + sold, as the orders have them"
    return None


def _broken_of_counter(model: Watched, state: State, which: int) -> str | None:
    event = state.events[which]
    free = shown(model, event)
    if free is not None and free < 0:
        return "no less than 0 is shown"
    if any(_is_stray(state.orders[number]) for number in state.of_event(which)):
        return "a take ends with its call"
    if not event.trusted or not _at_rest(state, which):
        return None
    if free not in {event.free, None}:
        return "at rest the counter is right, or there is none"
    if event.counter and event.counter.admits != event.admits:
        return "at rest the counter knows the terms"
    return _broken_for_newcomers(model, state, which)


def _is_stray(order: Order) -> bool:
    """Return whether a take is in flight although its caller has its answer, and no fault explains that."""
    return order.flying and not (order.orphaned or order.syncs) and set(order.calls) <= {"take"}


def _at_rest(state: State, which: int) -> bool:
    event = state.events[which]
    orders = [state.orders[number] for number in state.of_event(which)]
    busy = any(order.syncs or order.flying or not set(order.calls) <= {"take"} for order in orders)
    return not (busy or event.changing or event.resets)


def _broken_after_sweep(model: Watched, state: State) -> str | None:
    """Return the law that breaks if every caller dies, every sync is lost, every flight lapses, and then a sweep runs."""
    for which, order in enumerate(state.orders):
        state = lapse(model, state, which) if order.flying else state
    state = model.repair(state, tuple((event.free, event.admits) for event in state.events))
    for which, event in enumerate(state.events):
        knows = event.counter is not None and event.counter.admits == event.admits
        if not (knows and shown(model, event) == event.free) and not event.resets:
            return "one sweep makes the counter right"
        if model.strictly == "healed" and event.counter and event.counter.in_flight != in_flight(state, which):
            return "one sweep leaves nothing behind"
    return None


def _broken_for_newcomers(model: Watched, state: State, which: int) -> str | None:
    """Return the law that breaks if more buyers come, one after the other.

    Without faults, the first one gets all free places, with those of due reservations.  After any faults, the counter alone
    turns away all that follow, but for one that has to expire what is due.
    """
    orders = [state.orders[number] for number in state.of_event(which)]
    due = [order for order in orders if order.status == "reserved" and order.late]
    known = model.strictly == "due" or any(order.remembered for order in due)
    if not state.events[which].admits:
        return None
    wanted = state.events[which].free + (sum(order.quantity for order in due) if known else 0)
    if wanted:
        status, state, _ = _come(model, state, Order(which, wanted, ("take",)))
        if status != "reserved" and state.calm:
            return "a buyer who comes alone gets the free places"
    _, state, _ = _come(model, state, Order(which, 1, ("take",)))
    _, _, steps = _come(model, state, Order(which, 1, ("take",)))
    return None if steps == 1 else "a crowd is turned away by the counter alone"


def _come(model: Watched, state: State, order: Order) -> tuple[str, State, int]:
    """Reserve from the first step to the last, each sync arriving at once; return the status and the number of steps."""
    which = len(state.orders)
    state = state._replace(orders=(*state.orders, order))
    steps = 0
    while state.orders[which].calls:
        _, state = model.call(state, which, state.orders[which].calls[0])
        state = _arrived(model, state)
        steps += 1
    return state.orders[which].status, state, steps


def _arrived(model: Watched, state: State) -> State:
    """Let all syncs and resets that are under way arrive."""
    for which, order in enumerate(state.orders):
        for news in order.syncs:
            state = sync(model, state.with_order(which, order._replace(syncs=())), which, news)
    for which, event in enumerate(state.events):
        for news in event.resets:
            state = reset(model, state.with_event(which, event._replace(resets=())), which, news)
    return state

"""The scripts of the inventory, each one step, and the faults of its store; ``without`` names the rule that a variant leaves out."""

from __future__ import annotations

from typing import Protocol

from tests.model.counter_state import NOTHING, Counter, Event, Order, State, Sync, each


class Rules(Protocol):
    """The protocol as it is built, or ``without`` one of its rules."""

    @property
    def without(self) -> str: ...


def in_flight(state: State, event: int) -> int:
    """Return the sum of the places of all takes in flight."""
    return sum(order.quantity for order in state.orders if order.event == event and order.flying)


def take(rules: Rules, state: State, which: int) -> tuple[str, State]:
    """take.lua."""
    order = state.orders[which]
    event = state.events[order.event]
    counter = event.counter
    if counter is None:
        return "unknown", state
    if (order.remembered or order.flying) and rules.without != "take remembers the order":
        return "repeated", state
    if not counter.admits and rules.without != "a take that is not admitted subtracts nothing":
        return "not admitted", state
    if counter.free >= order.quantity:
        after = counter._replace(free=counter.free - order.quantity, in_flight=counter.in_flight + order.quantity)
        remembers = rules.without != "take remembers the order"
        state = state.with_event(order.event, event._replace(counter=after))
        return "taken", state.with_order(which, order._replace(flying=True, remembered=remembers))
    due = _due(rules, state, order.event)
    if due and rules.without != "due forgets what it stands for":
        state = each(state, due, lambda order: order._replace(remembered=False))
    return ("due" if due else "too few"), state


def _due(rules: Rules, state: State, event: int) -> list[int]:
    orders = (
        range(len(state.orders)) if rules.without == "each event has deadlines of its own" else state.of_event(event)
    )
    return [number for number in orders if state.orders[number].remembered and state.orders[number].late]


def sync(rules: Rules, state: State, which: int, news: Sync) -> State:
    """sync.lua."""
    order = state.orders[which]
    event = state.events[order.event]
    landed = order.quantity if order.flying else 0
    remembered = order.remembered and news.keep
    state = state.with_order(which, order._replace(flying=False, remembered=remembered, orphaned=False))
    counter = event.counter
    if counter is None:
        made = Counter(news.free, news.version, 0)
        creates = rules.without == "a sync makes no counter" and news.version != NOTHING
        return state.with_event(order.event, event._replace(counter=made)) if creates else state
    back = 0 if rules.without == "the end of a take gives back" else landed
    counter = counter._replace(free=counter.free + back, in_flight=counter.in_flight - landed)
    newer = news.version >= counter.version or rules.without == "older news is ignored"
    if news.version != NOTHING and newer:
        flights = 0 if rules.without == "a sync subtracts what is in flight" else counter.in_flight
        counter = counter._replace(free=news.free - flights, version=news.version)
    return state.with_event(order.event, event._replace(counter=counter))


def lapse(rules: Rules, state: State, which: int) -> State:
    """Let a take lapse; take.lua, reset.lua and counter.lua all count its places as free from then on."""
    order = state.orders[which]
    event = state.events[order.event]
    state = state.with_order(which, order._replace(flying=False, orphaned=False))
    if event.counter is None:
        return state
    back = 0 if rules.without == "a take that lapses gives back" else order.quantity
    free, flights = event.counter.free, event.counter.in_flight
    counter = event.counter._replace(free=free + back, in_flight=flights - order.quantity)
    return state.with_event(order.event, event._replace(counter=counter))


def reset(rules: Rules, state: State, which: int, news: Sync) -> State:
    """reset.lua."""
    event = state.events[which]
    flights = in_flight(state, which)
    if rules.without == "a reset sums up the flights" and event.counter:
        flights = event.counter.in_flight
    taken = 0 if rules.without == "a reset subtracts what is in flight" else flights
    counter = Counter(news.free - taken, news.version, flights, news.admits)
    # Those that are still reserved have become due since the expiry before.
    orders = ((number, state.orders[number]) for number in state.of_event(which))
    ended = [number for number, order in orders if order.late and order.status != "reserved"]
    state = each(state, ended, lambda order: order._replace(remembered=False))
    return state.with_event(which, event._replace(counter=counter, trusted=True))


def shown(rules: Rules, event: Event) -> int | None:
    """counter.lua."""
    if event.counter is None:
        return None
    return event.counter.free if rules.without == "never shown below 0" else max(0, event.counter.free)


def lose(state: State, which: int, key: str) -> State:
    """Lose an event's key, or with ``all`` every key of the event."""
    event = state.events[which]
    if key in {"available", "counter", "all"}:
        state = state.with_event(which, event._replace(counter=None))
    if key in {"flights", "all"}:
        state = each(state, state.of_event(which), lambda order: order._replace(flying=False, orphaned=False))
    if key in {"deadlines", "all"}:
        state = each(state, state.of_event(which), lambda order: order._replace(remembered=False))
    return state


def snapshot(state: State, which: int) -> State:
    """Copy the counter to a replica."""
    event = state.events[which]

    def copied(order: Order) -> Order:
        return order._replace(old=(order.flying, order.remembered))

    return each(state.with_event(which, event._replace(old=event.counter)), state.of_event(which), copied)


def set_back(state: State, which: int) -> State:
    """Let the replica take over with its old copy."""
    event = state.events[which]

    def as_of_old(order: Order) -> Order:
        return order._replace(flying=order.old[0], remembered=order.old[1], orphaned=order.old[0])

    return each(state.with_event(which, event._replace(counter=event.old)), state.of_event(which), as_of_old)

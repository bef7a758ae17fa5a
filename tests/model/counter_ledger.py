"""The ledger's part in the counter protocol: each change is one step, and most send a sync on its way.

A decision about an order is loaded and written in two steps, but here it is one: the load changes nothing, and a write that
is guarded by the revision happens only if nothing came between the two.  ``payment`` models both steps, and the conflict.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.model.counter_scripts import Rules, reset
from tests.model.counter_state import HOLDING, NOTHING, State, Sync, add_sync


def sums_over_orders(state: State, which: int) -> int:
    """Return the places that an event's orders hold or have bought."""
    counted = {*HOLDING, "paid"}
    return sum(
        state.orders[number].quantity for number in state.of_event(which) if state.orders[number].status in counted
    )


def reserve(rules: Rules, state: State, which: int) -> tuple[str, State]:
    """orders.reserve: the conditional statement, and the reason if it held nothing."""
    order = state.orders[which]
    event = state.events[order.event]
    if not event.admits and order.status == "none":
        return "closed", state
    if order.status != "none" and rules.without != "a repeated order changes nothing":
        return ("exists" if order.status == "reserved" else "exists no more"), state
    if event.free < order.quantity and rules.without != "the ledger looks whether there are places":
        return "too few", state
    return "held", _write(state, which, "reserved", -order.quantity)


def expire_due(rules: Rules, state: State, which: int | None) -> tuple[int, State]:
    """expiry.expire: every reservation that is due, of one event or of all, each with a sync of its own."""
    numbers = range(len(state.orders)) if which is None else state.of_event(which)
    due = [number for number in numbers if state.orders[number].late and state.orders[number].status == "reserved"]
    places = 0
    for number in due:
        places += state.orders[number].quantity
        state = _write(
            state, number, "ended", state.orders[number].quantity, silent=rules.without == "an expiry is synced"
        )
    return places, state


def lives(state: State, which: int) -> Iterator[tuple[str, State]]:
    """Yield the decisions of buyers, workers and admins about an order, and its deadline.

    A deadline is minutes away: all syncs that were under way for the order have arrived or are lost.  A buyer's call that has
    read its clock before the deadline may write after it.
    """
    order = state.orders[which]
    quantity = order.quantity
    waits = set(order.calls) <= {"take"} and not order.flying and not order.syncs
    if (order.status == "reserved" or order.remembered) and not order.late and waits:
        yield "the deadline passes", state.with_order(which, order._replace(late=True))
    match order.status:
        case "reserved":
            yield "orders.write: cancelled, sync sent", _write(state, which, "ended", quantity)
            paying = add_sync(order._replace(status="processing"), Sync(NOTHING, NOTHING, False))
            yield "orders.write: processing, sync without availability sent", state.with_order(which, paying)
        case "processing":
            yield "orders.write: paid, sync sent", _write(state, which, "paid", 0)
            yield "orders.write: declined, sync sent", _write(state, which, "ended", quantity)
        case "paid":
            yield "orders.write: refunded, sync sent", _write(state, which, "ended", quantity)
        case _:
            return


def _write(state: State, which: int, status: str, places: int, *, silent: bool = False) -> State:
    """Write an order and its event's row, which is atomic; then send inventory_sync.sync."""
    order = state.orders[which]
    event = state.events[order.event]
    event = event._replace(free=event.free + places, version=event.version + 1)
    order = order._replace(status=status)
    if not silent:
        order = add_sync(order, Sync(event.version, event.free, status == "reserved"))
    return state.with_event(order.event, event).with_order(which, order)


def change_capacity(rules: Rules, state: State, which: int) -> Iterator[tuple[str, State]]:
    """Yield the changes of a capacity by events.change; the process that makes one reconciles next."""
    event = state.events[which]
    for places in (1, -1):
        if event.free + places >= 0 and event.capacity + places >= 1:
            changed = event._replace(
                capacity=event.capacity + places,
                free=event.free + places,
                version=event.version + 1,
                changing=rules.without != "a change of capacity reconciles",
            )
            yield (
                f"events.change: {places:+d} place",
                state.with_event(which, changed)._replace(changes=state.changes - 1),
            )


def change_terms(rules: Rules, state: State, which: int) -> tuple[str, State]:
    """Return the end of a sale by events.change, or its resumption; the process that makes it reconciles next."""
    event = state.events[which]
    changed = event._replace(
        admits=not event.admits,
        changing=event.changing or rules.without != "a change of the terms reconciles",
    )
    after = state.with_event(which, changed)._replace(closings=state.closings - 1)
    return f"events.change: {'on sale' if changed.admits else 'closed'}", after


def reconcile(rules: Rules, state: State, which: int) -> State:
    """reconciling.reconcile: under the lock of the row, reading it and setting the counter are one step."""
    event = state.events[which]
    news = Sync(event.version, event.free, False, event.admits)
    if rules.without == "a reconcile keeps the row locked":
        return state.with_event(which, event._replace(resets=tuple(sorted({*event.resets, news}))))
    return reset(rules, state, which, news)

"""The counter protocol: the moves of buyers, of time, of the sweeper and of the way to the counter, and what may befall it."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from tests.model.checker import Model
from tests.model.counter_laws import broken_law, justified
from tests.model.counter_ledger import change_capacity, expire_due, lives, reconcile, reserve
from tests.model.counter_scripts import lapse, lose, reset, set_back, shown, snapshot, sync, take
from tests.model.counter_state import NOTHING, Counter, Event, Order, State, Sync, add_sync, canonical

Moves = Iterator[tuple[str, State]]

# reserving._take: each take after the first follows an expiry or a reconcile, and so does the ledger after the last.
TAKES: tuple[str, ...] = ("take", "take again", "take once more")
EXPIRES: tuple[str, ...] = ("expire", "expire again", "expire once more")
RECONCILES: tuple[str, ...] = ("reconcile", "reconcile again", "reconcile once more")
_ONWARD: tuple[str, ...] = (*TAKES[1:], "reserve")
AFTERWARDS: dict[str, str] = dict(zip(EXPIRES + RECONCILES, _ONWARD * 2, strict=True))

KEYS = ("available", "counter", "flights", "deadlines", "all")


@attrs.frozen
class CounterModel(Model[State]):
    """``orders`` are (event, quantity, how often it is reserved); ``without`` names a rule to leave out.

    ``strictly`` asks for more than is promised: see ``counter_laws``.
    """

    orders: tuple[tuple[int, int, int], ...]
    capacities: tuple[int, ...] = (2,)
    budget: int = 0
    sweeps: int = 0
    changes: int = 0
    snapshots: int = 0
    befalls: frozenset[str] = frozenset({"die", "unanswered", "lose", "repeat", "keys"})
    without: str = ""
    strictly: str = ""

    def start(self) -> State:
        events = tuple(Event(places, places, 0, Counter(places, 0, 0)) for places in self.capacities)
        orders = tuple(sorted(Order(event, quantity, ("take",) * calls) for event, quantity, calls in self.orders))
        return State(events, orders, self.budget, self.sweeps, self.changes, self.snapshots)

    def canonical(self, state: State) -> State:
        return canonical(state)

    def broken(self, state: State) -> str | None:
        return broken_law(self, state)

    def broken_end(self, state: State) -> str | None:
        return None

    def moves(self, state: State) -> Moves:
        for which, order in enumerate(state.orders):
            name = f"order {which} ({order.quantity} of event {order.event})"
            for step in dict.fromkeys(order.calls):
                told, after = self.call(state, which, step)
                yield f"{name}: {told}", after
            for told, after in lives(state, which):
                yield f"{name}: {told}", after
            for news in order.syncs:
                yield f"{name}: sync {news.version} arrives", self._arrive(state, which, news)
            if order.flying:
                yield f"{name}: its take lapses", lapse(self, state, which)
        for which in range(len(state.events)):
            for told, after in self._of_event(state, which):
                yield f"event {which}: {told}", after
        yield from self._sweep(state)

    def call(self, state: State, which: int, step: str) -> tuple[str, State]:
        """One step of ``reserving.reserve``; answer what it was and where it led."""
        event = state.orders[which].event
        match step.split():
            case ["take", *_]:
                answer, after = take(self, state, which)
                return f"inventory.take: {answer}", self._taken(after, which, step, answer)
            case ["expire", *_]:
                places, after = expire_due(self, state, event)
                onward = AFTERWARDS.get(step) or ("reserve again" if places else "give back, forget")
                return f"sweeping.expire: {places} places", _go_on(after, which, step, onward)
            case ["reconcile", *_]:
                return "counter.reconcile", _go_on(reconcile(self, state, event), which, step, AFTERWARDS[step])
            case ["reserve", *_]:
                answer, after = reserve(self, state, which)
                return f"orders.reserve: {answer}", _go_on(after, which, step, _after_reserve(step, answer))
            case _:
                return "counter.give_back: sync sent", self._give_back(state, which, step)

    def _taken(self, state: State, which: int, step: str, answer: str) -> State:
        if answer == "too few":
            wronged = "" if justified(self, state, which) else "nobody is turned away without a reason"
            return _go_on(state, which, step, "")._replace(wronged=wronged)
        round_ = TAKES.index(step)
        again = {"due": EXPIRES[round_], "unknown": RECONCILES[round_]}
        return _go_on(state, which, step, again.get(answer, "reserve"))

    def _give_back(self, state: State, which: int, step: str) -> State:
        event = state.events[state.orders[which].event]
        news = Sync(event.version, event.free, step == "give back, keep")
        return _go_on(state.with_order(which, add_sync(state.orders[which], news)), which, step, "")

    def _arrive(self, state: State, which: int, news: Sync) -> State:
        order = state.orders[which]
        rest = tuple(sync for sync in order.syncs if sync != news)
        return sync(self, state.with_order(which, order._replace(syncs=rest)), which, news)

    def _of_event(self, state: State, which: int) -> Moves:
        event = state.events[which]
        if state.changes:
            yield from change_capacity(self, state, which)
        if event.changing:
            after = state.with_event(which, event._replace(changing=False))
            yield "counter.try_to_reconcile", reconcile(self, after, which)
        for late in event.resets:
            rest = tuple(other for other in event.resets if other != late)
            after = state.with_event(which, event._replace(resets=rest))
            yield f"reset {late.version} arrives", reset(self, after, which, late.version, late.free)
        if state.snapshots:
            yield "a replica gets a copy", snapshot(state, which)._replace(snapshots=state.snapshots - 1)

    def _sweep(self, state: State) -> Moves:
        step, frees = state.sweep
        match step:
            case "list":
                read = tuple(event.free for event in state.events)
                yield "sweeping._repair: events.list", state._replace(sweep=("compare", read))
            case "compare":
                yield "counter.repair", self.repair(state._replace(sweep=("", ())), frees)
            case _ if state.sweeps:
                after = expire_due(self, state, None)[1]
                yield "sweeping.expire", after._replace(sweep=("list", ()), sweeps=state.sweeps - 1)

    def repair(self, state: State, frees: tuple[int, ...]) -> State:
        """counter.repair, of events of which the ledger was read to have so many free places."""
        for which, free in enumerate(frees):
            differs = shown(self, state.events[which]) != free
            if differs and self.without != "a sweep reconciles what differs":
                state = reconcile(self, state, which)
            elif self.strictly == "sweep":
                state = state.with_event(which, state.events[which]._replace(trusted=True))
        return state

    def others(self, state: State) -> Moves:
        if not state.faults:
            return
        hit = state._replace(faults=state.faults - 1, calm=False)
        for which, order in enumerate(state.orders):
            for told, after in self._befalls_order(hit, which, order):
                yield f"order {which}: FAULT: {told}", after
        for which, event in enumerate(state.events):
            for told, after in self._befalls_event(hit, which, event):
                yield f"event {which}: FAULT: {told}", after

    def _befalls_order(self, hit: State, which: int, order: Order) -> Moves:
        for step in dict.fromkeys(order.calls):
            if step != "take" and "die" in self.befalls:
                yield f"the caller dies before it can {step}", _go_on(hit, which, step, "")
            if step == "take" and "unanswered" in self.befalls:
                yield "inventory.take cannot be reached", _go_on(hit, which, step, "reserve")
                yield (
                    "inventory.take is done, its answer lost",
                    _go_on(take(self, hit, which)[1], which, step, "reserve"),
                )
        for news in order.syncs:
            if "lose" in self.befalls:
                rest = tuple(sync for sync in order.syncs if sync != news)
                lost = hit.with_order(which, order._replace(syncs=rest))
                yield f"sync {news.version} is lost", _doubt(lost, order.event, news.version != NOTHING)
            if "repeat" in self.befalls:
                yield f"sync {news.version} arrives, and will again", sync(self, hit, which, news)

    def _befalls_event(self, hit: State, which: int, event: Event) -> Moves:
        if "keys" in self.befalls:
            for key in KEYS:
                yield (
                    f"{key} lost",
                    _doubt(lose(hit, which, key), which, key == "flights" and event.counter is not None),
                )
        if event.old is not None:
            yield "the old copy takes over", _doubt(set_back(hit, which), which, True)
        if event.changing:
            stale = hit.with_event(which, event._replace(changing=False))
            yield "whoever changed it dies before reconciling", _doubt(stale, which, True)


def _doubt(state: State, which: int, doubtful: bool) -> State:
    """Note that the counter may be wrong until somebody reconciles; one that is not there cannot be."""
    event = state.events[which]
    return state.with_event(which, event._replace(trusted=False)) if doubtful else state


def _go_on(state: State, which: int, step: str, onward: str) -> State:
    """One of an order's calls goes on to its next step, or ends."""
    calls = list(state.orders[which].calls)
    calls.remove(step)
    return state.with_order(
        which, state.orders[which]._replace(calls=tuple(sorted([*calls, *([onward] if onward else [])])))
    )


def _after_reserve(step: str, answer: str) -> str:
    match answer:
        case "held":
            return ""
        case "exists":
            return "give back, keep"
        case "too few" if step == "reserve":
            return "expire for the ledger"
        case _:
            return "give back, forget"

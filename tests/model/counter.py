"""The counter protocol: the steps of buyers, time, the sweeper and the network, and the faults that may happen."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from tests.model.checker import Model
from tests.model.counter_laws import broken_law, harmless, justified
from tests.model.counter_ledger import change_capacity, change_terms, expire_due, lives, reconcile, reserve
from tests.model.counter_scripts import lapse, lose, reset, set_back, shown, snapshot, sync, take
from tests.model.counter_state import NOTHING, Counter, Event, Order, State, Sync, add_sync, canonical

Steps = Iterator[tuple[str, State]]

# reserving._take: each take after the first follows an expiry or a reconcile, and so does orders.reserve after the last.
TAKES: tuple[str, ...] = ("take", "take again", "take once more")
EXPIRES: tuple[str, ...] = ("expire", "expire again", "expire once more")
RECONCILES: tuple[str, ...] = ("reconcile", "reconcile again", "reconcile once more")
CONFIRMS: tuple[str, ...] = ("confirm", "confirm again", "confirm once more")
_ONWARD: tuple[str, ...] = (*TAKES[1:], "reserve")
AFTERWARDS: dict[str, str] = dict(zip(EXPIRES + RECONCILES, _ONWARD * 2, strict=True))

#: The steps in which the ledger is asked to hold places.
_RESERVES = ("reserve", "reserve again")

KEYS = ("available", "counter", "flights", "deadlines", "all")


@attrs.frozen
class CounterModel(Model[State]):
    """``orders`` are (event, quantity, how often it is reserved); ``faults`` is their number, ``kinds`` are those possible.

    ``without`` names a rule to leave out; ``strictly`` asks for more than is promised: see ``counter_laws``.
    """

    orders: tuple[tuple[int, int, int], ...]
    capacities: tuple[int, ...] = (2,)
    faults: int = 0
    sweeps: int = 0
    changes: int = 0
    snapshots: int = 0
    closings: int = 0
    kinds: frozenset[str] = frozenset({"die", "unanswered", "away", "lose", "repeat", "keys"})
    without: str = ""
    strictly: str = ""

    def start(self) -> State:
        events = tuple(Event(places, places, 0, Counter(places, 0, 0)) for places in self.capacities)
        orders = tuple(sorted(Order(event, quantity, ("take",) * calls) for event, quantity, calls in self.orders))
        return State(events, orders, self.faults, self.sweeps, self.changes, self.snapshots, closings=self.closings)

    def canonical(self, state: State) -> State:
        return canonical(state)

    def broken(self, state: State) -> str | None:
        return broken_law(self, state)

    def broken_at_rest(self, state: State) -> str | None:
        return None

    def steps(self, state: State) -> Steps:
        for which, order in enumerate(state.orders):
            name = f"order {which} ({order.quantity} of event {order.event})"
            for step in dict.fromkeys(order.calls):
                done, after = self.call(state, which, step)
                yield f"{name}: {done}", after
            for done, after in lives(state, which):
                yield f"{name}: {done}", after
            for news in order.syncs:
                yield f"{name}: sync {news.version} arrives", self._arrive(state, which, news)
            if order.flying:
                yield f"{name}: its take lapses", lapse(self, state, which)
        for which in range(len(state.events)):
            for done, after in self._of_event(state, which):
                yield f"event {which}: {done}", after
        yield from self._sweep(state)

    def call(self, state: State, which: int, step: str) -> tuple[str, State]:
        """Take one step of ``reserving.reserve``; return its name and the state after it."""
        event = state.orders[which].event
        match step.split():
            case ["take", *_]:
                outcome, after = take(self, state, which)
                return f"inventory.take: {outcome}", self._taken(state, after, which, step, outcome)
            case ["confirm", *_]:
                return "events.get: bound to be refused?", self._confirmed(state, which, step)
            case ["expire", *_]:
                places, after = expire_due(self, state, event)
                onward = AFTERWARDS.get(step) or ("reserve again" if places else "give back, forget")
                return f"expiry.expire: {places} places", _go_on(after, which, step, onward)
            case ["reconcile" | "correct", *_]:
                onward = AFTERWARDS.get(step, "")
                return "reconciling.reconcile", _go_on(reconcile(self, state, event), which, step, onward)
            case ["reserve", *_]:
                outcome, after = reserve(self, state, which)
                return f"orders.reserve: {outcome}", _go_on(after, which, step, _after_reserve(step, outcome))
            case _:
                return self._give_back(state, which, step)

    def _taken(self, before: State, state: State, which: int, step: str, outcome: str) -> State:
        if outcome == "too few":
            wronged = "" if justified(self, state, which) else "no buyer is turned away without a reason"
            return _go_on(state, which, step, "")._replace(wronged=wronged)
        round_ = TAKES.index(step)
        again = {"due": EXPIRES[round_], "unknown": RECONCILES[round_], "not admitted": CONFIRMS[round_]}
        wronged = "" if harmless(self, before, state, which) else "a request that cannot win changes nothing"
        return _go_on(state, which, step, again.get(outcome, "reserve"))._replace(wronged=wronged)

    def _confirmed(self, state: State, which: int, step: str) -> State:
        """reserving._bound_refusal; a refused call ends here."""
        admits = state.events[state.orders[which].event].admits
        if self.without == "a refusal is confirmed":
            wronged = "no order is refused that the ledger admits" if admits else ""
            return _go_on(state, which, step, "")._replace(wronged=wronged)
        return _go_on(state, which, step, RECONCILES[CONFIRMS.index(step)] if admits else "")

    def _give_back(self, state: State, which: int, step: str) -> tuple[str, State]:
        if step == "end the take":
            news = Sync(NOTHING, NOTHING, True)
            return "inventory_sync.end_take", sync(self, _go_on(state, which, step, ""), which, news)
        event = state.events[state.orders[which].event]
        keep = step == "give back, keep" or state.orders[which].status == "reserved"
        news = Sync(event.version, event.free, keep)
        onward = "correct" if step == "give back, correct" else ""
        after = state.with_order(which, add_sync(state.orders[which], news))
        return "inventory_sync.give_back: sync sent", _go_on(after, which, step, onward)

    def _arrive(self, state: State, which: int, news: Sync) -> State:
        order = state.orders[which]
        rest = tuple(sync for sync in order.syncs if sync != news)
        return sync(self, state.with_order(which, order._replace(syncs=rest)), which, news)

    def _of_event(self, state: State, which: int) -> Steps:
        event = state.events[which]
        if state.changes:
            yield from change_capacity(self, state, which)
        if state.closings:
            yield change_terms(self, state, which)
        if event.changing:
            after = state.with_event(which, event._replace(changing=False))
            yield "reconciling.try_to_reconcile", reconcile(self, after, which)
        for late in event.resets:
            rest = tuple(other for other in event.resets if other != late)
            after = state.with_event(which, event._replace(resets=rest))
            yield f"reset {late.version} arrives", reset(self, after, which, late)
        if state.snapshots:
            yield "a replica gets a copy", snapshot(state, which)._replace(snapshots=state.snapshots - 1)

    def _sweep(self, state: State) -> Steps:
        step, read = state.sweep
        match step:
            case "list":
                read = tuple((event.free, event.admits) for event in state.events)
                yield "counter_rounds.repair_all: events.list", state._replace(sweep=("compare", read))
            case "compare":
                yield "reconciling.repair", self.repair(state._replace(sweep=("", ())), read)
            case _ if state.sweeps:
                after = expire_due(self, state, None)[1]
                yield "expiry.expire", after._replace(sweep=("list", ()), sweeps=state.sweeps - 1)

    def repair(self, state: State, read: tuple[tuple[int, bool], ...]) -> State:
        """reconciling.repair, of events with the free places and the terms that were read from the ledger."""
        for which, (free, admits) in enumerate(read):
            counter = state.events[which].counter
            has_other_terms = counter is not None and counter.admits != admits
            differs = shown(self, state.events[which]) != free or (
                has_other_terms and self.without != "a sweep compares the terms"
            )
            if differs and self.without != "a sweep reconciles what differs":
                state = reconcile(self, state, which)
            elif self.strictly == "sweep":
                state = state.with_event(which, state.events[which]._replace(trusted=True))
        return state

    def optional_steps(self, state: State) -> Steps:
        if not state.faults:
            return
        hit = state._replace(faults=state.faults - 1, calm=False)
        for which, order in enumerate(state.orders):
            for fault, after in self._faults_of_order(hit, which, order):
                yield f"order {which}: FAULT: {fault}", after
        for which, event in enumerate(state.events):
            for fault, after in self._faults_of_event(hit, which, event):
                yield f"event {which}: FAULT: {fault}", after

    def _faults_of_order(self, hit: State, which: int, order: Order) -> Steps:
        for step in dict.fromkeys(order.calls):
            if step != "take" and "die" in self.kinds:
                yield f"the caller dies before it can {step}", _orphaned(_go_on(hit, which, step, ""), which)
            if step in _RESERVES and "away" in self.kinds:
                yield from self._away(hit, which, step)
            if step == "take" and "unanswered" in self.kinds:
                yield "inventory.take cannot be reached", _go_on(hit, which, step, "reserve")
                yield (
                    "inventory.take is done, its answer lost",
                    _go_on(take(self, hit, which)[1], which, step, "reserve"),
                )
        for news in order.syncs:
            if "lose" in self.kinds:
                rest = tuple(sync for sync in order.syncs if sync != news)
                lost = hit.with_order(which, order._replace(syncs=rest, orphaned=order.flying))
                yield f"sync {news.version} is lost", _doubt(lost, order.event, news.version != NOTHING)
            if "repeat" in self.kinds:
                yield f"sync {news.version} arrives, and will again", sync(self, hit, which, news)

    def _away(self, hit: State, which: int, step: str) -> Steps:
        """orders.reserve without an answer: the call ends, and its take with it.  What was written sends no sync."""
        onward = "" if self.without == "a take without an answer is given back" else "end the take"
        yield "the ledger cannot be reached", _go_on(hit, which, step, onward)
        outcome, after = reserve(self, hit, which)
        if outcome == "held":
            event = hit.orders[which].event
            silent = after.with_order(which, after.orders[which]._replace(syncs=hit.orders[which].syncs))
            done = f"orders.reserve: {outcome}, its answer lost"
            yield done, _doubt(_go_on(silent, which, step, onward), event, True)

    def _faults_of_event(self, hit: State, which: int, event: Event) -> Steps:
        if "keys" in self.kinds:
            for key in KEYS:
                yield (
                    f"{key} lost",
                    _doubt(lose(hit, which, key), which, key == "flights" and event.counter is not None),
                )
        if event.old is not None:
            yield "the old copy takes over", _doubt(set_back(hit, which), which, True)
        if event.changing:
            stale = hit.with_event(which, event._replace(changing=False))
            yield "the process that changed it dies before reconciling", _doubt(stale, which, True)


def _doubt(state: State, which: int, doubtful: bool) -> State:
    """Note that the counter may be wrong until it is reconciled; a missing one cannot be."""
    event = state.events[which]
    return state.with_event(which, event._replace(trusted=False)) if doubtful else state


def _orphaned(state: State, which: int) -> State:
    """Note that a fault has left an order's take to lapse."""
    return state.with_order(which, state.orders[which]._replace(orphaned=state.orders[which].flying))


def _go_on(state: State, which: int, step: str, onward: str) -> State:
    """Let one of an order's calls go on to its next step, or end."""
    calls = list(state.orders[which].calls)
    calls.remove(step)
    return state.with_order(
        which, state.orders[which]._replace(calls=tuple(sorted([*calls, *([onward] if onward else [])])))
    )


def _after_reserve(step: str, outcome: str) -> str:
    match outcome:
        case "held":
            return ""
        case "exists":
            return "give back, keep"
        case "closed":
            return "give back, correct"
        case "too few" if step == "reserve":
            return "expire for the ledger"
        case _:
            return "give back, forget"

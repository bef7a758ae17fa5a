"""A rush on one event with few places: most clients are refused or only read, and orders are cancelled or expire."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import attrs

from tests.linearizability.places import Answer, Cancel, Expire, Hold, Look, Request, Reserve, Step, Verb
from tests.linearizability.recording import CLIENTS, HOLD, Client, at_once
from ticketcore import BoxOffice, EventDraft, LiveEvent, Order, Organiser
from ticketcore.domain import timestamps
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.refusals import OrderNotCancellable, SoldOut
from ticketcore_memory import VirtualClock
from ticketcore_testing.samples import free_places

CAPACITY = 6
TURNS = 25
_SHOW = EventDraft("Show", timestamps.parse("2099-05-01T20:00:00Z"), "Hall", CAPACITY, price="45.00")
#: Two moves end a reservation.
_MOVE = HOLD / 2
_SWEEP_EVERY = 8
_RECENT = 8
#: Reserve, cancel, look, glance, read the row: most are refused or only read, as in a rush.
_WEIGHTS = (10, 1, 1, 10, 2)
_IDLE = sys.maxsize

Answers = Sequence[tuple[Verb, Answer]]


@attrs.define(eq=False)
class Rush:
    """A history that is being recorded; ``placed`` are the orders that have been returned to a client."""

    event_id: EventId
    clock: VirtualClock
    placed: list[OrderId] = attrs.field(factory=list)
    steps: list[Step] = attrs.field(factory=list)
    # The start of each client's current call.
    _calls: list[int] = attrs.field(factory=lambda: [_IDLE] * CLIENTS)
    _moved: int = 0

    def work(self, client: Client, seed: int) -> None:
        """Take a client's turns; the first one also moves the clock and sweeps."""
        chance = random.Random(seed * CLIENTS + client.number)
        acts = chance.choices((self.reserve, self.cancel, self.look, self.glance, self.read_row), _WEIGHTS, k=TURNS)
        for turn, act in enumerate(acts):
            self.record(client, partial(act, client.office, chance))
            if client.number == 0 and turn % _SWEEP_EVERY == _SWEEP_EVERY - 1:
                self.move_clock()
                self.record(client, partial(self.sweep, client.office))

    def record(self, client: Client, call: Callable[[], Answers]) -> None:
        """Make a call and record its answers and the orders that it has expired."""
        since = self._now()
        called = self._calls[client.number] = time.perf_counter_ns()
        answers = call()
        returned, self._calls[client.number] = time.perf_counter_ns(), _IDLE
        until = self._now()
        for verb, answer in answers:
            self.steps.append(Step(client.number, called, returned, Request(verb, since, until), answer))
        for order, settled in client.expiries.taken():
            self.steps.append(Step(client.number, called, settled, Request(Expire(order), since, until), "expired"))

    def _now(self) -> int:
        return timestamps.milliseconds(self.clock.now())

    def move_clock(self) -> None:
        """Move the clock unless a call that began before the last move is still running: its take must not lapse."""
        if min(self._calls) > self._moved:
            self.clock.move(_MOVE)
            self._moved = time.perf_counter_ns()

    def reserve(self, office: BoxOffice, chance: random.Random) -> Answers:
        quantity = chance.choice((1, 1, 2, 3))
        outcome = office.reserve(self.event_id, quantity, "ann@example.com")
        if isinstance(outcome, SoldOut):
            return [(Reserve(quantity), outcome.available)]
        assert isinstance(outcome, Order), outcome
        assert outcome.expires_at is not None
        self.placed.append(outcome.id)
        return [(Reserve(quantity), Hold(outcome.id, outcome.quantity, timestamps.milliseconds(outcome.expires_at)))]

    def cancel(self, office: BoxOffice, chance: random.Random) -> Answers:
        if not self.placed:
            return self.glance(office, chance)
        order_id = chance.choice(self.placed[-_RECENT:])
        outcome = office.cancel(order_id)
        match outcome:
            case Order():
                return [(Cancel(order_id), outcome.status.value)]
            case OrderNotCancellable():
                return [(Cancel(order_id), outcome.order_status)]
            case _:
                return [(Cancel(order_id), outcome.code)]

    def look(self, office: BoxOffice, _chance: random.Random) -> Answers:
        live = office.event(self.event_id)
        assert isinstance(live, LiveEvent)
        return [(Look("event"), live.available)]

    def glance(self, office: BoxOffice, _chance: random.Random) -> Answers:
        counted = free_places(office.ports.inventory, [self.event_id], self.clock.now())
        return [(Look("counter"), counted[self.event_id])]

    def read_row(self, office: BoxOffice, _chance: random.Random) -> Answers:
        event = office.ports.events.get(self.event_id)
        assert event is not None
        return [(Look("ledger"), event.available)]

    def sweep(self, office: BoxOffice) -> Answers:
        office.sweep()
        return []


def rush(clients: Sequence[Client], seed: int) -> list[Step]:
    """Return the history of a rush.

    At its end, without concurrency, one client looks: after the rush, when the last reservations are due, and after a sweep.
    """
    one = clients[0]
    clock, chance = one.office.ports.clock, random.Random(seed)
    live = Organiser(one.office.ports).create_event(_SHOW)
    assert isinstance(clock, VirtualClock)
    assert isinstance(live, LiveEvent)
    history = Rush(live.event.id, clock)

    def look() -> None:
        history.record(one, partial(history.read_row, one.office, chance))
        history.record(one, partial(history.look, one.office, chance))
        history.record(one, partial(history.glance, one.office, chance))

    at_once([partial(history.work, client, seed) for client in clients])
    look()
    clock.move(HOLD)
    look()
    history.record(one, partial(history.sweep, one.office))
    look()
    return history.steps

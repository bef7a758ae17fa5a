"""One simulated life of a box office: from the first buyer, through every fault, to the verdict."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import attrs

from ticketcore import BoxOffice, EventDraft, LiveEvent
from ticketcore.ports import Ids
from ticketcore_memory import SeededIds, VirtualClock
from ticketcore_simulator import laws
from ticketcore_simulator.actors import Cast
from ticketcore_simulator.faults import Fault, Faults
from ticketcore_simulator.parts import Parts, memory_parts
from ticketcore_simulator.scheduler import Scheduler
from ticketcore_simulator.world import World

HOLD = timedelta(seconds=90)
_APIS, _WORKERS, _GATES, _EVENTS = 2, 2, 2, 2
_PLACES_FOR_EACH_ORDER = 1
_AUDIT_SECONDS = 5
_PATIENCE = timedelta(hours=1)
_SHOWTIME = timedelta(days=30)

MakeParts = Callable[[Scheduler, Faults, Ids], Parts]


@attrs.frozen
class Life:
    """What is simulated: the same values are the same history, everywhere."""

    seed: int
    orders: int = 10
    kinds: frozenset[Fault] = frozenset(Fault)
    most_faults: int | None = None
    spared: frozenset[int] = frozenset()


@attrs.frozen
class Outcome:
    """What came of it; ``violations`` are sentences, none if every law held."""

    life: Life
    violations: tuple[str, ...]
    faults: int
    injected: Counter[Fault]
    answers: Counter[str]
    steps: int
    seconds: float
    trace: tuple[str, ...]


def simulate(life: Life, parts_of: MakeParts = memory_parts, *, traced: bool = False) -> Outcome:
    """Simulate a life over the memory adapters, or over others that are to be tried."""
    dice, bad_luck = random.Random(life.seed), random.Random(~life.seed)  # noqa: S311  They are to be foreseen.
    scheduler, faults = Scheduler(dice, VirtualClock()), Faults(bad_luck, life.kinds, life.most_faults, life.spared)
    world = World(scheduler, faults, parts_of(scheduler, faults, SeededIds(life.seed)), [] if traced else None)
    began = scheduler.clock.moment
    run = _Run(_cast(world, life))
    run.spawn(life.orders)
    try:
        scheduler.run()
    except Exception as error:  # A bug is a violation, with its seed.
        run.violations.append(f"an exception came out: {type(error).__name__}: {error}")
    return Outcome(
        life,
        tuple(run.violations),
        faults.drawn,
        faults.injected,
        run.cast.told.answers,
        scheduler.steps,
        (scheduler.clock.moment - began).total_seconds(),
        tuple(world.trace or ()),
    )


def _cast(world: World, life: Life) -> Cast:
    office = BoxOffice(world.parts.ports, HOLD)
    capacity = max(2, life.orders * _PLACES_FOR_EACH_ORDER // _EVENTS)
    draft = EventDraft("Show", world.scheduler.clock.moment + _SHOWTIME, "Hall", capacity, "45.00")
    created = [office.create_event(draft) for _ in range(_EVENTS)]
    events = [live.event.id for live in created if isinstance(live, LiveEvent)]
    return Cast(world, [world.start_process(f"api {number}", HOLD) for number in range(1, _APIS + 1)], events)


@attrs.define(eq=False)
class _Run:
    """A life while it is lived."""

    cast: Cast
    violations: list[str] = attrs.field(factory=list)

    def spawn(self, buyers: int) -> None:
        """Let everybody come."""
        cast, world = self.cast, self.cast.world
        cast.buyers = buyers
        tasks: list[Callable[[], None]] = [cast.fate, cast.admin, self._conduct]
        tasks += [partial(cast.buyer, number) for number in range(buyers)]
        tasks += [partial(cast.gate, f"gate {number}") for number in range(1, _GATES + 1)]
        tasks += [
            partial(cast.worker, world.start_process(f"worker {number}", HOLD)) for number in range(1, _WORKERS + 1)
        ]
        tasks.append(partial(cast.sweeper, world.start_process("sweeper", HOLD)))
        for task in tasks:
            world.scheduler.spawn(task)

    def _conduct(self) -> None:
        """Audit while there are buyers; then stop all faults, let the system run, and judge."""
        cast, world = self.cast, self.cast.world
        ports = world.parts.ports
        while cast.buyers:
            world.scheduler.sleep(_AUDIT_SECONDS)
            self.violations += laws.always(ports, cast.events)
            if not world.faults.kinds and not cast.busy:
                self.violations += laws.counters_agree(ports, cast.events)
        cast.selling = False
        world.faults.over = True
        world.note("-", "all faults stop")
        patience = world.scheduler.clock.moment + _PATIENCE
        while left := list(laws.unrest(ports, cast.events, cast.told)):
            if world.scheduler.clock.moment > patience:
                self.violations += [f"liveness: {what}" for what in left]
                break
            ports.payment_queue.redrive(world.scheduler.clock.moment)
            world.scheduler.sleep(_AUDIT_SECONDS)
        self.violations += laws.always(ports, cast.events)
        self.violations += laws.at_rest(ports, cast.told)
        cast.open = False

"""One simulated life of a box office: from the first buyer, through every fault, to the verdict."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

import attrs

from ticketcore import EventDraft, LiveEvent, Organiser
from ticketcore.domain import ids, journal
from ticketcore.ports import Ids, Ports
from ticketcore_memory import SeededIds, VirtualClock
from ticketcore_simulator import laws
from ticketcore_simulator.actors import Cast
from ticketcore_simulator.components import Parts, memory_parts
from ticketcore_simulator.faults import Fault, Faults
from ticketcore_simulator.observed import Told
from ticketcore_simulator.scheduler import Scheduler
from ticketcore_simulator.world import World

HOLD = timedelta(seconds=90)
_APIS, _WORKERS, _GATES, _EVENTS = 2, 2, 2, 2
_PLACES_FOR_EACH_ORDER = 1
_AUDIT_SECONDS = 5
_PATIENCE = timedelta(hours=1)
#: After a message was lost: its order is reminded of after a day, and all go round more slowly until then.
_LONG_PATIENCE, _SLOW_PACE = timedelta(days=2), 1000
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
    """What came of it; ``violations`` are sentences, none if every law held.

    Only a traced life has a ``trace`` and the ``stories`` of its orders, by their digests, as their journals tell them.
    """

    life: Life
    violations: tuple[str, ...]
    faults: int
    injected: Counter[Fault]
    answers: Counter[str]
    steps: int
    seconds: float
    trace: tuple[str, ...] = ()
    stories: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)


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
    outcome = Outcome(
        life,
        tuple(run.violations),
        faults.drawn,
        faults.injected,
        run.cast.told.answers,
        scheduler.steps,
        (scheduler.clock.moment - began).total_seconds(),
    )
    if world.trace is None:
        return outcome
    return attrs.evolve(outcome, trace=tuple(world.trace), stories=_stories(world.parts.ports, run.cast.told))


def _stories(ports: Ports, told: Told) -> dict[str, tuple[str, ...]]:
    orders = [order for order_id in told.quantities if (order := ports.orders.get(order_id))]
    return {
        ids.digest(order.id): (*map(str, ports.orders.journal(order.id)), journal.outlook(order)) for order in orders
    }


def _cast(world: World, life: Life) -> Cast:
    organiser = Organiser(world.parts.ports)
    capacity = max(2, life.orders * _PLACES_FOR_EACH_ORDER // _EVENTS)
    draft = EventDraft("Show", world.scheduler.clock.moment + _SHOWTIME, "Hall", capacity, "45.00")
    created = [organiser.create_event(draft) for _ in range(_EVENTS)]
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
        self.violations += [f"liveness: {what}" for what in self._rest()]
        self.violations += laws.always(ports, cast.events)
        self.violations += laws.at_rest(ports, cast.told)
        cast.open = False

    def _rest(self) -> list[str]:
        """Let the system come to rest; answer what is left to be done."""
        if not self.cast.world.faults.injected[Fault.LOSS]:
            return self._run_to_rest(_PATIENCE)
        self._run_to_rest(_PATIENCE / 10)
        self.cast.pace = _SLOW_PACE
        return self._run_to_rest(_LONG_PATIENCE)

    def _run_to_rest(self, patience: timedelta) -> list[str]:
        """Let the system run until nothing is left to be done, or for so long; answer what is left."""
        cast, scheduler, ports = self.cast, self.cast.world.scheduler, self.cast.world.parts.ports
        end = scheduler.clock.moment + patience
        while left := list(laws.unrest(ports, cast.events, cast.told)):
            if scheduler.clock.moment > end:
                break
            ports.payment_queue.redrive(scheduler.clock.moment)
            scheduler.sleep(_AUDIT_SECONDS * cast.pace)
        return left

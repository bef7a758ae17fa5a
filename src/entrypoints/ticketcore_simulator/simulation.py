"""Run one scenario: buyers, gates, admins, workers and faults, then recovery, then the laws."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial

import attrs

from ticketcore import EventDraft, LiveEvent, Organiser
from ticketcore.domain import ids, journal
from ticketcore.domain.webhooks import Topic
from ticketcore.ports import Ids, Ports
from ticketcore_memory import SeededIds, VirtualClock
from ticketcore_simulator import laws
from ticketcore_simulator.actors import Actors
from ticketcore_simulator.admin import Admin
from ticketcore_simulator.components import Components, memory_components
from ticketcore_simulator.faults import FaultKind, Faults
from ticketcore_simulator.observed import Observed
from ticketcore_simulator.scheduler import Scheduler
from ticketcore_simulator.world import World

HOLD = timedelta(seconds=90)
_APIS, _WORKERS, _SWEEPERS, _TELLERS, _GATES, _OFFLINE_GATES, _EVENTS = 2, 2, 2, 2, 2, 2, 2
_PLACES_FOR_EACH_ORDER = 1
#: At the second event.
_MOST_PLACES_OF_A_BUYER = 4
_AUDIT_SECONDS = 5
#: Longer than the intervals between the tries of a mail.
_PATIENCE = timedelta(hours=10)
#: Loops of a system that is not at rest within a tenth of that run more slowly.
_SLOW_PACE = 100
#: The sweeper enqueues the order of a message that was lost again after a day.
_PATIENCE_AFTER_A_LOSS, _PACE_AFTER_A_LOSS = timedelta(days=2), 1000
_SHOWTIME = timedelta(days=30)
#: Of the first event: some buyers come before its sale starts, and the last ones after its end.
_SALE_STARTS, _SALE_ENDS, _DOORS = timedelta(seconds=5), timedelta(seconds=50), timedelta(seconds=40)

MakeComponents = Callable[[Scheduler, Faults, Ids], Components]


@attrs.frozen
class Scenario:
    """What is simulated.  Equal scenarios have equal histories on every machine."""

    seed: int
    orders: int = 10
    kinds: frozenset[FaultKind] = frozenset(FaultKind)
    most_faults: int | None = None
    spared: frozenset[int] = frozenset()


@attrs.frozen
class Outcome:
    """The result of a simulation; ``violations`` are sentences, none if every law held.

    Only a traced simulation has a ``trace``, and the ``journals`` of its orders by their digests.
    """

    scenario: Scenario
    violations: tuple[str, ...]
    faults: int
    injected: Counter[FaultKind]
    outcomes: Counter[str]
    steps: int
    seconds: float
    trace: tuple[str, ...] = ()
    journals: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)


def simulate(
    scenario: Scenario, make_components: MakeComponents = memory_components, *, traced: bool = False
) -> Outcome:
    """Simulate a scenario over the memory adapters or over other components."""
    rng, fault_rng = random.Random(scenario.seed), random.Random(~scenario.seed)  # noqa: S311  They must be reproducible.
    scheduler, faults = (
        Scheduler(rng, VirtualClock()),
        Faults(fault_rng, scenario.kinds, scenario.most_faults, scenario.spared),
    )
    world = World(
        scheduler, faults, make_components(scheduler, faults, SeededIds(scenario.seed)), [] if traced else None
    )
    began = scheduler.clock.moment
    run = _Run(_actors(world, scenario))
    run.spawn(scenario.orders)
    try:
        scheduler.run()
    except Exception as error:  # A bug is a violation, with its seed.
        run.violations.append(f"an exception was raised: {type(error).__name__}: {error}")
    outcome = Outcome(
        scenario,
        tuple(run.violations),
        faults.drawn,
        faults.injected,
        run.actors.observed.outcomes,
        scheduler.steps,
        (scheduler.clock.moment - began).total_seconds(),
    )
    if world.trace is None:
        return outcome
    return attrs.evolve(
        outcome, trace=tuple(world.trace), journals=_journals(world.components.ports, run.actors.observed)
    )


def _journals(ports: Ports, observed: Observed) -> dict[str, tuple[str, ...]]:
    orders = [order for order_id in observed.quantities if (order := ports.orders.get(order_id))]
    return {
        ids.digest(order.id): (*map(str, ports.orders.journal(order.id)), journal.outlook(order)) for order in orders
    }


def _actors(world: World, scenario: Scenario) -> Actors:
    organiser = Organiser(world.components.ports)
    capacity = max(2, scenario.orders * _PLACES_FOR_EACH_ORDER // _EVENTS)
    now = world.scheduler.clock.moment
    draft = EventDraft("Show", now + _SHOWTIME, "Hall", capacity, "45.00")
    timed = attrs.evolve(draft, sale_starts_at=now + _SALE_STARTS, sale_ends_at=now + _SALE_ENDS, doors_at=now + _DOORS)
    limited = attrs.evolve(draft, max_per_customer=_MOST_PLACES_OF_A_BUYER)
    created = [organiser.create_event(each) for each in (timed, limited)]
    events = [live.event.id for live in created if isinstance(live, LiveEvent)]
    organiser.create_webhook("https://receiver.example/webhook", tuple(Topic))
    return Actors(world, [world.start_process(f"api {number}", HOLD) for number in range(1, _APIS + 1)], events)


def _admin(run: _Run) -> Admin:
    return Admin(run.actors)


@attrs.define(eq=False)
class _Run:
    """A simulation that is running."""

    actors: Actors
    violations: list[str] = attrs.field(factory=list)
    admin: Admin = attrs.field(init=False, default=attrs.Factory(_admin, takes_self=True))

    def spawn(self, buyers: int) -> None:
        """Start all tasks."""
        actors, world = self.actors, self.actors.world
        actors.buyers = buyers
        tasks: list[Callable[[], None]] = [actors.inject_faults, self.admin.run, self._conduct]
        tasks += [partial(actors.buyer, number) for number in range(buyers)]
        tasks += [partial(actors.gate, f"gate {number}") for number in range(1, _GATES + 1)]
        tasks += [partial(actors.offline_gate, f"offline gate {number}") for number in range(1, _OFFLINE_GATES + 1)]
        tasks += [
            partial(actors.worker, world.start_process(f"worker {number}", HOLD)) for number in range(1, _WORKERS + 1)
        ]
        tasks.append(partial(actors.deliverer, world.start_process("deliverer", HOLD)))
        tasks += [
            partial(actors.teller, world.start_process(f"teller {number}", HOLD)) for number in range(1, _TELLERS + 1)
        ]
        tasks += [
            partial(actors.sweeper, world.start_process(f"sweeper {number}", HOLD))
            for number in range(1, _SWEEPERS + 1)
        ]
        for task in tasks:
            world.scheduler.spawn(task)

    def _conduct(self) -> None:
        """Audit while there are buyers; then stop all faults, let the system come to rest, and check the laws."""
        actors, world = self.actors, self.actors.world
        ports = world.components.ports
        while actors.buyers:
            world.scheduler.sleep(_AUDIT_SECONDS)
            self.violations += laws.always(ports, actors.events)
            self.violations += laws.within_limits(ports, actors.events, actors.observed)
            if not world.faults.kinds and not actors.busy:
                self.violations += laws.counters_agree(ports, actors.events)
        actors.selling = False
        world.faults.over = True
        world.note("-", "all faults stop")
        self.violations += [f"liveness: {what}" for what in self._rest()]
        actors.open = False
        actors.merge_all()
        actors.undo_late()
        actors.merge_all()
        self.admin.forget_again()
        self.violations += laws.always(ports, actors.events)
        self.violations += laws.at_rest(ports, actors.events, actors.observed)

    def _rest(self) -> list[str]:
        """Let the system come to rest, more slowly after an hour; return what is left to be done."""
        left = self._run_to_rest(_PATIENCE / 10)
        if not left:
            return left
        is_lost = bool(self.actors.world.faults.injected[FaultKind.LOSS])
        self.actors.pace = _PACE_AFTER_A_LOSS if is_lost else _SLOW_PACE
        return self._run_to_rest(_PATIENCE_AFTER_A_LOSS if is_lost else _PATIENCE)

    def _running(self) -> Iterator[str]:
        """Yield what may still change something: a stalled call of an admin may come to the ledger late."""
        if self.actors.busy:
            yield "a use case is running"

    def _run_to_rest(self, patience: timedelta) -> list[str]:
        """Let the system run until nothing is left to be done, or until ``patience`` ends; return what is left."""
        actors, scheduler, ports = self.actors, self.actors.world.scheduler, self.actors.world.components.ports
        end = scheduler.clock.moment + patience
        while left := [*laws.unrest(ports, actors.events, actors.observed), *self._running()]:
            if scheduler.clock.moment > end:
                break
            ports.payment_queue.redrive(scheduler.clock.moment)
            scheduler.sleep(_AUDIT_SECONDS * actors.pace)
        return left

"""Run a scenario with a fault at every call of a port, recover, and check the laws."""

from __future__ import annotations

import enum
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import attrs

from tests.crashes.driver import Driver
from tests.crashes.fault_injection import CRASHES, FaultInjector, FaultKind, Injection
from tests.crashes.laws import Inspector, always, in_the_end, orders
from tests.crashes.scenarios import SCENARIOS, Scenario
from ticketcore import EventFilter, Unavailable
from ticketcore.application.reports import WorkReport
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_testing.samples import free_places

#: More than a message needs to be processed or to become a dead letter.
_ROUNDS = 2 * MAX_RECEIVES


#: Scenarios in which a take is in flight while the ledger is asked.
_TAKING = {"reserve", "reserve with a key", "reserve many places", "reserve past a wrong counter"}


class Client(enum.StrEnum):
    """What a client without a response does."""

    LEAVES = "its client never comes back"
    REPEATS = "its client repeats the request"


@attrs.frozen
class Result:
    """The calls that a process made, if known, and its response, if it returned one."""

    calls: tuple[str, ...] = ()
    returned: bool = False
    response: object = None
    crashed: bool = False


class Environment(Protocol):
    """The components of one run of a scenario, which outlive its processes."""

    __slots__ = ()

    @property
    @abstractmethod
    def inspector(self) -> Inspector:
        """Return the inspector of what ports do not show."""

    @abstractmethod
    def driver(self) -> Driver:
        """Return a new process without injected faults."""

    @abstractmethod
    def request(self, name: str, injection: Injection | None) -> Result:
        """Run the request of a scenario in a process of its own, with this fault."""


Environments = Callable[[], AbstractContextManager[Environment]]


@attrs.frozen
class Run:
    """One run of a scenario: the calls that were made and the laws that were broken."""

    calls: tuple[str, ...]
    returned: bool
    violations: tuple[str, ...]


def run_request(driver: Driver, scenario: Scenario, injector: FaultInjector) -> Result:
    """Run the request of a scenario and return its result; a crash is raised."""
    try:
        response = scenario.request(driver)
    except Unavailable:
        return Result(tuple(injector.calls))
    return Result(tuple(injector.calls), True, response)


def run_scenario(
    environments: Environments, name: str, injection: Injection | None, client: Client = Client.LEAVES
) -> Run:
    """Run a scenario from its setup to the check of the laws."""
    scenario = SCENARIOS[name]
    with environments() as environment:
        driver = environment.driver()
        scenario.set_up(driver)
        result = environment.request(name, injection)
        assert result.crashed == (injection is not None and injection.kind in CRASHES), (
            "the process did not reach its crash point"
        )
        violations = [*_responded(driver, scenario, result), *always(driver.ports, driver.facts)]
        if name in _TAKING and not result.returned and not result.crashed:
            violations += _given_back(driver)
        for order in orders(driver.ports, environment.inspector):
            if order.id in driver.facts.orders:
                driver.look_at(order)
        driver = environment.driver()
        if client is Client.REPEATS and not result.returned:
            violations += _responded(driver, scenario, Result(returned=True, response=scenario.request(driver)))
        violations += _recover(driver)
        violations += in_the_end(environment.driver(), environment.inspector, scenario)
    return Run(result.calls, result.returned, tuple(violations))


def _given_back(driver: Driver) -> Iterator[str]:
    """Yield the takes of a process that lives and had no answer from the ledger: none may be in flight."""
    events = driver.ports.events.list(EventFilter(), None, 10).items
    counted = free_places(driver.ports.inventory, [event.id for event in events], driver.clock.now())
    for event in events:
        if counted.get(event.id, event.available) < event.available:
            yield f"a take was not given back: the counter says {counted[event.id]}, the ledger {event.available}"


def _responded(driver: Driver, scenario: Scenario, result: Result) -> Iterator[str]:
    """Record the response, which must be of the scenario's type."""
    if not result.returned:
        return
    driver.facts.record(result.response)
    if not isinstance(result.response, scenario.returns):
        yield f"law 5: the response was {result.response}"
    yield from scenario.effect(driver)
    yield from _bugs(result.response)


def _bugs(response: object) -> Iterator[str]:
    failures = response.failures if isinstance(response, WorkReport) else ()
    yield from (f"a bug: {failure.error!r}" for failure in failures if not isinstance(failure.error, Unavailable))


def _recover(driver: Driver) -> Iterator[str]:
    """Run workers and sweepers until nothing is left to do and every deadline has passed."""
    for _ in range(_ROUNDS):
        driver.clock.move(VISIBILITY)
        yield from _serve(driver)
        if _is_quiet(driver):
            break
    driver.clock.move(driver.box_office.hold)
    yield from _serve(driver)


def _is_quiet(driver: Driver) -> bool:
    depth = driver.ports.payment_queue.depth(driver.clock.now())
    is_mailed = not driver.ports.deliveries.backlog().pending
    is_told = not driver.ports.webhooks.backlog().pending
    return is_mailed and is_told and not (depth.waiting or depth.in_flight or driver.ports.outbox.pending(1))


def _serve(driver: Driver) -> Iterator[str]:
    driver.box_office.sweep()
    yield from _bugs(driver.box_office.work())
    yield from _bugs(driver.box_office.deliver())
    driver.box_office.collect_webhooks()
    driver.box_office.send_webhooks()


def enumerate_crashes(
    environments: Environments, name: str, kinds: Sequence[FaultKind] = tuple(FaultKind)
) -> Iterator[tuple[str, Run]]:
    """Run a scenario without a fault, and then with each kind of fault at each call that it made."""
    faultless = run_scenario(environments, name, None)
    assert faultless.returned, f"{name}: there is no response although there is no fault"
    assert len(faultless.calls) >= SCENARIOS[name].min_calls, f"{name}: fewer calls than before: {faultless.calls}"
    yield f"{name}: no fault", faultless
    for number, call in enumerate(faultless.calls, start=1):
        for kind in kinds:
            injection = Injection(number, kind)
            for client in Client:
                run = run_scenario(environments, name, injection, client)
                yield f"{name}: it {kind.value} {call}, call {number}; {client.value}", run
                if run.returned:
                    break

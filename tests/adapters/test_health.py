"""Health checks run seldom, in one thread for each component, and are waited for only briefly."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from tests.entrypoints.http import ADMIN, assembly_in_memory, json_of
from tests.patience import PATIENCE_SECONDS
from ticketcore.domain.errors import Unavailable
from ticketcore_bootstrap.telemetry import Telemetry
from ticketcore_flask import Metrics, create_app
from ticketcore_memory import MemoryFiles, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_telemetry.health import CHECK_SECONDS, HealthChecker, Probe

SOON = 0.2


@attrs.define(eq=False)
class Component:
    """A component whose check hangs until it is released, and can be made to fail."""

    go: threading.Event = attrs.field(factory=threading.Event)
    calls: int = 0
    failure: Exception | None = None

    def check(self) -> None:
        self.calls += 1
        self.go.wait(60)
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def component() -> Iterator[Component]:
    """Yield a component that hangs, and release it at the end."""
    found = Component()
    yield found
    found.go.set()


def ready(component: Component) -> Component:
    component.go.set()
    return component


def from_many_threads(function: Callable[[], object], times: int = 200) -> None:
    with ThreadPoolExecutor(20) as pool:
        for done in [pool.submit(function) for _ in range(times)]:
            done.result()


def threads_of(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"probe of {name}"]


def test_a_component_is_asked_once_however_many_ask(component: Component) -> None:
    """Any number of threads share one call within two seconds."""
    health = HealthChecker({"shared": ready(component).check})
    from_many_threads(health.failures)
    assert health.failures() == {"shared": None}
    assert component.calls == 1


def test_a_component_is_asked_again_after_the_period(component: Component) -> None:
    """The new result replaces the one before."""
    health = HealthChecker({"again": ready(component).check}, period_seconds=SOON)
    assert health.failures() == {"again": None}
    component.failure = Unavailable("again", "gone")
    assert health.failures() == {"again": None}
    time.sleep(SOON)
    assert health.failures() == {"again": "gone"}
    assert component.calls == 2


def test_the_period_is_two_seconds() -> None:
    """The contract promises this period."""
    assert CHECK_SECONDS == 2


def test_a_component_that_hangs_holds_one_thread(component: Component) -> None:
    """It is reported in time, however often it is asked, and the others are reported as they are."""
    health = HealthChecker({"hanging": component.check, "well": lambda: None}, period_seconds=0, timeout_seconds=SOON)
    assert health.failures() == {"hanging": "no answer within 0.2 seconds", "well": None}
    from_many_threads(health.failures)
    assert component.calls == 1
    assert len(threads_of("hanging")) == 1


def test_waiting_ends_for_all_at_once(component: Component) -> None:
    """A check that hangs already is not waited for again."""
    health = HealthChecker({"slow": component.check}, timeout_seconds=SOON)
    health.failures()
    began = time.monotonic()
    for _ in range(50):
        health.failures()
    assert time.monotonic() - began < 25 * SOON, "half of what waiting each time takes"


def test_a_component_that_has_hung_is_asked_again(component: Component) -> None:
    """It is asked again when its call has ended."""
    health = HealthChecker({"back": component.check}, period_seconds=0, timeout_seconds=SOON)
    assert health.failures() == {"back": "no answer within 0.2 seconds"}
    component.go.set()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while health.failures() != {"back": None}:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert component.calls >= 2


def test_one_thread_waits_for_a_component_that_hangs(component: Component) -> None:
    """The others have the last result at once: they are there for requests."""
    health = HealthChecker({"busy": ready(component).check}, period_seconds=0, timeout_seconds=60)
    assert health.failures() == {"busy": None}
    component.go.clear()
    with ThreadPoolExecutor(1) as waiter:
        waiting = waiter.submit(health.failures)
        while component.calls < 2:
            time.sleep(0.01)
        from_many_threads(lambda: health.failures()["busy"])
        assert health.failures() == {"busy": None}
        assert not waiting.done()
        component.failure = Unavailable("busy", "gone")
        component.go.set()
        assert waiting.result() == {"busy": "gone"}


def test_nothing_is_waited_for_that_took_too_long_before(component: Component) -> None:
    """A component that hangs for a while and then fails, again and again, delays one request once."""
    health = HealthChecker({"stuck": component.check}, period_seconds=0, timeout_seconds=SOON)
    health.failures()
    first = health._probes["stuck"].call()
    component.go.set()
    assert first.future.result(5) is None
    component.go.clear()
    began = time.monotonic()
    for _ in range(20):
        assert health.failures() == {"stuck": "no answer within 0.2 seconds"}
    assert time.monotonic() - began < 10 * SOON, "half of what waiting each time takes"


def test_many_checks_start_one_thread(component: Component) -> None:
    """The thread of a component stays for the next call."""
    health = HealthChecker({"often": ready(component).check}, period_seconds=0)
    health.failures()
    [thread] = threads_of("often")
    for _ in range(20):
        health.failures()
    assert threads_of("often") == [thread]
    assert component.calls == 21


def test_a_bug_is_logged_and_not_quoted(component: Component, caplog: pytest.LogCaptureFixture) -> None:
    """What an exception of a library says may hold a secret."""
    component.failure = RuntimeError("the secret inside")
    assert HealthChecker({"buggy": ready(component).check}).failures() == {"buggy": "an unexpected error"}
    assert "the probe of buggy failed" in caplog.text


def test_a_thread_without_calls_ends() -> None:
    """Another thread starts with the next call."""
    probe = Probe("idle", lambda: 7, 0.0, 0.05)
    for _ in range(2):
        assert probe.call().result(1) == 7
        deadline = time.monotonic() + 5
        while threads_of("idle") and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threads_of("idle") == []


def test_a_check_that_hangs_does_not_keep_a_program_from_ending() -> None:
    """Its thread ends with the program."""
    program = (
        "import time; from ticketcore_telemetry.health import HealthChecker; "
        "print(HealthChecker({'x': lambda: time.sleep(600)}, timeout_seconds=0.1).failures())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )
    assert done.stdout == "{'x': 'no answer within 0.1 seconds'}\n"


@attrs.define(eq=False)
class ComponentFiles(MemoryFiles):
    """Files with the check of a component."""

    component: Component = attrs.field(factory=Component)

    def check(self) -> None:
        self.component.check()


def test_readiness_and_metrics_share_their_checks(component: Component) -> None:
    """Probes and scrapes of one process share one call of a component."""
    ports = attrs.evolve(memory_ports(SimulatedPaymentGateway()), files=ComponentFiles(component=ready(component)))
    telemetry = Telemetry.of(assembly_in_memory(ports))
    client = create_app(telemetry.assembly, Metrics.of(telemetry.counted, telemetry.scraped)).test_client()
    for _ in range(5):
        assert json_of(client.get("/health/ready"))["status"] == "ready"
        assert 'ticketcore_part_up{part="files"} 1.0' in client.get("/metrics", headers=ADMIN).text
    assert component.calls == 1


def test_a_service_with_a_component_that_hangs_says_so(component: Component) -> None:
    """Readiness is degraded, and the response does not wait for it."""
    ports = attrs.evolve(memory_ports(SimulatedPaymentGateway()), files=ComponentFiles(component=component))
    client = create_app(assembly_in_memory(ports)).test_client()
    found = json_of(client.get("/health/ready"))
    assert found["status"] == "degraded"
    assert found["parts"]["files"] == "unavailable: no answer within 2 seconds"

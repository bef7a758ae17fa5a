"""A sample of the runs of ``real.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crashes.enumeration import Client, Environments, enumerate_crashes, run_scenario
from tests.crashes.fault_injection import CRASHES, FaultKind, Injection
from tests.crashes.laws import in_the_end
from tests.crashes.memory import memory_environment
from tests.crashes.scenarios import SCENARIOS
from tests.crashes.servers import server_environments


@pytest.fixture(scope="module")
def environments(postgres_server: str, redis_url: str) -> Iterator[Environments]:
    """Yield environments on real servers."""
    with server_environments(postgres_server, redis_url) as environments:
        yield environments


def test_no_kill_breaks_a_law(environments: Environments) -> None:
    """Before and after each call of a port, whether or not the client repeats the request."""
    for at, run in enumerate_crashes(environments, "cancel", CRASHES):
        assert not run.violations, "\n".join([at, *run.violations])


def test_a_lock_dies_with_its_holder(environments: Environments) -> None:
    """A process that is killed while it has locked an event does not keep others from locking it."""
    injection = Injection(
        run_scenario(memory_environment, "raise the capacity", None).calls.index("events.locked") + 1, FaultKind.AFTER
    )
    assert not run_scenario(environments, "raise the capacity", injection, Client.REPEATS).violations


def test_a_webhook_is_told_whatever_dies(environments: Environments) -> None:
    """Before and after each call of a port, by a request to a real receiver."""
    for name in ("collect for a webhook", "send to a webhook"):
        for at, run in enumerate_crashes(environments, name, CRASHES):
            assert not run.violations, "\n".join([at, *run.violations])


@pytest.mark.parametrize("name", ["work on several", "sweep by a function", "send to a webhook"])
def test_real_adapters_are_called_as_those_in_memory(environments: Environments, name: str) -> None:
    """The crash points are the same."""
    assert run_scenario(environments, name, None).calls == run_scenario(memory_environment, name, None).calls


def test_what_a_killed_process_leaves_is_found(environments: Environments) -> None:
    """Without recovery the laws are broken: the money is taken, and the order is not processed."""
    call = run_scenario(memory_environment, "work", None).calls.index("payment_gateway.charge") + 1
    with environments() as environment:
        SCENARIOS["work"].set_up(environment.driver())
        assert environment.request("work", Injection(call, FaultKind.AFTER)).crashed
        broken = "\n".join(in_the_end(environment.driver(), environment.inspector, SCENARIOS["work"]))
    assert "money was kept 1 times for 0 paid orders" in broken
    assert "1 in flight" in broken

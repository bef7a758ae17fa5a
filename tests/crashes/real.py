"""Every crash point of every scenario with real processes, killed with SIGKILL, over Postgres and Redis.

It takes minutes and is not collected by default; ``test_crash_points_real.py`` is a sample that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.crashes.enumeration import Environments, enumerate_crashes, run_scenario
from tests.crashes.fault_injection import FaultKind
from tests.crashes.memory import memory_environment
from tests.crashes.scenarios import SCENARIOS
from tests.crashes.servers import server_environments


@pytest.fixture(scope="module")
def environments(postgres_server: str, redis_url: str) -> Iterator[Environments]:
    """Yield environments on real servers."""
    with server_environments(postgres_server, redis_url) as environments:
        yield environments


@pytest.fixture(scope="module")
def tally(pytestconfig: pytest.Config) -> Iterator[Counter[str]]:
    """Yield the totals, and print them at the end."""
    counted: Counter[str] = Counter()
    yield counted
    line = ", ".join(f"{what}: {counted[what]}" for what in ("scenarios", "points", "runs", "violations"))
    reporter: Any = pytestconfig.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:  # A worker of xdist has none.
        reporter.write_line(f"\n{line}; at each point a process {', '.join(FaultKind)} the call")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_kill_breaks_a_law(environments: Environments, tally: Counter[str], name: str) -> None:
    """In memory the calls are the same."""
    runs = dict(enumerate_crashes(environments, name))
    calls = next(iter(runs.values())).calls
    broken = [f"{at}: {violation}" for at, run in runs.items() for violation in run.violations]
    tally.update(scenarios=1, points=len(calls), runs=len(runs), violations=len(broken))
    assert not broken, "\n".join(broken)
    assert calls == run_scenario(memory_environment, name, None).calls

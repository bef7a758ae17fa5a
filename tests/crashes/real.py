"""Every crash point of every story with real processes: killed with SIGKILL, over a real Postgres and a real Redis.

No default run collects this file: it takes minutes.  ``test_crash_points_real.py`` is the sample of it that always runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.crashes.enumeration import Staging, enumerate_crashes, play
from tests.crashes.killing import Way
from tests.crashes.memory import on_memory
from tests.crashes.servers import on_servers
from tests.crashes.stories import STORIES


@pytest.fixture(scope="module")
def staging(postgres_server: str, redis_url: str) -> Iterator[Staging]:
    """Yield stages on real servers."""
    with on_servers(postgres_server, redis_url) as stages:
        yield stages


@pytest.fixture(scope="module")
def tally(pytestconfig: pytest.Config) -> Iterator[Counter[str]]:
    """Yield what is counted, and tell it in the end."""
    counted: Counter[str] = Counter()
    yield counted
    told = ", ".join(f"{what}: {counted[what]}" for what in ("stories", "points", "runs", "violations"))
    reporter: Any = pytestconfig.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:  # A worker of xdist has none.
        reporter.write_line(f"\n{told}; at each point a process {', '.join(Way)} the call")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", STORIES)
def test_no_kill_breaks_a_law(staging: Staging, tally: Counter[str], name: str) -> None:
    """As on memory, and the calls are the same."""
    runs = dict(enumerate_crashes(staging, name))
    calls = next(iter(runs.values())).calls
    broken = [f"{at}: {violation}" for at, run in runs.items() for violation in run.violations]
    tally.update(stories=1, points=len(calls), runs=len(runs), violations=len(broken))
    assert not broken, "\n".join(broken)
    assert calls == play(on_memory, name, None).calls

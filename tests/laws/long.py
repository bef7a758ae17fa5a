"""Many long histories on every store: `nox -s laws`."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.harnesses import MemoryMachine, machine_over, postgres_and_redis_trials, sqlite_trials
from tests.laws.test_box_office import ORDINARY

# Other examples in each run: what is found is printed.
LONG = settings(ORDINARY, max_examples=400, stateful_step_count=100, derandomize=False)

pytestmark = pytest.mark.timeout(3600)


def test_memory_keeps_the_laws() -> None:
    """Whatever happens, in process."""
    run_state_machine_as_test(MemoryMachine, settings=settings(LONG, max_examples=4000))


def test_sqlite_keeps_the_laws(sqlite_url: str) -> None:
    """Whatever happens, on a file."""
    with sqlite_trials(sqlite_url) as trials:
        run_state_machine_as_test(machine_over(trials), settings=LONG)


def test_postgres_and_redis_keep_the_laws(postgres_url: str, redis_url: str) -> None:
    """Whatever happens, on servers."""
    with postgres_and_redis_trials(postgres_url, redis_url) as trials:
        run_state_machine_as_test(machine_over(trials), settings=LONG)

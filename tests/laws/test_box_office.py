"""The box office keeps its rules, whatever happens to it, on every store."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.harnesses import MemoryMachine, machine_over, postgres_and_redis_trials, sqlite_trials

ORDINARY = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
SHORT = settings(ORDINARY, max_examples=10, stateful_step_count=30)


def test_memory_keeps_the_laws() -> None:
    """Whatever happens, in process."""
    run_state_machine_as_test(MemoryMachine, settings=ORDINARY)


def test_sqlite_keeps_the_laws(sqlite_url: str) -> None:
    """Whatever happens, on a file."""
    with sqlite_trials(sqlite_url) as trials:
        run_state_machine_as_test(machine_over(trials), settings=SHORT)


def test_postgres_and_redis_keep_the_laws(postgres_url: str, redis_url: str) -> None:
    """Whatever happens, on servers."""
    with postgres_and_redis_trials(postgres_url, redis_url) as trials:
        run_state_machine_as_test(machine_over(trials), settings=SHORT)

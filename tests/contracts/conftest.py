"""Every contract suite runs over every adapter of its port; the test's id names the adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.contracts.ledgers import memory_ledger, sql_ledgers
from ticketcore.testing.ledgers import Ledger


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def open_ledger(request: pytest.FixtureRequest) -> Iterator[Callable[[], Ledger]]:
    """Yield what opens one and the same ledger, each time as another process would.

    The memory ledger is always the same object: nobody else can open it.
    """
    if request.param == "memory":
        ledger = memory_ledger()
        yield lambda: ledger
    else:
        with sql_ledgers(request.getfixturevalue(f"{request.param}_url")) as open_one:
            yield open_one


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Ledger:
    """Answer an empty ledger."""
    return open_ledger()

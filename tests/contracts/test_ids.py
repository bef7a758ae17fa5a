"""Every source of ids passes the suite of its port."""

from __future__ import annotations

import pytest

from ticketcore.ports import Ids
from ticketcore_memory import SeededIds, SystemIds
from ticketcore_testing.contracts.ids import IdsContract


class TestIds(IdsContract):
    """The system's randomness, and ids from a seed."""

    @pytest.fixture(params=["system", "seeded"])
    def ids(self, request: pytest.FixtureRequest) -> Ids:
        """Return a source of ids."""
        return SystemIds() if request.param == "system" else SeededIds(1)


def test_the_same_seed_gives_the_same_ids() -> None:
    """A run can be repeated; another seed gives other ids."""
    assert [SeededIds(1).new(16) for _ in range(2)] == [SeededIds(1).new(16)] * 2
    assert SeededIds(1).new(16) != SeededIds(2).new(16)

"""What the port of randomness promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ticketcore.domain import ids as core_ids
from ticketcore.ports import Ids

SIZES = [1, core_ids.EVENT_BYTES, core_ids.SECRET_BYTES, 32, 1000]


class IdsContract:
    """Hold ``Ids`` to its contract; override ``ids``.  Nothing can show that nobody guesses them."""

    @pytest.fixture
    def ids(self) -> Ids:
        """Answer the adapter: the one fixture to override."""
        raise NotImplementedError("override ids")

    @pytest.mark.parametrize("size", SIZES)
    def test_there_are_as_many_bytes_as_were_asked_for(self, ids: Ids, size: int) -> None:
        """No more, no fewer."""
        raw = ids.new(size)
        assert isinstance(raw, bytes)
        assert len(raw) == size

    def test_no_two_are_the_same(self, ids: Ids) -> None:
        """Also when several threads ask at once."""
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(ids.new, [core_ids.EVENT_BYTES] * 2000))
        assert len(set(found)) == 2000

    def test_every_bit_is_used(self, ids: Ids) -> None:
        """Each is 1 in about half of them: the odds against 200 alike are beyond astronomical."""
        found = [int.from_bytes(ids.new(core_ids.SECRET_BYTES), "big") for _ in range(200)]
        ones = [sum(each >> bit & 1 for each in found) for bit in range(8 * core_ids.SECRET_BYTES)]
        assert min(ones) > 0
        assert max(ones) < 200

"""Contract suite of the source of randomness."""

from __future__ import annotations

from functools import partial

import pytest

from ticketcore.domain import ids as core_ids
from ticketcore.ports import Ids
from ticketcore_testing.concurrency import all_at_once
from ticketcore_testing.interleaving import Race, assert_atomic

SIZES = [1, core_ids.EVENT_BYTES, core_ids.SECRET_BYTES, 32, 1000]


class IdsContract:
    """Hold ``Ids`` to its contract; override ``ids``.  That the bytes cannot be predicted is not tested: no test can show it."""

    @pytest.fixture
    def ids(self) -> Ids:
        """Return the adapter: the one fixture to override."""
        raise NotImplementedError("override ids")

    @pytest.mark.parametrize("size", SIZES)
    def test_the_number_of_bytes_is_the_size(self, ids: Ids, size: int) -> None:
        """As many bytes are returned as were requested."""
        raw = ids.new(size)
        assert isinstance(raw, bytes)
        assert len(raw) == size

    def test_no_two_are_the_same(self, ids: Ids) -> None:
        """Four threads at once get 2000 different ids."""
        batches = all_at_once([partial(_batch, ids)] * 4)
        assert len(set().union(*batches)) == 2000

    def test_two_calls_are_atomic(self, ids: Ids) -> None:
        """A call that interrupts another one gets other bytes."""

        def race() -> Race:
            found: list[bytes] = []
            return Race.of_one(lambda: found.append(ids.new(core_ids.SECRET_BYTES)), lambda: len(set(found)))

        assert_atomic(ids, race)

    def test_every_bit_is_used(self, ids: Ids) -> None:
        """Of 200 ids each bit is 1 in some and 0 in others; for random bits the odds against are beyond astronomical."""
        found = [int.from_bytes(ids.new(core_ids.SECRET_BYTES), "big") for _ in range(200)]
        ones = [sum(each >> bit & 1 for each in found) for bit in range(8 * core_ids.SECRET_BYTES)]
        assert min(ones) > 0
        assert max(ones) < 200


def _batch(ids: Ids) -> list[bytes]:
    return [ids.new(core_ids.EVENT_BYTES) for _ in range(500)]

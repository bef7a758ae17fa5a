"""The production stack keeps its laws while each of its parts fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.chaos.run import timed
from tests.acceptance.chaos.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Yield a stack on which one sale follows the other; after all of them its processes end in good order."""
    with running_stack(tmp_path_factory.mktemp("chaos")) as running:
        yield running
        assert running.workers.stop() == [0, 0]
        assert running.service.terminate() == 0


# Each mishap alone is `python -m tests.acceptance.chaos`: it takes some minutes.
@pytest.mark.parametrize("name", ["everything"])
def test_a_sale_keeps_the_laws(stack: Stack, name: str) -> None:
    """Whatever fails meanwhile, every buyer ends with what was promised and none with more."""
    report, told = timed(stack, name, seed=1)
    assert not report.verdict.broken, "\n".join(told)

"""The production stack keeps its laws while each of its parts fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.turmoil.injections import INJECTIONS
from tests.acceptance.turmoil.run import timed
from tests.acceptance.turmoil.stack import Stack, running_stack

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Yield a stack without any event."""
    with running_stack(tmp_path) as running:
        yield running


@pytest.mark.parametrize("name", INJECTIONS)
def test_a_sale_keeps_the_laws(stack: Stack, name: str) -> None:
    """Whatever fails meanwhile, everybody ends with what they were promised and nobody with more."""
    report, told = timed(stack, name, seed=1)
    assert not report.verdict.broken, "\n".join(told)
    assert stack.workers.stop() == [0, 0]
    assert stack.service.terminate() == 0

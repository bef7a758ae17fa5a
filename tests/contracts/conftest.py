"""How long a control's race is searched for."""

from __future__ import annotations

import pytest

from ticketcore_testing import interleaving

#: Long enough for every step of a call: a bounded search takes the same sample of them each time.
_SEARCH_SECONDS = 30


@pytest.fixture
def _every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interleaving, "_BUDGET_SECONDS", _SEARCH_SECONDS)

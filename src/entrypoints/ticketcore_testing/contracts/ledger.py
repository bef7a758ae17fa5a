"""What the suites of the ledger's ports have in common."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ticketcore.ports import Ledger


class LedgerContract:
    """A suite over the ports of one ledger."""

    @pytest.fixture
    def open_ledger(self) -> Callable[[], Ledger]:
        """Answer what opens one ledger, empty at first, each time as another process would: the one fixture to override."""
        raise NotImplementedError("override open_ledger")

    @pytest.fixture
    def ledger(self, open_ledger: Callable[[], Ledger]) -> Ledger:
        """Answer an empty ledger."""
        return open_ledger()

"""Every ledger keeps the contracts of its ports; the test's id names the adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.contracts.ledgers import memory_ledger, sql_ledgers
from ticketcore_testing.contracts.events import EventsContract
from ticketcore_testing.contracts.keys import KeysContract
from ticketcore_testing.contracts.orders import OrdersContract
from ticketcore_testing.contracts.outbox import OutboxContract
from ticketcore_testing.contracts.races import LedgerRacesContract
from ticketcore_testing.contracts.tickets import TicketsContract
from ticketcore_testing.ledgers import Ledger


class OverLedgers:
    """Our ledgers.  The memory ledger is always the same object: nobody else can open it."""

    @pytest.fixture(params=["memory", "sqlite", "postgres"])
    def open_ledger(self, request: pytest.FixtureRequest) -> Iterator[Callable[[], Ledger]]:
        """Yield what opens one and the same ledger, each time as another process would."""
        if request.param == "memory":
            ledger = memory_ledger()
            yield lambda: ledger
        else:
            with sql_ledgers(request.getfixturevalue(f"{request.param}_url")) as open_one:
                yield open_one


class TestEvents(OverLedgers, EventsContract):
    """The events."""


class TestOrders(OverLedgers, OrdersContract):
    """The orders."""


class TestTickets(OverLedgers, TicketsContract):
    """The tickets."""


class TestOutbox(OverLedgers, OutboxContract):
    """The outbox."""


class TestKeys(OverLedgers, KeysContract):
    """The keys and secrets."""


class TestLedgerRaces(OverLedgers, LedgerRacesContract):
    """The races."""

"""Every ledger passes the suites of its ports; the test's id names the adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.contracts.ledgers import LEDGERS
from ticketcore.ports import Ledger
from ticketcore_testing.contracts.deliveries import DeliveriesContract
from ticketcore_testing.contracts.events import EventsContract
from ticketcore_testing.contracts.keys import KeysContract
from ticketcore_testing.contracts.leases import LeasesContract
from ticketcore_testing.contracts.orders import OrdersContract
from ticketcore_testing.contracts.outbox import OutboxContract
from ticketcore_testing.contracts.races import LedgerRacesContract
from ticketcore_testing.contracts.tickets import TicketsContract
from ticketcore_testing.contracts.webhooks import WebhooksContract


class OverLedgers:
    """Our ledgers."""

    @pytest.fixture(params=LEDGERS)
    def open_ledger(self, request: pytest.FixtureRequest) -> Iterator[Callable[[], Ledger]]:
        """Yield a function that opens one and the same ledger, each time as another process would."""
        with LEDGERS[request.param](request) as open_one:
            yield open_one


class TestEvents(OverLedgers, EventsContract):
    """The events."""


class TestOrders(OverLedgers, OrdersContract):
    """The orders."""


class TestTickets(OverLedgers, TicketsContract):
    """The tickets."""


class TestOutbox(OverLedgers, OutboxContract):
    """The outbox."""


class TestDeliveries(OverLedgers, DeliveriesContract):
    """The deliveries."""


class TestKeys(OverLedgers, KeysContract):
    """The keys and secrets."""


class TestLeases(OverLedgers, LeasesContract):
    """The leases."""


class TestWebhooks(OverLedgers, WebhooksContract):
    """The webhooks."""


class TestLedgerRaces(OverLedgers, LedgerRacesContract):
    """The races."""

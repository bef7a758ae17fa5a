"""The database is stopped in the middle of a sale, and the inventory is not: no buyer hears that it is sold out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import attrs
import pytest

from tests.acceptance.crowd import at_once
from tests.acceptance.installation import Installation
from tests.acceptance.service import Client, eventually, serving
from tests.servers.postgres import fresh_database, running_own_postgres, set_up, stopped
from ticketcore import BoxOffice, Unavailable
from ticketcore.application import inventory_sync
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import SoldOut
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Ports
from ticketcore_testing.samples import free_places

PLACES = 10
BUYERS = 12
AWAY = (503, "unavailable")


@attrs.frozen
class Sale:
    """An installation with an inventory in front of a Postgres of its own, which can be stopped."""

    installation: Installation
    database_url: str


@pytest.fixture
def sale(redis_url: str, tmp_path: Path) -> Iterator[Sale]:
    """Yield an installation on a database server of this test alone."""
    with running_own_postgres() as server_url:
        url = fresh_database(server_url)
        set_up(url)
        yield Sale(Installation.on(url, tmp_path).having(INVENTORY_URL=redis_url, HOLD_SECONDS="2"), url)


@pytest.fixture
def client(sale: Sale) -> Iterator[Client]:
    """Yield a client of a service that is ready."""
    with serving(sale.installation) as service:
        yield service.client


def test_no_buyer_hears_sold_out_because_the_ledger_is_away(sale: Sale, client: Client) -> None:
    """Each hears that the service is unavailable, at once or one after the other, and gets places as soon as it is back."""
    event_id = client.create_event(PLACES)
    client.reserved(client.create_event(1))  # The service has read its secrets: a refusal comes after the take.
    with stopped(sale.database_url):
        crowd = at_once([partial(client.reserve, event_id, PLACES)] * BUYERS)
        queue = [client.reserve(event_id, PLACES) for _ in range(3)]
        assert {answer.outcome for answer in (*crowd, *queue)} == {AWAY}

    eventually(lambda: client.reserve(event_id, PLACES).status == 201, "the next buyer gets all places")
    assert sale.installation.audit(event_id).available == 0


def test_no_buyer_hears_sold_out_of_places_that_are_due(sale: Sale, client: Client) -> None:
    """Reservations that have passed their deadline while the ledger is away are not forgotten."""
    event_id = client.create_event(PLACES)
    order_id = client.reserved(event_id, PLACES)
    deadline = client.order(order_id).body["expires_at"]
    with stopped(sale.database_url):
        heard = Counter[tuple[int, str | None]]()

        def is_over() -> bool:
            heard[client.reserve(event_id).outcome] += 1
            return heard[AWAY] >= 3

        eventually(is_over, f"the reservation is due at {deadline}")
        before = heard.copy()
        for _ in range(3):
            is_over()
        assert {outcome for outcome, times in heard.items() if times > before[outcome]} == {AWAY}

    eventually(lambda: client.reserve(event_id).status == 201, "the next buyer gets a place")


def test_a_take_that_is_not_given_back_is_caught(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the giving back its places are gone until it lapses."""

    def keep(_ports: Ports, _wanted: ReservationRequest) -> None:
        """Leave the take to lapse."""

    event_id, other = sale.installation.create_event(PLACES), sale.installation.create_event(PLACES)
    with sale.installation.opened() as assembly:
        office, ports = assembly.box_office, assembly.ports
        now = ports.clock.now()
        assert _outcome(office, other) == "reserved"  # It has read its secrets: what follows comes after the take.
        with stopped(sale.database_url):
            assert _outcome(office, event_id) == "unavailable"
            assert free_places(ports.inventory, [event_id], now) == {event_id: PLACES}
            monkeypatch.setattr(inventory_sync, "end_take", keep)

            def is_kept() -> bool:
                assert _outcome(office, event_id) == "unavailable"
                return free_places(ports.inventory, [event_id], now) == {event_id: 0}

            # A call that finds no database for longer than a take lasts shows nothing.
            eventually(is_kept, "the places of a take stay taken")


def _outcome(office: BoxOffice, event_id: EventId) -> str:
    try:
        outcome = office.reserve(event_id, PLACES, "ann@example.com")
    except Unavailable:
        return "unavailable"
    return outcome.code if isinstance(outcome, SoldOut) else "reserved"

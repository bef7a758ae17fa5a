"""Requests that cannot win change nothing that others see: no place disappears, no honest buyer hears that it is sold out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import attrs
import pytest

from tests.acceptance.crowd import repeating
from tests.acceptance.installation import Installation
from tests.acceptance.service import Client, serving
from tests.databases import database_of
from ticketcore import BoxOffice, EventChange, EventStatus, LiveEvent, Order
from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.events import MAX_PER_ORDER
from ticketcore.domain.ids import EventId
from ticketcore.domain.orders import Change
from ticketcore.domain.refusals import InvalidRequest, SalesClosed, SalesNotOpen, SoldOut
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.ports import Inventory, Ports
from ticketcore_redis import RedisInventory, RedisServer
from ticketcore_sql import Database, SqlOrders
from ticketcore_testing.samples import free_places

PLACES = 10
ATTACKERS = 4
HONEST_ORDERS = 60


@pytest.fixture
def installation(postgres_url: str, redis_url: str, tmp_path: Path) -> Installation:
    """Return an installation with an inventory in front of Postgres."""
    return Installation.on(postgres_url, tmp_path).having(INVENTORY_URL=redis_url)


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    """Yield a client of a service that is ready."""
    with serving(installation) as service:
        yield service.client


def test_orders_of_too_many_places_harm_no_other_buyer(client: Client) -> None:
    """While others ask for more than an order may have, an honest buyer gets a place each time and sees all others free."""
    event_id = client.create_event(PLACES, max_per_order=1)
    refused: list[tuple[int, str | None]] = []

    def attack() -> None:
        refused.append(client.reserve(event_id, PLACES).outcome)

    with repeating(*[attack] * ATTACKERS):
        for _ in range(HONEST_ORDERS):
            assert client.available(event_id) == PLACES
            order_id = client.reserved(event_id)
            assert client.available(event_id) == PLACES - 1
            assert client.request("DELETE", f"/orders/{order_id}").status == 200

    assert set(refused) == {(422, "invalid_request")}
    assert len(refused) > HONEST_ORDERS


def test_orders_for_an_event_that_is_closed_change_nothing(client: Client) -> None:
    """Its places are shown as free all the while, and once it is on sale again the next buyer gets them at once."""
    event_id = client.create_event(PLACES)
    for _ in range(5):
        client.change_event(event_id, status="closed")
        with repeating(*[partial(client.reserve, event_id, PLACES)] * ATTACKERS):
            assert [client.available(event_id) for _ in range(10)] == [PLACES] * 10
        assert client.reserve(event_id, PLACES).outcome == (409, "sales_closed")
        client.change_event(event_id, status="on_sale")
        order_id = client.reserved(event_id, PLACES)
        client.request("DELETE", f"/orders/{order_id}")


def test_a_limit_that_changes_counts_at_once(client: Client) -> None:
    """No order is refused by a limit that was raised, and the refusal names the limit that counts."""
    event_id = client.create_event(PLACES, max_per_order=1)
    for most in (3, 1, 5, 2):
        client.change_event(event_id, max_per_order=most)
        too_many = client.reserve(event_id, most + 1)
        assert too_many.outcome == (422, "invalid_request")
        assert too_many.body["errors"] == [{"field": "quantity", "message": f"must be from 1 to {most} for this event"}]
        client.request("DELETE", f"/orders/{client.reserved(event_id, most)}")


# What others see between a take and the ledger's refusal, in the instant in which they would see it.


@attrs.define(eq=False)
class Watched(SqlOrders):
    """Calls ``look`` whenever an order has come past the counter and the ledger has not decided yet."""

    _database: Database
    look: list[Callable[[], object]] = attrs.field(factory=list)

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        for look in self.look:
            look()
        return super().reserve(wanted, now)


class SubtractsFirst(RedisInventory):
    """Knows no terms of sale: takes places for any order, and gives them back once the ledger has refused it."""

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        open_terms = attrs.evolve(terms, max_quantity=MAX_PER_ORDER, ends_at=datetime.max.replace(tzinfo=now.tzinfo))
        return super().reset(availability, attrs.evolve(open_terms, starts_at=None), now)


@attrs.frozen
class Seen:
    """What an attack and an honest buyer beside it heard, and the free places that were shown meanwhile."""

    attack: object
    honest: list[object]
    shown: list[object]


def _attack(installation: Installation, inventory: Callable[[RedisServer], Inventory], change: EventChange) -> Seen:
    """Attack an event after this change, and try to buy beside it."""
    event_id = installation.create_event(PLACES)
    with installation.opened() as assembly:
        orders = Watched(database_of(assembly))
        ports = assembly.ports.replacing(orders=orders, inventory=inventory(_redis(installation)))
        honest: list[object] = []
        shown: list[object] = []
        changed = assembly.organiser.change_event(event_id, change)
        assert isinstance(changed, LiveEvent)
        with ports.events.locked(event_id) as event:
            assert event is not None
            ports.inventory.reset(event.availability, event.terms, ports.clock.now())
        orders.look.append(partial(_look, BoxOffice(assembly.ports), ports, event_id, honest, shown))
        return Seen(BoxOffice(ports).reserve(event_id, PLACES, "eve@example.com"), honest, shown)


def _redis(installation: Installation) -> RedisServer:
    return RedisServer(installation.settings["TICKETCORE_INVENTORY_URL"])


def _look(office: BoxOffice, ports: Ports, event_id: EventId, honest: list[object], shown: list[object]) -> None:
    shown.append(free_places(ports.inventory, [event_id], ports.clock.now())[event_id])
    honest.append(office.reserve(event_id, 1, "ann@example.com"))


TOO_MANY = EventChange(max_per_order=1)
CLOSED = EventChange(status=EventStatus.CLOSED)
EARLY = EventChange(sale_starts_at=datetime(2098, 1, 1, tzinfo=UTC))
ENDED = EventChange(sale_ends_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [(TOO_MANY, InvalidRequest), (CLOSED, SalesClosed), (EARLY, SalesNotOpen), (ENDED, SalesClosed)],
    ids=["too many", "closed", "early", "ended"],
)
def test_a_bound_refusal_comes_before_anything_is_subtracted(
    installation: Installation, change: EventChange, refusal: type
) -> None:
    """The order never gets as far as the ledger's statement, so there is no instant in which others could see it."""
    seen = _attack(installation, RedisInventory, change)

    assert isinstance(seen.attack, refusal)
    assert seen.shown == seen.honest == []


@pytest.mark.parametrize(
    ("change", "refusal"), [(TOO_MANY, InvalidRequest), (EARLY, SalesNotOpen)], ids=["too many", "early"]
)
def test_an_inventory_that_subtracts_first_is_caught(
    installation: Installation, change: EventChange, refusal: type
) -> None:
    """Places disappear for a moment, and an honest buyer hears that it is sold out while all of them are free."""
    seen = _attack(installation, SubtractsFirst, change)

    assert isinstance(seen.attack, refusal)
    assert seen.shown == [0]
    assert seen.honest == [SoldOut(0)]


def test_terms_that_are_out_of_date_are_corrected_by_the_first_who_meets_them(installation: Installation) -> None:
    """Whether the counter admits too much or too little, the ledger decides, and the next request finds it right."""
    event_id = installation.create_event(PLACES)
    with installation.opened() as assembly:
        office, ports = assembly.box_office, assembly.ports
        narrow = ports.events.get(event_id)
        assert narrow is not None
        for most, stale in ((1, narrow.terms), (PLACES, attrs.evolve(narrow.terms, revision=99, max_quantity=1))):
            assembly.organiser.change_event(event_id, EventChange(max_per_order=most))
            ports.inventory.reset(narrow.availability, stale, ports.clock.now())
            outcome = office.reserve(event_id, PLACES, "ann@example.com")
            assert isinstance(outcome, Order) == (most == PLACES)
            event = ports.events.get(event_id)
            assert event is not None
            assert ports.inventory.counters([event_id], ports.clock.now())[event_id].revision == event.revision

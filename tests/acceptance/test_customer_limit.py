"""One buyer's limit holds however many requests come at once, and refusals for it change nothing that others see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import attrs
import pytest

from tests.acceptance.crowd import at_once, repeating
from tests.acceptance.installation import Installation
from tests.acceptance.service import Answer, Client, serving
from tests.acceptance.test_bound_refusals import Watched
from tests.databases import database_of
from ticketcore import BoxOffice, EventChange, LiveEvent
from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.refusals import CustomerLimit
from ticketcore_redis import RedisInventory, RedisServer
from ticketcore_testing.samples import free_places

LIMIT = 5
PLACES = 40
SPELLINGS = ("ann@example.com", "Ann@Example.com", "ann+1@example.com", "ANN+2@example.com")


@pytest.fixture
def installation(postgres_url: str, redis_url: str, tmp_path: Path) -> Installation:
    """Return an installation with an inventory in front of Postgres."""
    return Installation.on(postgres_url, tmp_path).having(INVENTORY_URL=redis_url)


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    """Yield a client of a service that is ready."""
    with serving(installation, "--workers", "2") as service:
        yield service.client


def _reserve(client: Client, event_id: str, email: str, quantity: int = 1) -> Answer:
    return client.request("POST", "/orders", {"event_id": event_id, "quantity": quantity, "customer_email": email})


def test_one_buyer_gets_exactly_the_limit(installation: Installation, client: Client) -> None:
    """Of 32 requests in the same instant, of one address in several spellings, as many win as are allowed."""
    event_id = client.create_event(PLACES, max_per_customer=LIMIT)
    buyers = [partial(_reserve, client, event_id, SPELLINGS[number % len(SPELLINGS)]) for number in range(32)]
    answers = at_once(buyers)

    assert Counter(answer.outcome for answer in answers) == {(201, None): LIMIT, (409, "customer_limit"): 32 - LIMIT}
    assert installation.audit(event_id).held == LIMIT
    refused = _reserve(client, event_id, "ann@example.com")
    assert (refused.body["max_per_customer"], refused.body["held"]) == (LIMIT, LIMIT)
    assert _reserve(client, event_id, "bob@example.com", LIMIT).status == 201


def test_a_buyer_at_the_limit_makes_no_other_buyer_hear_sold_out(client: Client) -> None:
    """However often he asks: an honest buyer gets the last places each time and sees them free."""
    event_id = client.create_event(LIMIT + 1, max_per_customer=LIMIT)
    assert _reserve(client, event_id, "eve@example.com", LIMIT).status == 201

    with repeating(*[partial(_reserve, client, event_id, "eve@example.com")] * 4):
        for _ in range(40):
            assert client.available(event_id) == 1
            honest = _reserve(client, event_id, "ann@example.com")
            assert honest.status == 201, honest
            assert client.request("DELETE", f"/orders/{honest.body['id']}").status == 200


class LimitsUnknown(RedisInventory):
    """Does not know that an event limits its buyers."""

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        return super().reset(availability, attrs.evolve(terms, limits_customers=False), now)


@pytest.mark.parametrize(("inventory", "shown"), [(RedisInventory, []), (LimitsUnknown, [0])])
def test_an_order_beyond_the_limit_is_refused_before_anything_is_subtracted(
    installation: Installation, inventory: type[RedisInventory], shown: list[int]
) -> None:
    """An inventory that does not know of the limit subtracts first, which others see, and is caught."""
    event_id = installation.create_event(LIMIT)
    with installation.opened() as assembly:
        changed = assembly.organiser.change_event(event_id, EventChange(max_per_customer=1))
        assert isinstance(changed, LiveEvent)
        counter = inventory(RedisServer(installation.settings["TICKETCORE_INVENTORY_URL"]))
        orders = Watched(database_of(assembly))
        ports = assembly.ports.replacing(inventory=counter, orders=orders)
        with ports.events.locked(event_id) as event:
            assert event is not None
            counter.reset(event.availability, event.terms, ports.clock.now())
        seen: list[int] = []
        orders.look.append(lambda: seen.append(free_places(counter, [event_id], ports.clock.now())[event_id]))
        refused = BoxOffice(ports).reserve(event_id, LIMIT, "eve@example.com")

    assert refused == CustomerLimit(1, 0)
    assert seen == shown

"""The page about Redis says what the adapter does: its keys, its scripts, and the least rights that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from tests.docs.markdown import DOCS, codes, rows, sections
from tests.servers.redis import RedisServer as Running
from tests.servers.redis import serve
from tests.servers.redis_programs import any_program
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Due, Repeated, Taken
from ticketcore_redis import RedisInventory, RedisLimits, RedisServer
from ticketcore_testing.samples import CUSTOMER, OPEN, free_places

PAGE = (DOCS / "reference" / "redis-keys.md").read_text()
SECTIONS = {section.heading: section for section in sections(PAGE)}
SHOW = EventId("SHOW")
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = Limit(1, timedelta(minutes=1))
DEADLINE = NOW + timedelta(minutes=15)


@pytest.fixture
def server() -> Iterator[Running]:
    """Yield a server of its own."""
    with serve(any_program()) as running:
        yield running


def live(inventory: RedisInventory, limits: RedisLimits) -> None:
    """Use every operation of the adapters."""
    waits = [limits.admit(LimitedAct.ORDER, "CLIENT", MINUTE, NOW) for _ in range(2)]
    assert waits == [timedelta(0), timedelta(minutes=1)]
    inventory.check()
    inventory.reset(Availability(SHOW, 1, 2), OPEN, NOW)
    inventory.reset(Availability(EventId("ANOTHER"), 1, 2), OPEN, NOW)
    for number in (1, 2):
        wanted = ReservationRequest(OrderId(f"ORDER{number}"), SHOW, "ann@example.com", 1, DEADLINE, CUSTOMER)
        assert inventory.take(wanted, NOW) == Taken()
        assert inventory.take(wanted, NOW) == Repeated()
    inventory.sync(SHOW, OrderId("ORDER2"), Availability(SHOW, 2, 1), keep=True)
    late = ReservationRequest(OrderId("LATE"), SHOW, "ann@example.com", 2, DEADLINE + timedelta(hours=1), CUSTOMER)
    assert inventory.take(late, DEADLINE) == Due()
    assert free_places(inventory, [SHOW, EventId("ANOTHER")], DEADLINE) == {SHOW: 1, "ANOTHER": 2}


def test_the_keys_are_those_of_the_page(server: Running) -> None:
    """Every key that the adapter makes stands in the table with its type, and every one in the table is made."""
    inventory = RedisInventory(RedisServer(server.url))
    inventory.reset(Availability(SHOW, 1, 5), OPEN, NOW)
    assert (
        inventory.take(ReservationRequest(OrderId("A"), SHOW, "ann@example.com", 1, DEADLINE, CUSTOMER), NOW) == Taken()
    )
    RedisLimits(RedisServer(server.url)).admit(LimitedAct.ORDER, "CLIENT", MINUTE, NOW)
    with Redis.from_url(server.url, decode_responses=True) as client:
        made = {
            key.replace("SHOW", "ID")
            .replace("reservation:A", "reservation:ORDER")
            .replace(":orders:", ":ACT:"): client.type(key)
            for key in client.scan_iter()
        }
    kinds = {"string": "string", "hash": "hash", "sorted set": "zset", "list": "list"}
    told = {codes(cells[0])[0]: kinds[cells[1]] for cells in rows(SECTIONS["On one server"].text)}
    assert made == told


def test_the_scripts_are_those_of_the_page() -> None:
    """No script is missing and none is invented."""
    shipped = {
        file.name for file in (resources.files("ticketcore_redis") / "scripts").iterdir() if file.name.endswith(".lua")
    }
    assert {codes(cells[0])[0] for cells in rows(SECTIONS["Scripts"].text)} == shipped


def test_the_rights_of_the_page_are_enough_and_no_more(server: Running) -> None:
    """A user with just those rights can do all the adapter does, pipelines and reloading included, and nothing else."""
    [line] = re.findall(r"^    (ACL SETUSER .+)$", PAGE, re.MULTILINE)
    with Redis.from_url(server.url) as admin:
        admin.execute_command(*line.replace("PASSWORD", "secret").split())
        url = server.url.replace("://", "://ticketcore:secret@")
        live(RedisInventory(RedisServer(url)), RedisLimits(RedisServer(url)))
        admin.script_flush()
        assert free_places(RedisInventory(RedisServer(url)), [SHOW, EventId("ANOTHER")], NOW).keys() == {
            SHOW,
            "ANOTHER",
        }
        RedisInventory(RedisServer(url)).drop(SHOW)
        assert not admin.keys("event:SHOW:*")
    with Redis.from_url(url) as client:
        for forbidden in (("FLUSHALL",), ("KEYS", "*"), ("GET", "elsewhere"), ("CONFIG", "GET", "*")):
            with pytest.raises(NoPermissionError):
                client.execute_command(*forbidden)

"""The inventory is emptied, killed, cut off or set back in the middle of a sale: that costs speed, never a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import attrs
import pytest
from redis import Redis
from sqlalchemy import insert

from tests.acceptance.installation import Installation
from tests.acceptance.sale import Sale, selling, two_processes
from tests.databases import database_of
from tests.patience import PATIENCE_SECONDS
from tests.servers.redis import RedisServer, running_replica, serve
from tests.servers.redis_programs import any_program
from tests.servers.relay import Relay, relaying
from ticketcore import BoxOffice, Order
from ticketcore.domain import reservations
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.orders import Change
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.ports import Inventory
from ticketcore.ports.inventory import Take, TooFew
from ticketcore_redis import RedisInventory
from ticketcore_redis import RedisServer as Server
from ticketcore_sql import Database, SqlEvents, SqlOrders, rows
from ticketcore_sql.tables import orders


@attrs.frozen
class Counter:
    """The server of the inventory, reached through a relay."""

    server: RedisServer
    relay: Relay
    client: Redis
    until_the_end: ExitStack

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.relay.port}/0"

    def copy(self) -> dict[bytes, bytes]:
        """Return all keys and their values."""
        found = {key: self.client.dump(key) for key in self.client.scan_iter()}
        return {bytes(key): held for key, held in found.items() if held is not None}

    def restore(self, copied: dict[bytes, bytes]) -> None:
        """Set back all keys at once, as a replica with old data has them."""
        with self.client.pipeline(transaction=True) as everything:
            everything.flushall()
            for key, held in copied.items():
                everything.restore(key, 600_000, held)
            everything.execute()


@pytest.fixture
def counter() -> Iterator[Counter]:
    """Yield an empty inventory of this test alone."""
    with (
        serve(any_program()) as server,
        relaying(server.port) as relay,
        Redis(port=server.port) as client,
        ExitStack() as until_the_end,
    ):
        yield Counter(server, relay, client, until_the_end)


@pytest.fixture
def installation(postgres_url: str, counter: Counter, tmp_path: Path) -> Installation:
    """Return an installation with that inventory in front of Postgres."""
    return Installation.on(postgres_url, tmp_path).having(INVENTORY_URL=counter.url)


def evict(sale: Sale, counter: Counter) -> None:
    """The server is full and evicts whatever it comes upon."""
    used = counter.client.info("memory")["used_memory"]
    counter.client.config_set("maxmemory-policy", "allkeys-random")
    counter.client.config_set("maxmemory", used - 2_000)
    sale.go_on()
    counter.client.config_set("maxmemory", 0)
    assert counter.client.info("stats")["evicted_keys"] > 0


def flush(sale: Sale, counter: Counter) -> None:
    """Everything is deleted, several times."""
    for _ in range(4):
        counter.client.flushall()
        sale.go_on(10)


def restart(sale: Sale, counter: Counter) -> None:
    """The server dies and comes back empty."""
    counter.server.kill()
    sale.go_on()
    counter.server.start()


def cut_off(sale: Sale, counter: Counter) -> None:
    """No request is answered for a while, and then all of them are carried out late."""
    counter.server.pause()
    sale.go_on()
    counter.server.resume()


def set_back(sale: Sale, counter: Counter) -> None:
    """The server has the data of a while ago again, more than once."""
    copied = counter.copy()
    for _ in range(3):
        sale.go_on(15)
        counter.restore(copied)


def promote(sale: Sale, counter: Counter) -> None:
    """A replica that no longer followed takes the server's place."""
    replica = counter.until_the_end.enter_context(running_replica(counter.server))
    with Redis(port=replica.port) as client:
        client.replicaof("NO", "ONE")
    sale.go_on()
    counter.relay.target = replica.port
    counter.server.kill()
    sale.go_on()


@pytest.mark.parametrize("happens", [evict, flush, restart, cut_off, set_back, promote])
def test_a_sale_goes_on_whatever_happens_to_the_inventory(
    installation: Installation, counter: Counter, happens: Callable[[Sale, Counter], None]
) -> None:
    """No order is taken back, no place is sold twice or left over, no client sees a failure; one sweep repairs the counter."""
    with two_processes(installation) as (one, other):
        with selling(installation, [one.box_office, other.box_office]) as sale:
            happens(sale, counter)
            sale.end()
        sale.check()


def test_a_drift_is_named_and_repaired(installation: Installation, counter: Counter) -> None:
    """What old data has too much is shown by the command line; a sweep by any process makes it nothing."""
    with installation.opened() as assembly:
        office = assembly.box_office
        event_id = installation.create_event(10)
        copied = counter.copy()
        for quantity in (4, 2):
            assert isinstance(office.reserve(event_id, quantity, "ann@example.com"), Order)
        counter.restore(copied)
        assert installation.ask("stock", "show", event_id)["drift"] == 6
        [repair] = installation.ask("sweep")["repaired"]
        assert repair == {"event_id": event_id, "drift": 6}
        assert installation.ask("stock", "show", event_id)["drift"] == 0
        assert installation.ask("sweep")["repaired"] == []


# Controls: the same checks over parts that are wrong.


class Empty(RedisInventory):
    """A counter that says that nothing is left, whatever the ledger has."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        return TooFew(available=0)


class Raising(RedisInventory):
    """A counter that fails otherwise than it may."""

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        raise ConnectionResetError("a failure of its own")


@attrs.define(eq=False)
class Trusting(SqlOrders):
    """A ledger that trusts the counter: every buyer who passes it has a place."""

    _database: Database

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        event = SqlEvents(self._database).get(wanted.event_id)
        assert event is not None
        order = reservations.reserve(event, wanted, now)
        assert isinstance(order, Order)
        place = insert(orders).values(**rows.new_order_values(order))
        self._database.write(lambda connection: connection.execute(place))
        return Change(order)


def _sell_out(installation: Installation, office: BoxOffice, patience: float = PATIENCE_SECONDS) -> None:
    with selling(installation, [office], closing=True) as sale:
        sale.end(patience)
    sale.check()


def test_an_inventory_that_is_right_sells_out(installation: Installation, counter: Counter) -> None:
    """The counter as it is passes the checks that find the wrong ones."""
    with installation.opened() as assembly:
        office = assembly.box_office
        ports = attrs.evolve(office.ports, inventory=RedisInventory(Server(counter.url)))
        _sell_out(installation, BoxOffice(ports, office.hold))


@pytest.mark.parametrize(("broken", "caught"), [(Empty, "every place is taken"), (Raising, "a failure of its own")])
def test_a_broken_inventory_is_caught(
    installation: Installation, counter: Counter, broken: Callable[[Server], Inventory], caught: str
) -> None:
    """A counter that leaves places over, or fails in a way of its own, does not pass these checks."""
    with installation.opened() as assembly:
        office = assembly.box_office
        ports = attrs.evolve(office.ports, inventory=broken(Server(counter.url)))
        with pytest.raises((AssertionError, ConnectionResetError), match=caught):
            _sell_out(installation, BoxOffice(ports, office.hold), patience=1)


def test_a_ledger_that_trusts_the_counter_is_caught(installation: Installation) -> None:
    """A ledger that does not decide itself does not pass these checks."""
    with installation.opened() as assembly:
        office = assembly.box_office
        ports = office.ports.replacing(orders=Trusting(database_of(assembly)))
        with pytest.raises(AssertionError, match="not conserved"):
            _sell_out(installation, BoxOffice(ports, office.hold))

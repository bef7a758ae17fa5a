"""A locked row of one event stops its own sales alone, and those at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.postgres import connect
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change
from ticketcore.domain.reservations import ReservationRequest
from ticketcore_sql import Database, SqlEvents, SqlOrders, bulkhead
from ticketcore_sql.bulkhead import MAX_OF_ALL, MAX_OF_EVENT, Bulkhead
from ticketcore_testing.samples import CUSTOMER, new_show

NOW = datetime(2027, 1, 1, tzinfo=UTC)
BUYERS = 40


def _show(database: Database) -> Event:
    event = new_show()
    SqlEvents(database).add(event)
    return event


def _buy(database: Database, event: Event, name: str) -> str:
    wanted = ReservationRequest(OrderId(name), event.id, "ann@example.com", 1, NOW + timedelta(minutes=15), CUSTOMER)
    try:
        bought = SqlOrders(database).reserve(wanted, NOW)
    except Unavailable as failure:
        return failure.reason
    return "reserved" if isinstance(bought, Change) else bought.code


@contextmanager
def _row_held(url: str, event: Event) -> Iterator[None]:
    with connect(url) as admin:
        admin.autocommit = False
        admin.execute("SELECT FROM events WHERE id = %s FOR UPDATE", [event.id])
        try:
            yield
        finally:
            admin.rollback()


def test_forty_buyers_of_a_locked_event_leave_the_others_alone(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them hear that the ledger is unavailable, all but a few without having waited for the row."""
    monkeypatch.setattr(bulkhead, "STALL_SECONDS", 1)
    locked, other = _show(database), _show(database)
    with _row_held(postgres_url, locked), ThreadPoolExecutor(BUYERS) as buyers:
        heard = [buyers.submit(_buy, database, locked, f"locked-{number}") for number in range(BUYERS)]
        assert _buy(database, other, "other") == "reserved"
        assert SqlEvents(database).get(other.id) is not None
        assert not all(each.done() for each in heard), "the other event did not wait for these"
        wait(heard)
    reasons = [each.result() for each in heard]
    assert set(reasons) == {"too many sales wait for this event", "LockNotAvailable 55P03"}
    assert reasons.count("LockNotAvailable 55P03") <= 2 * MAX_OF_EVENT
    assert _buy(database, locked, "afterwards") == "reserved"


def test_a_crowd_at_an_event_that_sells_is_served(database: Database) -> None:
    """No buyer is refused while places are sold, however many come at once."""
    event = _show(database)
    with ThreadPoolExecutor(BUYERS) as buyers:
        heard = set(buyers.map(lambda number: _buy(database, event, f"crowd-{number}"), range(3 * BUYERS)))
    assert heard <= {"reserved", "sold_out"}
    assert "reserved" in heard


def test_sales_of_many_locked_events_leave_connections_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than half of the pool is theirs."""
    monkeypatch.setattr(bulkhead, "STALL_SECONDS", 1)
    ours, go = Bulkhead(), threading.Event()
    inside = threading.Semaphore(0)

    def sell(event_id: str) -> None:
        with ours.sale(event_id):
            inside.release()
            go.wait(30)

    with ThreadPoolExecutor(MAX_OF_ALL) as sellers:
        for number in range(MAX_OF_ALL):
            sellers.submit(sell, f"event {number}")
        for _ in range(MAX_OF_ALL):
            assert inside.acquire(timeout=30)
        with pytest.raises(Unavailable), ours.sale("another"):
            raise AssertionError("it was let in")
        go.set()
    with ours.sale("another"):
        pass
    assert not ours._events, "nothing is remembered of events without sales"


def _jostle(ours: Bulkhead) -> tuple[int, set[str]]:
    """Return the most sales that were inside at once, and why any was refused; more want in than may, of many events."""
    inside: set[int] = set()
    most, lock = 0, threading.Lock()
    refused: set[str] = set()

    def sell(number: int) -> None:
        nonlocal most
        try:
            with ours.sale(f"event {number % 5}"):
                with lock:
                    inside.add(number)
                    most = max(most, len(inside))
                time.sleep(0.0005)
                with lock:
                    inside.remove(number)
        except Unavailable as failure:
            refused.add(failure.reason)

    with ThreadPoolExecutor(BUYERS) as sellers:
        list(sellers.map(sell, range(50 * BUYERS)))
    assert not ours._events, "nothing is remembered of events without sales"
    return most, refused


def test_sales_that_end_let_those_in_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """None waits for longer than it has to, which would be refused: each end of a sale wakes one for its place."""
    monkeypatch.setattr(bulkhead, "STALL_SECONDS", 20)
    most, refused = _jostle(Bulkhead())
    assert most <= MAX_OF_ALL
    assert refused == set()


@pytest.mark.parametrize("wakes", [True, False])
def test_a_sale_that_waits_for_room_is_woken(monkeypatch: pytest.MonkeyPatch, wakes: bool) -> None:
    """It enters when a sale of another event ends; without being woken it would wait until the stall is over."""
    monkeypatch.setattr(bulkhead, "STALL_SECONDS", 20)
    monkeypatch.setattr(bulkhead, "MAX_OF_ALL", 1)
    ours, has_entered = Bulkhead(), threading.Event()

    def sell() -> None:
        with ours.sale("another"):
            has_entered.set()

    with ThreadPoolExecutor(1) as seller:
        with ours.sale("event"):
            seller.submit(sell)
            _until(lambda: "another" in ours._events and ours._events["another"].waiting == 1)
            if not wakes:
                monkeypatch.setattr(ours._room, "notify", lambda: None)
        assert has_entered.wait(10 if wakes else 0.3) is wakes
        monkeypatch.undo()
        with ours._lock:
            ours._room.notify()


def _until(happens: Callable[[], bool]) -> None:
    while not happens():
        time.sleep(0.001)

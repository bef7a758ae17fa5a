"""``ticketcore db check``: a sound ledger has no fault, and each way to break one is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.entrypoints.cli import answer, buy, create_event, pay, reserve, run
from tests.servers.ports import free_port
from tests.servers.postgres import connect
from ticketcore.domain import ids

KINDS = {"places", "tickets", "payment", "seal", "mail", "message", "counter", "image", "unchecked"}


def sell() -> dict[str, Any]:
    """Return a paid order of three, beside orders in most other statuses."""
    event = create_event(20)
    refunded = buy(event, 2)
    answer("orders", "refund", refunded["id"])
    answer("worker", "--once")
    answer("orders", "cancel", reserve(event, 2)["id"])
    declined = reserve(event)
    pay(declined, "tok_declined")
    answer("worker", "--once")
    reserve(event, 1)
    pay(reserve(event, 1), "tok_down")
    return buy(event, 3)


@pytest.fixture
def paid(data: Path) -> dict[str, Any]:
    """Return an order of a sale on a file, one of whose tickets was used."""
    paid = sell()
    with closing(sqlite3.connect(data / "ticketcore.db")) as connection:
        query = "SELECT qr_code FROM tickets WHERE order_id = ? AND number = 1"
        [(qr_code,)] = connection.execute(query, [paid["id"]])
    answer("tickets", "validate", qr_code)
    return paid


def faults() -> list[dict[str, Any]]:
    found = json.loads(run("db", "check", "--images", "--json", code=1).stdout)
    assert found["fault_count"] == len(found["faults"])
    lines = run("db", "check", "--images", code=1).stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:-2]] == [fault["kind"] for fault in found["faults"]]
    kept: list[dict[str, Any]] = found["faults"]
    return kept


def test_a_sound_ledger_has_no_fault(paid: dict[str, Any]) -> None:
    """Its counts are printed, and the exit status is 0."""
    found = answer("db", "check", "--images")
    assert found == {
        "events": 1, "orders": 6, "tickets": 5, "images": 3, "faults": [], "fault_count": 0,
    }  # fmt: skip
    assert run("db", "check").stdout.splitlines()[-1] == "no fault"
    assert paid["status"] == "paid"


BROKEN = {
    "an event that sold more": ("UPDATE events SET sold = sold + 1", {"places"}),
    "an event that holds less": ("UPDATE events SET held = held - 1", {"places"}),
    "an order that occupies less": ("UPDATE orders SET places = 2 WHERE id = :order", {"places"}),
    "an ended order that occupies places": ("UPDATE orders SET places = 1 WHERE status = 'cancelled'", {"places"}),
    "a lost order": ("DELETE FROM orders WHERE status = 'reserved'", {"places"}),
    "a lost ticket": ("DELETE FROM tickets WHERE order_id = :order AND number = 2", {"tickets", "places"}),
    "a number out of the row": ("UPDATE tickets SET number = 7 WHERE order_id = :order AND number = 2", {"tickets"}),
    "no ticket code": ("UPDATE orders SET ticket_code = NULL WHERE id = :order", {"tickets"}),
    "a lost payment": ("DELETE FROM payment_attempts WHERE order_id = :order", {"payment"}),
    "a declined payment": ("UPDATE payment_attempts SET status = 'declined' WHERE order_id = :order", {"payment"}),
    "another amount": ("UPDATE payment_attempts SET amount = 1 WHERE order_id = :order", {"payment"}),
    "a token that was kept": ("UPDATE payment_attempts SET token = 'tok' WHERE order_id = :order", {"payment"}),
    "a status of another": ("UPDATE orders SET status = 'declined' WHERE id = :order", {"tickets", "payment", "places"}),
    "an altered QR text": ("UPDATE tickets SET qr_code = 'B' || substr(qr_code, 2) WHERE number = 3", {"seal"}),
    "the QR text of another ticket": (
        "UPDATE tickets SET qr_code = (SELECT other.qr_code FROM tickets AS other WHERE other.order_id <> :order LIMIT 1) "
        "WHERE order_id = :order AND number = 2",
        {"seal"},
    ),
    "no mail": ("DELETE FROM deliveries WHERE order_id = :order", {"mail"}),
    "a lost message": ("DELETE FROM messages", {"message"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_named(data: Path, paid: dict[str, Any], name: str) -> None:
    """By its kind alone; the order that has it by its digest."""
    statement, expected = BROKEN[name]
    with closing(sqlite3.connect(data / "ticketcore.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        assert connection.execute(statement, {"order": paid["id"]}).rowcount > 0
    found = faults()
    assert {fault["kind"] for fault in found} == expected
    if ":order" in statement:
        assert ids.digest(paid["id"]) in {fault["order"] for fault in found}
    assert paid["id"] not in json.dumps(found)


def test_a_lost_image_is_named(data: Path, paid: dict[str, Any]) -> None:
    """If images are looked for: they can be drawn again."""
    shutil.rmtree(data / "files")
    assert [fault["kind"] for fault in faults()] == ["image"] * 3
    assert answer("db", "check")["fault_count"] == 0
    assert paid["quantity"] == 3


def test_a_lost_key_is_named_and_none_is_made(data: Path, paid: dict[str, Any]) -> None:
    """Every ticket is one that no trusted key has sealed; trusting the old key mends it."""
    (data / "signing-key").unlink()
    assert [fault["kind"] for fault in faults()] == ["seal"] * 5
    assert not (data / "signing-key").exists()
    assert paid["status"] == "paid"


def test_nothing_is_changed(data: Path, paid: dict[str, Any]) -> None:
    """No row, and no file but SQLite's own."""

    def look() -> tuple[list[str], set[str]]:
        with closing(sqlite3.connect(data / "ticketcore.db")) as connection:
            rows = list(connection.iterdump())
        return rows, {path.name for path in data.rglob("*")} - {"ticketcore.db-wal", "ticketcore.db-shm"}

    before = look()
    answer("db", "check", "--images")
    assert look() == before
    assert paid["status"] == "paid"


@pytest.mark.usefixtures("data")
def test_what_is_no_ledger_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without a ledger stays without one, and an older schema is not upgraded."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("TICKETCORE_DATA", str(elsewhere))
    assert "where there is no ledger" in run("db", "check", code=2).stderr
    assert list(elsewhere.iterdir()) == []
    (elsewhere / "ticketcore.db").touch()
    assert "where there is no ledger" in run("db", "check", code=2).stderr
    sqlite3.connect(elsewhere / "ticketcore.db").execute("CREATE TABLE theirs (id INTEGER)").connection.close()
    assert "where there is no ledger" in run("db", "check", code=2).stderr
    (elsewhere / "ticketcore.db").write_bytes(b"no database" * 100)
    assert run("db", "check", code=1).stderr.count("\n") == 1


def test_an_older_schema_is_named(data: Path) -> None:
    """The line says what to run."""
    with closing(sqlite3.connect(data / "ticketcore.db", isolation_level=None)) as connection:
        connection.execute("UPDATE ticketcore_version SET version_num = '0000'")
    assert "ticketcore db upgrade" in run("db", "check", code=1).stderr


@pytest.fixture
def on_servers(data: Path, postgres_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """Let the ledger be on Postgres and its counters on Redis, and yield a client of it."""
    monkeypatch.setenv("TICKETCORE_DATABASE_URL", postgres_url)
    monkeypatch.setenv("TICKETCORE_INVENTORY_URL", redis_url)
    with Redis.from_url(redis_url) as client:
        yield client


def test_a_ledger_on_servers_is_checked_too(on_servers: Redis, postgres_url: str) -> None:
    """A wrong counter is named with its drift, and a lost order by its event."""
    paid = sell()
    assert answer("db", "check")["fault_count"] == 0
    with connect(postgres_url) as admin:
        admin.execute("DELETE FROM deliveries WHERE order_id = %s", [paid["id"]])
    on_servers.set(f"event:{paid['event_id']}:available", 99)
    assert {fault["kind"] for fault in faults()} >= {"counter", "mail"}


def test_a_component_out_of_reach_is_a_fault(data: Path, paid: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not looked at is said, and the rest is checked."""
    monkeypatch.setenv("TICKETCORE_INVENTORY_URL", f"redis://127.0.0.1:{free_port()}")
    [fault] = faults()
    assert (fault["kind"], fault["order"], fault["event_id"]) == ("unchecked", None, None)
    assert paid["status"] == "paid"

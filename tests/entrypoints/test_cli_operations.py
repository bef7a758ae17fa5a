"""What operators do on the command line: keys, queue, stock, sweeps, schema, and wrong usage told in one line."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest
from redis import Redis

from tests.databases import database_of
from tests.entrypoints.cli import answer, buy, create_event, pay, refused, reserve, run, ticket_ids
from tests.servers.ports import free_port
from tests.servers.postgres import connect
from ticketcore import BoxOffice
from ticketcore.domain import ids
from ticketcore_bootstrap import assemble, read_settings
from ticketcore_codes import public_key_of, read_private_key
from ticketcore_memory import SystemClock, VirtualClock

pytestmark = pytest.mark.usefixtures("data")

COMMANDS = [
    ["demo"],
    ["serve"],
    ["worker"],
    ["sweep"],
    ["db", "upgrade"],
    ["db", "check"],
    *(["events", name] for name in ("create", "list", "show", "update")),
    *(["orders", name] for name in ("create", "show", "pay", "cancel", "refund", "explain")),
    *(["tickets", name] for name in ("show", "validate")),
    *(["stock", name] for name in ("show", "rebuild")),
    *(["queue", name] for name in ("status", "redrive")),
    *(["keys", name] for name in ("create", "list", "revoke", "acts")),
    *(["webhooks", name] for name in ("create", "list", "delete", "deliveries", "replay")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_takes_json(command: list[str]) -> None:
    """``--help`` tells what it does and that it can print JSON."""
    told = run(*command, "--help").stdout
    assert "Usage: ticketcore" in told
    assert "--json" in told


def test_the_program_tells_its_commands_and_version() -> None:
    """``--help`` shows all, ``--version`` the version."""
    told = run("--help").stdout
    assert all(command[0] in told for command in COMMANDS)
    assert run("--version").stdout.strip().endswith("0.1.0")


@pytest.mark.parametrize(
    "arguments", [["events", "list"], ["queue", "status"], ["keys", "list"], ["sweep"]], ids=" ".join
)
def test_json_may_be_asked_for_before_and_after_the_command(arguments: list[str]) -> None:
    """Both places mean the same."""
    assert json.loads(run("--json", *arguments).stdout) == json.loads(run(*arguments, "--json").stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["events", "nothing"],
        ["events", "show"],
        ["events", "create"],
        ["events", "list", "--limit", "0"],
        ["events", "list", "--status", "sold"],
        ["events", "list", "--cursor", "x"],
        ["orders", "create", "--quantity", "two"],
        ["orders", "pay"],
        ["keys", "create", "me", "--role", "king"],
        ["serve", "--port", "99999"],
        ["serve", "--workers", "0"],
        ["sweep", "--every", "0"],
        ["worker", "--metrics-port", "99999"],
        ["--nothing"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    """What is wrong stands on standard error, and nothing on standard output."""
    result = run(*arguments, code=2)
    assert result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments", [["events", "list"], ["db", "upgrade"], ["serve"], ["worker", "--once"]], ids=" ".join
)
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TICKETCORE_HOLD_SECONDS", "soon"),
        ("TICKETCORE_DATABASE_URL", "mysql://h/db"),
        ("TICKETCORE_DATABASE_URL", "postgresql+psycopg://h:port/db"),
        ("TICKETCORE_DATABASE_URL", "sqlite:///:memory:"),
        ("TICKETCORE_SIGNING_KEY", "x"),
        ("TICKETCORE_TRUSTED_KEYS", "x"),
        ("TICKETCORE_DATA", "/dev/null/x"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], variable: str, value: str
) -> None:
    """The line names the variable, and the exit status is 2."""
    monkeypatch.setenv(variable, value)
    result = run(*arguments, code=2)
    assert result.stderr.startswith(f"{variable} holds ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_directory_that_cannot_be_written_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that exists and takes no file is named by its variable."""
    monkeypatch.setenv("TICKETCORE_DATA", "/proc")
    assert run("events", "list", code=2).stderr.startswith("TICKETCORE_DATA holds ")


def test_a_database_that_cannot_be_made_is_named_by_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The data directory is right; the database's address is what to correct."""
    monkeypatch.setenv("TICKETCORE_DATABASE_URL", "sqlite:////dev/null/x/t.db")
    assert run("events", "list", code=2).stderr.startswith("TICKETCORE_DATABASE_URL holds ")


def one_line(*arguments: str) -> str:
    result = run(*arguments, code=1)
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:secret@127.0.0.1:1/db",
        "sqlite:////",
    ],
)
def test_a_database_out_of_reach_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """No password and no traceback is shown."""
    monkeypatch.setenv("TICKETCORE_DATABASE_URL", url)
    assert "secret" not in one_line("sweep")


def test_an_option_that_no_database_has_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a wrong setting, named without the password."""
    monkeypatch.setenv("TICKETCORE_DATABASE_URL", "postgresql+psycopg://u:secret@127.0.0.1:1/db?color=red")
    told = run("events", "list", code=2).stderr
    assert '"color"' in told
    assert "secret" not in told
    assert told.count("\n") == 1


def test_a_file_that_is_no_database_is_told_in_one_line(data: Path) -> None:
    """Another file is in its place."""
    (data / "ticketcore.db").write_text("something else entirely, of some length" * 100)
    one_line("events", "list")


@pytest.mark.parametrize("kept", [b"", b"\xff\xfe\x00", b"tcsk_"], ids=ascii)
@pytest.mark.parametrize("command", [("queue", "redrive"), ("db", "check")], ids=" ".join)
def test_a_damaged_signing_key_is_told_in_one_line(data: Path, command: tuple[str, str], kept: bytes) -> None:
    """A key file that was cut off is not replaced in silence, for tickets may bear its seal."""
    run("db", "upgrade")
    (data / "signing-key").write_bytes(kept)
    result = run(*command, code=2)
    assert "signing-key" in result.stderr
    assert result.stderr.count("\n") == 1
    assert (data / "signing-key").read_bytes() == kept


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_a_lost_signing_key_stops_the_start(data: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line that says what to do, until the key is there again, is trusted, or is meant to be new."""
    order = buy(create_event())
    ticket = answer("tickets", "show", ticket_ids(data)[0])
    kept = (data / "signing-key").read_text()
    (data / "signing-key").unlink()
    more = ["--once"] if command == "worker" else ["--port", str(free_port())]
    result = run(command, *more, code=2)
    assert result.stderr.count("\n") == 1
    assert not (data / "signing-key").exists()
    for word in (
        "signing-key",
        "none of the tickets sold so far",
        "backup",
        "TRUSTED_KEYS",
        "TICKETCORE_NEW_SIGNING_KEY=1",
    ):
        assert word in result.stderr
    told = run("tickets", "validate", ticket["qr_code"], code=1).stderr
    assert told == "ticket_not_authentic: The ticket is sealed with a key that this service does not trust.\n"
    assert not (data / "signing-key").exists()
    monkeypatch.setenv("TICKETCORE_NEW_SIGNING_KEY", "1")
    run("worker", "--once")
    monkeypatch.delenv("TICKETCORE_NEW_SIGNING_KEY")
    monkeypatch.setenv("TICKETCORE_TRUSTED_KEYS", public_key_of(read_private_key(kept)))
    run("worker", "--once")
    monkeypatch.delenv("TICKETCORE_TRUSTED_KEYS")
    (data / "signing-key").write_text(kept)
    run("worker", "--once")
    assert order["status"] == "paid"


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_public_keys_alone_validate_and_do_not_seal(data: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A door needs no private key, and makes none; what seals tickets does not start without."""
    buy(create_event())
    ticket = answer("tickets", "show", ticket_ids(data)[0])
    kept = (data / "signing-key").read_text()
    (data / "signing-key").unlink()
    monkeypatch.setenv("TICKETCORE_TRUSTED_KEYS", public_key_of(read_private_key(kept)))
    assert answer("tickets", "validate", ticket["qr_code"])["result"] == "admitted"
    more = ["--once"] if command == "worker" else ["--port", str(free_port())]
    told = run(command, *more, code=2).stderr
    assert (
        told
        == "TICKETCORE_SIGNING_KEY holds nothing; it should hold a private key, tcsk_…, for this process seals tickets\n"
    )
    assert not (data / "signing-key").exists()


# Keys


def test_a_key_is_shown_once() -> None:
    """The text comes with its creation, and never again; the list shows who has which role."""
    created = answer("keys", "create", "north gate", "--role", "gate")
    assert set(created) == {"id", "name", "role", "event_ids", "created_at", "revoked_at", "key"}
    text = created.pop("key")
    assert answer("keys", "list") == {"items": [created]}
    assert text not in run("keys", "list").stdout
    assert "north gate" in run("keys", "list").stdout


def test_a_key_is_revoked() -> None:
    """Revoking it again keeps the first date; an unknown one is refused."""
    key = answer("keys", "create", "north gate", "--role", "gate")
    revoked = answer("keys", "revoke", key["id"])
    assert revoked["revoked_at"]
    assert answer("keys", "revoke", key["id"]) == revoked
    assert f"{revoked['revoked_at'][11:16]}, UTC" in run("keys", "list").stdout
    assert refused("keys", "revoke", "nothing") == "not_found"
    assert "There is no such API key." in run("keys", "revoke", "nothing", code=1).stderr


def test_acts_are_listed_latest_first() -> None:
    """What was done with events and keys, in pages; at the command line there is no key to name."""
    assert run("keys", "acts").stdout == "Nothing was done yet.\n"
    event = create_event()
    answer("events", "update", event["id"], "--name", "Lear", "--capacity", "5")
    key = answer("keys", "create", "north gate", "--role", "gate")
    answer("keys", "revoke", key["id"])
    page = answer("keys", "acts", "--limit", "3")
    assert [act["act"] for act in page["items"]] == ["key_revoked", "key_created", "event_changed"]
    assert all(set(act) == {"at", "by", "act", "subject", "name", "fields"} for act in page["items"])
    assert (page["items"][2]["fields"], page["items"][2]["by"]) == (["name", "capacity"], None)
    assert isinstance(page["next_cursor"], str)
    rest = answer("keys", "acts", "--cursor", page["next_cursor"])
    assert ([act["subject"] for act in rest["items"]], rest["next_cursor"]) == ([event["id"]], None)
    lines = run("keys", "acts", "--limit", "3").stdout.splitlines()
    assert lines[0].startswith("Time, UTC  ")
    assert f"The key north gate was revoked ({key['id']}).  " in lines[1]
    assert lines[1].endswith("no key")
    assert lines[4] == f"More with --cursor {page['next_cursor']}"


def test_acts_and_keys_have_the_organisers_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the setting, with its name; programs get UTC."""
    monkeypatch.setenv("TICKETCORE_TIMEZONE", "Asia/Tokyo")
    key = answer("keys", "create", "north gate", "--role", "gate")
    at = datetime.fromisoformat(answer("keys", "revoke", key["id"])["revoked_at"]).astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{at:%H:%M}, Asia/Tokyo" in run("keys", "list").stdout
    heading, latest, *_ = run("keys", "acts").stdout.splitlines()
    assert heading.startswith("Time, Asia/Tokyo  ")
    assert f"{at:%H:%M:%S}  " in latest
    assert answer("keys", "acts")["items"][0]["at"].endswith("Z")


def test_a_key_needs_a_name() -> None:
    """A blank or overlong name is refused."""
    assert run("keys", "list").stdout == "There are no keys.\n"
    for name in (" ", "x" * 101):
        assert refused("keys", "create", name, "--role", "admin") == "invalid_request"
    assert answer("keys", "list") == {"items": []}


# Queue


def work_until_dead(data: Path) -> None:
    """Let a worker of another clock try until nothing is delivered any more."""
    assembly = assemble(read_settings({}, data))
    clock = VirtualClock(SystemClock().now())
    box_office = BoxOffice(attrs.evolve(assembly.ports, clock=clock))
    while box_office.ports.payment_queue.depth(clock.now()).waiting:
        box_office.work()
        clock.move(timedelta(minutes=1))
    assembly.close()


def test_an_idle_queue_is_empty() -> None:
    """All numbers are 0."""
    assert answer("queue", "status") == {
        "depth": 0,
        "in_flight": 0,
        "age_seconds": 0.0,
        "dead_letters": 0,
        "mails_pending": 0,
        "mails_undelivered": 0,
    }
    assert run("queue", "redrive").stdout == "nothing to put back\n"


def test_a_payment_without_answer_becomes_a_dead_letter_and_comes_back(data: Path) -> None:
    """It is seen waiting, then dead, and waits again once it is put back; the order keeps its places."""
    event = create_event()
    order = reserve(event, 2)
    pay(order, "tok_down")
    waiting = answer("queue", "status")
    assert (waiting["depth"], waiting["dead_letters"]) == (1, 0)
    assert waiting["age_seconds"] >= 0
    assert "gave back 1" in run("worker", "--once").stdout
    work_until_dead(data)
    assert answer("queue", "status") == {
        "depth": 0,
        "in_flight": 0,
        "age_seconds": 0.0,
        "dead_letters": 1,
        "mails_pending": 0,
        "mails_undelivered": 0,
    }
    assert "dead letters 1" in run("queue", "status").stdout
    assert answer("orders", "show", order["id"])["status"] == "processing"
    assert answer("queue", "redrive") == {"redriven": 1, "left": 0}
    assert answer("queue", "status")["depth"] == 1
    assert answer("worker", "--once") == {
        "done": 0,
        "failed": 1,
        "delivered": 0,
        "postponed": 0,
        "told": 0,
        "untold": 0,
    }
    assert answer("events", "show", event["id"])["available"] == 8


def test_a_worker_that_is_idle_stops() -> None:
    """``--once`` with nothing to do says so."""
    assert answer("worker", "--once") == {
        "done": 0,
        "failed": 0,
        "delivered": 0,
        "postponed": 0,
        "told": 0,
        "untold": 0,
    }
    assert run("worker", "--once").stdout == (
        "processed 0, gave back 0\nmails sent 0, postponed 0\nmessages to webhooks sent 0, postponed 0\n"
    )


def test_a_worker_works_off_everything() -> None:
    """More messages than a batch holds."""
    event = create_event(30)
    for _ in range(12):
        pay(reserve(event))
    assert answer("worker", "--once") == {
        "done": 12,
        "failed": 0,
        "delivered": 12,
        "postponed": 0,
        "told": 0,
        "untold": 0,
    }
    assert answer("stock", "show", event["id"])["sold"] == 12


# Availability and sweeps


def test_stock_shows_the_places_and_the_drift() -> None:
    """The row, the orders and the tickets agree."""
    event = create_event()
    buy(event, 2)
    reserve(event, 3)
    found = answer("stock", "show", event["id"])
    assert (found["capacity"], found["available"], found["held"], found["sold"]) == (10, 5, 3, 2)
    assert (found["held_by_orders"], found["sold_by_orders"], found["tickets"]) == (3, 2, 2)
    assert (found["drift"], found["conserved"]) == (0, True)
    told = run("stock", "show", event["id"]).stdout
    assert "10 = 5 + 3 + 2" in told
    assert "conserved" in told
    assert answer("stock", "rebuild", event["id"]) == found
    assert run("stock", "rebuild", event["id"]).stdout == told


def test_stock_names_the_drift_of_a_counter(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter in Redis that is wrong is shown with its drift, and is right after a rebuild."""
    monkeypatch.setenv("TICKETCORE_INVENTORY_URL", redis_url)
    event = create_event(10)
    reserve(event, 3)
    with Redis.from_url(redis_url) as client:
        client.set(f"event:{event['id']}:available", 9)

    found = answer("stock", "show", event["id"])
    assert (found["counter"], found["drift"], found["available"]) == (9, 2, 7)
    assert "counter:  9, drift +2" in run("stock", "show", event["id"]).stdout

    found = answer("stock", "rebuild", event["id"])
    assert (found["counter"], found["drift"]) == (7, 0)


def test_stock_shows_the_ledger_when_the_counter_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's places are told all the same, and that there is no counter to compare with."""
    monkeypatch.setenv("TICKETCORE_INVENTORY_URL", f"redis://127.0.0.1:{free_port()}")
    event = create_event(10)
    reserve(event, 3)

    found = answer("stock", "show", event["id"])

    assert (found["counter"], found["drift"], found["available"], found["conserved"]) == (None, 0, 7, True)
    assert "inventory is unavailable" in run("stock", "show", event["id"]).stdout
    assert refused("stock", "rebuild", event["id"]) == "unavailable"


def test_stock_tells_when_places_are_lost(data: Path) -> None:
    """A row that was changed by hand is noticed."""
    event = create_event()
    reserve(event, 3)
    with closing(sqlite3.connect(data / "ticketcore.db")) as connection, connection:
        connection.execute("UPDATE events SET held = 4")
    assert answer("stock", "show", event["id"])["conserved"] is False
    assert "NOT CONSERVED" in run("stock", "show", event["id"]).stdout


def test_stock_of_an_unknown_event_is_refused() -> None:
    """There is nothing to show and nothing to rebuild."""
    for command in ("show", "rebuild"):
        assert refused("stock", command, "nothing") == "event_not_found"


def test_a_sweep_expires_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells what it did; a second one finds nothing to do."""
    monkeypatch.setenv("TICKETCORE_HOLD_SECONDS", "1")
    event = create_event()
    order = reserve(event, 3)
    time.sleep(1.1)
    assert answer("orders", "show", order["id"])["status"] == "expired"
    assert answer("sweep") == {
        "expired": 3,
        "published": 0,
        "repaired": [],
        "forgotten": 0,
        "announced": 0,
        "refunds": 0,
    }
    assert answer("sweep") == {
        "expired": 0,
        "published": 0,
        "repaired": [],
        "forgotten": 0,
        "announced": 0,
        "refunds": 0,
    }
    assert "places given back by expiry: 0" in run("sweep").stdout
    assert answer("stock", "show", event["id"])["available"] == 10


def test_a_sweep_publishes_what_was_not_sent(data: Path) -> None:
    """A payment whose message was lost on the way is sent again."""
    order = reserve(create_event())
    pay(order)
    with closing(sqlite3.connect(data / "ticketcore.db")) as connection, connection:
        connection.execute("DELETE FROM messages")
        connection.execute("INSERT INTO outbox (order_id) VALUES (?)", (order["id"],))
    assert answer("sweep")["published"] == 1
    assert answer("worker", "--once")["done"] == 1
    assert answer("orders", "show", order["id"])["status"] == "paid"


# Schema


@pytest.mark.usefixtures("postgres")
def test_the_schema_is_brought_up_to_date() -> None:
    """Once from nothing; the second time there is nothing to do."""
    first = answer("db", "upgrade")
    assert first["before"] is None
    assert first["after"]
    assert answer("db", "upgrade") == {"before": first["after"], "after": first["after"]}
    assert first["after"] in run("db", "upgrade").stdout
    assert answer("events", "list")["items"] == []


def test_an_older_schema_of_a_server_stops_every_command(postgres: str, data: Path) -> None:
    """The one line says what to run."""
    answer("db", "upgrade")
    assembly = assemble(read_settings({"TICKETCORE_DATABASE_URL": postgres}, data))
    with database_of(assembly).transaction() as connection:
        connection.exec_driver_sql("UPDATE ticketcore_version SET version_num = '0000'")
    assembly.close()
    assert "ticketcore db upgrade" in one_line("events", "list")


@pytest.mark.parametrize("arguments", [["sweep"], ["db", "upgrade"]], ids=" ".join)
def test_a_schema_of_a_newer_program_is_left_alone(data: Path, arguments: list[str]) -> None:
    """After going back to an older program the one line says so."""
    answer("db", "upgrade")
    assembly = assemble(read_settings({}, data))
    with database_of(assembly).transaction() as connection:
        connection.exec_driver_sql("UPDATE ticketcore_version SET version_num = '9999'")
    assembly.close()
    assert "of a newer ticketcore" in one_line(*arguments)


@pytest.mark.parametrize("arguments", [["sweep"], ["db", "upgrade"]], ids=" ".join)
def test_another_programs_table_is_named(postgres: str, arguments: list[str]) -> None:
    """The one line names the table, and does not say that the database is away or that a retry is safe."""
    with connect(postgres) as connection:
        connection.execute("CREATE TABLE orders (theirs INTEGER)")
    line = one_line(*arguments)
    assert line.startswith("failed: the table orders in this database is another program's")
    assert "retry" not in line


def test_a_missing_data_directory_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first command that changes something sets everything up."""
    monkeypatch.setenv("TICKETCORE_DATA", str(tmp_path / "new" / "place"))
    create_event()
    assert (tmp_path / "new" / "place" / "ticketcore.db").exists()


def test_a_person_is_forgotten(data: Path) -> None:
    """The command says what it did and what it had to keep; the address is in no file of the data directory afterwards."""
    event = create_event()
    cancelled, reserved = reserve(event), reserve(event)
    answer("orders", "cancel", cancelled["id"])
    report = answer("customers", "forget", "Ann@example.com")
    assert (report["orders"], report["mails"]) == (1, 0)
    assert report["kept"] == [
        {"order": ids.digest(reserved["id"]), "need": "reserved", "reason": "It is reserved and can still be paid."}
    ]
    assert "It is reserved and can still be paid." in run("customers", "forget", "ann@example.com").stdout
    answer("orders", "cancel", reserved["id"])
    assert answer("customers", "forget", "ann@example.com") == {"orders": 1, "mails": 0, "kept": []}
    assert answer("orders", "show", reserved["id"])["customer_email"] == "forgotten@example.invalid"
    assert refused("customers", "forget", "ann") == "invalid_request"


def test_the_mails_of_a_past_event_are_forgotten(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither file nor table holds the address any more."""
    order = buy(create_event())
    assert len(list((data / "mail").glob("*.eml"))) == 1
    with closing(sqlite3.connect(data / "ticketcore.db")) as connection, connection:
        connection.execute("UPDATE events SET date = '2020-01-01 00:00:00.000000'")
    monkeypatch.setenv("TICKETCORE_RETENTION_DAYS", "30")
    assert answer("sweep")["forgotten"] == 1
    assert list((data / "mail").glob("*.eml")) == []
    assert answer("orders", "show", order["id"])["customer_email"] == "forgotten@example.invalid"
    with closing(sqlite3.connect(data / "ticketcore.db")) as connection:
        dumped = "\n".join(connection.iterdump())
    assert "ann@" not in dumped

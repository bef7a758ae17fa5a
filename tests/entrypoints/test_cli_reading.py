"""Commands that look: they create nothing, refuse where no ledger is, and name the one that they looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.cli import answer, buy, create_event, run, ticket_ids
from tests.entrypoints.test_cli_output import HOOK, every_command, paths
from tests.servers.postgres import connect
from ticketcore_cli.main import main

READING = {
    "db check",
    "events attendees",
    "events list",
    "events show",
    "events summary",
    "keys acts",
    "keys list",
    "orders explain",
    "orders list",
    "orders show",
    "queue status",
    "stock show",
    "tickets show",
    "webhooks deliveries",
    "webhooks list",
}
CHANGING = {
    "customers forget",
    "db upgrade",
    "demo",
    "events cancel",
    "events create",
    "events refund",
    "events update",
    "keys create",
    "keys revoke",
    "orders cancel",
    "orders correct",
    "orders create",
    "orders pay",
    "orders refund",
    "orders resend",
    "payments approve",
    "payments decline",
    "queue redrive",
    "serve",
    "simulate",
    "stock rebuild",
    "sweep",
    "tickets scan",
    "tickets undo",
    "tickets validate",
    "webhooks create",
    "webhooks delete",
    "webhooks replay",
    "worker",
}
#: These open no ledger.
NEITHER = {"settings"}
NOTHING: dict[str, Any] = {"id": "nothing", "qr_code": "nothing"}
CALLS = {name: call for name, call in every_command(NOTHING, NOTHING, NOTHING, NOTHING).items() if name in READING}


def files(folder: Path) -> dict[str, int]:
    """Return every path below a folder with its mode; those that SQLite has only while it is open are left out."""
    return {str(path): path.stat().st_mode for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm"))}


def test_every_command_looks_or_changes() -> None:
    """A new command is one or the other, unless it needs no ledger, and then leaves none behind."""
    assert {*paths(main)} == READING | CHANGING | NEITHER
    assert len(READING | CHANGING | NEITHER) == len(READING) + len(CHANGING) + len(NEITHER)
    assert CALLS.keys() == READING


@pytest.mark.parametrize("command", sorted(NEITHER))
def test_a_command_without_a_ledger_leaves_nothing(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither needs nor creates a data directory."""
    monkeypatch.chdir(tmp_path)
    run(command)
    assert files(tmp_path) == {}


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("arguments", CALLS.values(), ids=CALLS)
def test_a_mistyped_place_is_named_and_stays_empty(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with the exit status of a wrong setting, whether the place is missing, empty or another's."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow" / "ticketcore.db").touch()
    monkeypatch.chdir(tmp_path / "empty")
    before = files(tmp_path)
    for place in ("missing", "empty", "hollow"):
        monkeypatch.setenv("TICKETCORE_DATA", str(tmp_path / place))
        refused(f'TICKETCORE_DATA holds "{tmp_path / place}", where there is no ledger; ', *arguments)
    monkeypatch.delenv("TICKETCORE_DATA")
    refused(f'TICKETCORE_DATA holds "{tmp_path}/empty/ticketcore-data", where there is no ledger; ', *arguments)
    for file in (tmp_path / "missing.db", tmp_path / "hollow" / "ticketcore.db"):
        monkeypatch.setenv("TICKETCORE_DATABASE_URL", f"sqlite:///{file}")
        refused(f'TICKETCORE_DATABASE_URL holds "{file}", where there is no ledger; ', *arguments)
    assert files(tmp_path) == before


def refused(beginning: str, *arguments: str) -> None:
    for more in ((), ("--json",)):
        result = run(*arguments, *more, code=2)
        assert result.stderr.startswith(beginning)
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""


@pytest.mark.parametrize("arguments", CALLS.values(), ids=CALLS)
def test_a_server_without_a_ledger_stays_without_one(
    arguments: list[str], postgres: str, data: Path, tmp_path: Path
) -> None:
    """No table is created there, and no key beside it; the password is not shown."""
    before = files(tmp_path)
    result = run(*arguments, code=2)
    assert result.stderr.startswith('TICKETCORE_DATABASE_URL holds "postgresql+psycopg://')
    assert "where there is no ledger" in result.stderr
    with connect(postgres) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    assert files(tmp_path) == before


def test_a_command_that_looks_names_the_ledger(data: Path) -> None:
    """To people, on standard error; programs read nothing of it.  No file is new afterwards."""
    event = create_event()
    order = buy(event)
    ticket = answer("tickets", "show", ticket_ids(data)[0])
    webhook = answer(*HOOK)
    (data / "signing-key").rename(data.parent / "kept-elsewhere")
    before = files(data)
    for name, arguments in every_command(event, order, ticket, webhook).items():
        # The check finds that the key is lost.
        code = 1 if name == "db check" else 0
        if name in READING:
            assert run(*arguments, code=code).stderr == f"Ledger: {data}/ticketcore.db\n"
            assert run(*arguments, "--json", code=code).stderr == ""
    assert files(data) == before


def test_a_ledger_on_a_server_is_named_without_its_password(postgres: str) -> None:
    """The address shows host and database."""
    run("db", "upgrade")
    told = run("events", "list").stderr
    assert told.startswith("Ledger: postgresql+psycopg://…@")
    assert told.count("\n") == 1

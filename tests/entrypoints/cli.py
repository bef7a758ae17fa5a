"""The command line in this process, over a real SQLite file, with short ways to say what a test asks of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from ticketcore_cli.main import main

Json = dict[str, Any]

#: An event far enough in the future for the machine's own clock.
EVENT = ("--date", "2099-05-01T20:00:00Z", "--location", "Royal Hall", "--price", "45.00")


def run(*arguments: str, code: int = 0, given: bytes | None = None) -> Result:
    """Run a command, with ``given`` as its standard input, and look at what holds for each: its exit status, and no traceback and no colour ever."""
    result = CliRunner().invoke(main, list(arguments), given, prog_name="ticketcore")
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    if not {"show", "demo"} & set(arguments):  # A QR code for the terminal is made of colours.
        assert "\x1b" not in result.output
    return result


def answer(*arguments: str) -> Json:
    """Return what a command prints for programs, the same wherever ``--json`` stands."""
    value: Json = json.loads(run(*arguments, "--json").stdout)
    return value


def refused(*arguments: str) -> str:
    """Return the code of a refusal, which is on standard error alone."""
    people = run(*arguments, code=1)
    assert people.stdout == ""
    code = people.stderr.partition(":")[0]
    assert people.stderr.count("\n") == 1
    programs = run("--json", *arguments, code=1)
    assert programs.stdout == ""
    told = json.loads(programs.stderr)
    assert told["code"] == code
    assert told["detail"]
    return code


def create_event(capacity: int = 10, *more: str) -> Json:
    return answer("events", "create", "--name", "Night of the Proms", "--capacity", str(capacity), *EVENT, *more)


def order_arguments(event: Json, quantity: int = 1, *more: str) -> list[str]:
    return [
        *("orders", "create", "--event", event["id"], "--quantity", str(quantity)),
        *("--email", "ann@example.com", *more),
    ]


def reserve(event: Json, quantity: int = 1, *more: str) -> Json:
    return answer(*order_arguments(event, quantity, *more))


def pay(order: Json, token: str = "tok_approved") -> Json:
    return answer("orders", "pay", order["id"], "--token", token)


def buy(event: Json, quantity: int = 1) -> Json:
    """Return an order that was paid and processed."""
    order = reserve(event, quantity)
    pay(order)
    answer("worker", "--once")
    return answer("orders", "show", order["id"])


def ticket_ids(data: Path) -> list[str]:
    """Return the ids of all tickets in a data directory."""
    with closing(sqlite3.connect(data / "ticketcore.db")) as connection, connection:
        return [row[0] for row in connection.execute("SELECT id FROM tickets ORDER BY number")]

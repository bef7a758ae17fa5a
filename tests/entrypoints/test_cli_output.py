"""Streams that cannot show a character, are full or are closed: what a command has done stays done, and told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import ticketcore_cli
from tests import forked
from tests.entrypoints.cli import EVENT, Json, answer, buy, create_event, ticket_ids
from ticketcore_cli.main import main

NAME = "Fête 🎉 東京"
ENCODINGS = ["cp1252", "ascii", "latin-1", "cp437"]
CREATE = ["events", "create", "--name", NAME, "--capacity", "5", *EVENT]
FULL = Path("/dev/full")


def run(encoding: str, *arguments: str) -> Result:
    """Run a command whose streams have an encoding."""
    result = CliRunner(charset=encoding).invoke(main, arguments, prog_name="ticketcore")
    assert result.exception is None, repr(result.exception)
    return result


HOOK = ["webhooks", "create", "https://203.0.114.1/"]


def every_command(event: Json, order: Json, ticket: Json, webhook: Json) -> dict[str, list[str]]:
    """Return a call that succeeds of each command, by its path; those that serve until they are stopped are left out."""
    return {
        "demo": ["demo"],
        "worker": ["worker", "--once"],
        "sweep": ["sweep"],
        "db upgrade": ["db", "upgrade"],
        "db check": ["db", "check"],
        "events create": CREATE,
        "events list": ["events", "list"],
        "events show": ["events", "show", event["id"]],
        "events summary": ["events", "summary", event["id"]],
        "events attendees": ["events", "attendees", event["id"]],
        "events update": ["events", "update", event["id"], "--location", NAME],
        "orders create": ["orders", "create", "--event", event["id"], "--quantity", "1", "--email", "ann@example.com"],
        "orders list": ["orders", "list"],
        "orders show": ["orders", "show", order["id"]],
        "orders explain": ["orders", "explain", order["id"]],
        "tickets show": ["tickets", "show", ticket["id"]],
        "tickets validate": ["tickets", "validate", ticket["qr_code"], "--gate", "Tür"],
        "tickets undo": ["tickets", "undo", ticket["qr_code"]],
        "tickets scan": ["tickets", "scan", "--event", event["id"], "--gate", "Tür"],
        "settings": ["settings"],
        "orders correct": ["orders", "correct", order["id"], "--email", "bob@example.com"],
        "orders resend": ["orders", "resend", order["id"]],
        "customers forget": ["customers", "forget", "ann@example.com"],
        "stock show": ["stock", "show", event["id"]],
        "stock rebuild": ["stock", "rebuild", event["id"]],
        "queue status": ["queue", "status"],
        "queue redrive": ["queue", "redrive"],
        "keys create": ["keys", "create", "Türsteher", "--role", "gate"],
        "keys list": ["keys", "list"],
        "keys acts": ["keys", "acts"],
        "webhooks create": ["webhooks", "create", "https://203.0.114.1/", "--event", "order.paid"],
        "webhooks list": ["webhooks", "list"],
        "webhooks deliveries": ["webhooks", "deliveries", webhook["id"]],
        "simulate": ["simulate", "--orders", "2"],
        "orders refund": ["orders", "refund", order["id"]],
        "events refund": ["events", "refund", event["id"]],
        "events cancel": ["events", "cancel", event["id"]],
    }


def paths(command: click.Command, before: str = "") -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield before.strip()
        return
    for name, each in command.commands.items():
        yield from paths(each, f"{before} {name}")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_command_fails_of_what_cannot_be_shown(data: Path, encoding: str) -> None:
    """It is shown as a question mark, and the command does what it is for once."""
    event = answer(*CREATE)
    order = buy(event)
    ticket = answer("tickets", "show", ticket_ids(data)[0])
    commands = every_command(event, order, ticket, answer(*HOOK))
    for arguments in commands.values():
        run(encoding, *arguments)
    assert len(answer("events", "list")["items"]) == 2
    listed = run(encoding, "events", "list").stdout
    assert "F?te ? ??" in listed or "Fête ? ??" in listed


def test_the_test_runs_every_command() -> None:
    """But those that need an order of another state, revoke a key, or serve until they are stopped."""
    elsewhere = {"serve", "orders pay", "orders cancel", "keys revoke", "webhooks delete", "webhooks replay"}
    elsewhere |= {"payments approve", "payments decline"}
    nothing = {"id": "", "qr_code": ""}
    assert {*every_command(nothing, nothing, nothing, nothing)} | elsewhere >= {*paths(main)}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_loses_no_character(data: Path, encoding: str) -> None:
    """What the encoding lacks is escaped: programs read the same as in UTF-8."""
    created = json.loads(run(encoding, "--json", *CREATE).stdout)
    assert created["name"] == NAME
    assert answer("events", "show", created["id"]) == created


def test_a_refusal_that_cannot_be_shown_keeps_its_code(data: Path) -> None:
    """Its exit status is that of the refusal."""
    result = CliRunner(charset="ascii").invoke(main, ["events", "show", "é"], prog_name="ticketcore")
    assert result.exit_code == 1
    assert result.stderr.startswith("event_not_found: ")


def test_every_output_is_printed_by_one_function() -> None:
    """No other module prints by itself."""
    folder = Path(ticketcore_cli.__file__ or "").parent
    printing = {path.name for path in folder.glob("*.py") if re.search(r"click\.s?echo|\bprint\(", path.read_text())}
    assert printing == {"output.py"}


# Processes

COMMANDS = [
    ["--help"],
    ["events", "list"],
    CREATE,
    ["keys", "create", "a", "--role", "gate"],
    HOOK,
    ["demo"],
    ["simulate"],
]


#: What becomes of a secret that could not be shown, by the group of its command.
UNDONE = {"keys": "; the key is revoked", "webhooks": "; the webhook is deleted"}


def process(arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "ticketcore_cli", *arguments]
    return subprocess.run(command, env=environment, text=True, encoding="cp1252", check=False, **options)


def test_a_process_replaces_what_its_terminal_cannot_show(data: Path) -> None:
    """The event is there, and its exit status says so."""
    done = process(CREATE, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "Fête ? ??" in done.stdout


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_full_disk_ends_in_one_line(data: Path, arguments: list[str]) -> None:
    """It says what became of the output, and nothing of how the program is written."""
    with FULL.open("w") as full:
        done = process(arguments, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if not line.endswith("orders a second")]
    undone = UNDONE.get(arguments[0], "")
    assert lines == [f"Error: the output could not be written: No space left on device{undone}"]


@pytest.mark.parametrize("arguments", COMMANDS[1:], ids=lambda arguments: " ".join(arguments[:2]))
def test_a_closed_pipe_ends_in_one_line(data: Path, arguments: list[str]) -> None:
    """Such as that of ``head``, which has read enough."""
    reading, writing = os.pipe()
    os.close(reading)
    done = process(arguments, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if not line.endswith("orders a second")]
    undone = UNDONE.get(arguments[0], "")
    assert lines == [f"Error: the output could not be written: Broken pipe{undone}"]


def test_what_was_done_before_the_output_was_lost_stays_done(data: Path) -> None:
    """The event was created once."""
    with FULL.open("w") as full:
        process(CREATE, stdout=full, stderr=subprocess.DEVNULL)
    assert [event["name"] for event in answer("events", "list")["items"]] == [NAME]


def test_a_full_standard_error_changes_no_exit_status(data: Path) -> None:
    """There is nowhere to say it, and a refusal stays one."""
    with FULL.open("w") as full:
        assert process(["events", "show", "x"], stdout=subprocess.PIPE, stderr=full).returncode == 1
        assert process(["events", "list"], stdout=subprocess.PIPE, stderr=full).returncode == 0
        assert process(["events", "nothing"], stdout=subprocess.PIPE, stderr=full).returncode == 2


def test_a_command_without_output_says_so(data: Path) -> None:
    """Each command whose standard output was closed does what it is for, and ends with one line and status 1."""
    event = answer(*CREATE)
    order = buy(event)
    ticket = answer("tickets", "show", ticket_ids(data)[0])
    shell = without(">&-", "--help")
    ended = {"help": (shell.returncode, shell.stderr)}
    commands = every_command(event, order, ticket, answer(*HOOK))
    # Without input it has nothing to print.
    del commands["tickets scan"]
    ended |= {name: without_output(*arguments) for name, arguments in commands.items()}
    for name, (status, errors) in ended.items():
        lines = [line for line in errors.splitlines() if not line.endswith("orders a second")]
        undone = UNDONE[name.partition(" ")[0]] if name in {"keys create", "webhooks create"} else ""
        assert (status, lines) == (1, [f"Error: the output could not be written: it is closed{undone}"]), name
    assert len(answer("events", "list")["items"]) == 2


def without_output(*arguments: str) -> tuple[int, str]:
    """Return the exit status of a command whose standard output was closed before it began, and its standard error."""
    command = forked.piped(arguments, os.environ, first="import os, sys; os.close(1); sys.stdout = None")
    assert command.stdout is not None
    assert command.stderr is not None
    with command.stdout, command.stderr:
        errors = command.stderr.read()
    return command.wait(30), errors


def without(streams: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", "ticketcore_cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_command_without_standard_error_keeps_its_status(data: Path) -> None:
    """A service manager may have closed it."""
    create_event()
    for arguments, code in ((["events", "list"], 0), (["worker", "--once"], 0), (["events", "show", "x"], 1)):
        assert without("2>&-", *arguments).returncode == code
    assert without(">&- 2>&-", "events", "list").returncode == 1


def test_a_key_that_was_not_shown_is_not_valid(data: Path) -> None:
    """It was created before its output was lost, and is revoked."""
    shown = answer("keys", "create", "shown", "--role", "gate")
    with FULL.open("w") as full:
        process(["keys", "create", "lost", "--role", "admin"], stdout=full, stderr=subprocess.DEVNULL)
    without(">&-", "keys", "create", "closed", "--role", "admin")
    keys = {key["name"]: key["revoked_at"] is None for key in answer("keys", "list")["items"]}
    assert keys == {shown["name"]: True, "lost": False, "closed": False}


@pytest.mark.parametrize(("value", "is_coloured"), [("", True), ("1", False)])
def test_no_color_leaves_colours_out(value: str, is_coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set and not empty turns colours off, also where the output is a terminal."""
    monkeypatch.setenv("NO_COLOR", value)
    monkeypatch.setenv("TICKETCORE_NOTHING", "1")

    result = CliRunner().invoke(main, ["settings"], color=True)

    assert "means nothing" in result.output
    assert ("\x1b" in result.output) == is_coloured


def groups(group: click.Group, path: str) -> Iterator[tuple[str, click.Group]]:
    """Yield a group of commands and those in it, by their paths."""
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from groups(command, f"{path} {name}")


@pytest.mark.parametrize("path", dict(groups(main, "ticketcore")))
def test_no_line_of_help_is_cut_off(path: str) -> None:
    """On a terminal of 80 columns, the list of a group's commands says each command's job whole."""
    # Click leaves two columns of a terminal free.
    listed = CliRunner().invoke(main, [*path.split()[1:], "--help"], prog_name="ticketcore", terminal_width=78).output

    commands = listed.partition("Commands:")[2].splitlines()
    assert commands
    assert [line for line in commands if line.endswith("...")] == []

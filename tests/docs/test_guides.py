"""The guides, followed step by step against a service that really runs."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stdout
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import update

from tests.databases import database_of
from tests.docs.markdown import DOCS, blocks, codes, rows, sections
from tests.docs.reader import reading
from tests.servers.ports import free_port
from ticketcore import EventDraft, LiveEvent, Order, ports
from ticketcore.domain.ids import digest
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_sql.tables import messages

GUIDES = DOCS / "how-to"

#: Where a reader's box office is, with nothing set.
DATA = "ticketcore-data"


@contextmanager
def open_box_office(home: Path) -> Iterator[Assembly]:
    """Yield the box office that a reader in the directory would find."""
    assembly = assemble(read_settings({}, home / DATA))
    assembly.prepare()
    yield assembly
    assembly.close()


def nothing(_home: Path) -> dict[str, str]:
    """Return no variables: the guide begins from nothing."""
    return {}


def order_with(assembly: Assembly, payment_token: str) -> Order:
    """Return an order of one place, after one run of the worker."""
    draft = EventDraft("Concert", datetime(2031, 5, 1, 20, tzinfo=UTC), "Town Hall", 100, "45.00")
    box_office = assembly.box_office
    live = assembly.organiser.create_event(draft)
    assert isinstance(live, LiveEvent)
    order = box_office.reserve(live.event.id, 1, "ann@example.com")
    assert isinstance(order, Order)
    box_office.pay(order.id, payment_token)
    box_office.work()
    return order


def sold_ticket(home: Path) -> dict[str, str]:
    """Return the variables of a guide that takes a sold ticket for granted."""
    with open_box_office(home) as assembly:
        order = order_with(assembly, "tok_approved")
        (ticket,) = assembly.ports.tickets.of_order(order.id)
    return {"EVENT": order.event_id, "QR_CODE": ticket.qr_code}


def event_and_port(home: Path) -> dict[str, str]:
    """Return the variables of a guide that takes an event for granted, and a port that is free."""
    with open_box_office(home) as assembly:
        order = order_with(assembly, "tok_declined")
    return {"EVENT": order.event_id, "PORT": str(free_port())}


def dead_letter(home: Path) -> dict[str, str]:
    """Return the variables of a guide that takes a dead letter for granted, given up after one delivery out of five."""
    with open_box_office(home) as assembly:
        order = order_with(assembly, "tok_down")
        database_of(assembly).write(lambda connection: connection.execute(update(messages).values(dead=True)))
    return {"DIGEST": digest(order.id)}


def backup(home: Path) -> dict[str, str]:
    """Back a box office up as the guide says, and return no variables."""
    sold_ticket(home)
    kept = home / "backup"
    kept.mkdir()
    for name in ("ticketcore.db", "simulated-payments.db"):
        with closing(sqlite3.connect(home / DATA / name)) as source, closing(sqlite3.connect(kept / name)) as copy:
            source.backup(copy)
    shutil.copy(home / DATA / "signing-key", kept)
    return {}


def text_of(guide: str) -> str:
    return (GUIDES / f"{guide}.md").read_text()


@pytest.mark.parametrize(
    ("guide", "granted"),
    [
        ("rotate-signing-keys", sold_ticket),
        ("run-behind-a-proxy", nothing),
        ("recover-dead-letters", dead_letter),
        ("back-up-and-restore", backup),
        ("write-an-adapter", nothing),
        ("plug-in-a-payment-gateway", nothing),
        ("tell-other-programs", event_and_port),
        ("replace-mail-templates", nothing),
        ("generate-a-client", nothing),
        ("embed-in-flask", nothing),
        ("embed-in-fastapi", nothing),
        ("embed-in-django", nothing),
    ],
)
def test_a_guide_leads_where_it_says(guide: str, granted: Callable[[Path], dict[str, str]], tmp_path: Path) -> None:
    """Every command of a guide prints what the guide shows, ids and times aside."""
    with reading(tmp_path) as reader:
        reader.know(granted(reader.directory))
        assert reader.follow(text_of(guide))


def test_the_guide_for_gates_leads_where_it_says(tmp_path: Path) -> None:
    """A scanner that follows it admits once, repeats safely, and is refused the second time."""
    with reading(tmp_path) as reader:
        reader.know(sold_ticket(reader.directory))
        reader.follow("```sh\nticketcore serve\n```\n")
        assert reader.follow(text_of("validate-tickets-at-a-gate"))


def test_the_guide_for_postgres_leads_where_it_says(tmp_path: Path, empty_postgres_url: str) -> None:
    """It brings an empty database to a service that is ready."""
    with reading(tmp_path, TICKETCORE_DATABASE_URL=empty_postgres_url) as reader:
        assert reader.follow(text_of("run-on-postgres"))


@pytest.mark.parametrize(("guide", "count"), [("embed-the-library", 7), ("run-on-aws", 1)])
def test_an_example_prints_what_the_guide_shows(
    guide: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example of a guide runs by itself and prints what stands beneath it."""
    monkeypatch.setenv("TICKETCORE_DATA", str(tmp_path))
    found = list(blocks(text_of(guide)))
    examples = [block for block in found if block.language == "python"]
    assert len(examples) >= count

    for example in examples:
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(example.text, f"{guide}.md", "exec"), {"__name__": "example"})
        after = found[found.index(example) + 1] if example is not found[-1] else None
        assert printed.getvalue() == (after.text if after and after.language == "text" else "")


def test_the_guide_for_adapters_names_every_port_with_its_suite() -> None:
    """Each port has a suite with the fixture to override, and a machine where there are results to compare."""
    [table] = [
        section for section in sections(text_of("write-an-adapter")) if section.heading.startswith("Which suite")
    ]
    described = {
        codes(port)[0]: (codes(suites), codes(fixture)[0], codes(machine))
        for port, suites, fixture, machine in rows(table.text)
    }

    assert described.keys() == {kind.__name__ for kind in vars(ports).values() if is_port(kind)}
    for suites, fixture, machines in described.values():
        for suite in suites:
            assert fixture in dir(named("contracts", suite)), suite
        assert all(issubclass(named("agreement", machine), RuleBasedStateMachine) for machine in machines)


def is_port(kind: object) -> bool:
    return isinstance(kind, type) and Protocol in kind.__bases__


def named(package: str, path: str) -> type:
    """Return the class of the kit that a page calls ``module.Class``."""
    module, _, name = path.rpartition(".")
    found: type = getattr(import_module(f"ticketcore_testing.{package}.{module}"), name)
    return found

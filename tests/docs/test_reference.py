"""The reference agrees with the code: nothing is missing, nothing is extra."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import attrs
import click
import pytest
from flask import Flask

import ticketcore
import ticketcore_bootstrap
import ticketcore_flask
import ticketcore_lambda
import ticketcore_memory
import ticketcore_simulated_payments
import ticketcore_web
import ticketcore_wire
from tests.docs.markdown import DOCS, Section, codes, rows, sections
from tests.entrypoints.http import assembly_in_memory
from ticketcore import Refusal, ports
from ticketcore_bootstrap import read_settings, settings
from ticketcore_cli.main import main
from ticketcore_flask import create_app
from ticketcore_flask.routes import Operation
from ticketcore_flask.views import FlaskView
from ticketcore_lambda import handlers
from ticketcore_memory import memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_simulated_payments.sql import simulated_charges
from ticketcore_sql.tables import metadata
from ticketcore_testing import aws
from ticketcore_wire import STATUSES

REFERENCE = DOCS / "reference"


def sections_of(page: str) -> dict[str, Section]:
    """Return a page's sections by their headings, without marks of code."""
    return {section.heading.replace("`", ""): section for section in sections((REFERENCE / page).read_text())}


def first_cells(section: Section) -> list[str]:
    """Return the names in the first column of a section's tables."""
    return [codes(cells[0])[0] for cells in rows(section.text)]


# Settings


def variables() -> dict[str, list[str]]:
    """Return the row of every variable in the reference."""
    return {codes(cells[0])[0]: cells for cells in rows(sections_of("settings.md")["Settings"].text)}


def test_every_setting_is_in_the_reference() -> None:
    """The variables that the code reads are those that the page names."""
    assert settings.__file__
    read = re.findall(r'"(TICKETCORE_[A-Z_]+)"', Path(settings.__file__).read_text())

    assert set(variables()) == set(read)


def test_setting_a_default_changes_nothing() -> None:
    """A default of the page is the one that holds when nothing is set."""
    defaults = {name: cells[2].strip("`") for name, cells in variables().items() if re.fullmatch("`.+`", cells[2])}
    assert len(defaults) > 3

    assert read_settings(defaults) == read_settings({})


# Command line


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command under its usage."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")
    else:
        arguments = [found.human_readable_name for found in command.params if isinstance(found, click.Argument)]
        yield " ".join([path, *arguments]), command


COMMANDS = dict(commands(main, "ticketcore"))


def test_every_command_is_in_the_reference() -> None:
    """The commands that there are stand on the page, with their arguments."""
    described = {heading for heading in sections_of("command-line.md") if heading.startswith("ticketcore ")}

    assert described == set(COMMANDS)


@pytest.mark.parametrize("usage", COMMANDS)
def test_every_option_is_in_the_reference(usage: str) -> None:
    """The options of a command are those of its table, and those that it cannot do without are called required."""
    section = sections_of("command-line.md")[usage]
    options = [found for found in COMMANDS[usage].params if isinstance(found, click.Option) and found.name != "json"]

    assert first_cells(section) == [found.opts[0] for found in options]
    required = [codes(cells[0])[0] for cells in rows(section.text) if cells[1].startswith("required")]
    assert required == [found.opts[0] for found in options if found.required]


def test_json_is_taken_where_the_reference_says() -> None:
    """Every command prints JSON for programs."""
    without = {usage for usage, command in COMMANDS.items() if "json" not in {found.name for found in command.params}}

    assert without == set()


# HTTP


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(assembly_in_memory(memory_ports(SimulatedPaymentGateway())))


def operations(app: Flask) -> Iterator[tuple[str, Operation]]:
    """Yield each route of the application with its description."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        assert isinstance(view, FlaskView), rule
        path = rule.rule.replace("<", "{").replace(">", "}")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {path}", view.route.operation


def test_every_route_is_in_the_reference(app: Flask) -> None:
    """The routes that the application has are those of the table, with who may call them and their statuses."""
    routes = rows(sections_of("http.md")["Routes"].text)
    described = {codes(route)[0]: (who, re.findall(r"\b[235]\d\d\b", answer)) for route, who, answer in routes}

    assert described == {
        route: (operation.who, [str(status) for status in operation.responses]) for route, operation in operations(app)
    }


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every refusal that there is."""
    for inner in kind.__subclasses__():
        yield inner
        yield from refusals(inner)


def test_every_code_is_in_the_reference() -> None:
    """The codes of the table have the statuses of the service's responses, and members that their problems have."""
    described = {codes(cells[0])[0]: cells for cells in rows(sections_of("http.md")["Refusals"].text)}
    members = {kind.code: {field.name for field in attrs.fields(kind)} for kind in refusals()}

    assert {code: int(cells[1]) for code, cells in described.items()} == STATUSES
    for code, cells in described.items():
        assert set(codes(cells[2])) <= members[code], code


# Tables

TABLES = {**metadata.tables, "simulated_charges": simulated_charges}


def test_every_table_is_in_the_reference() -> None:
    """The tables that there are stand on the page, and no others."""
    described = [heading for heading in sections_of("tables.md") if heading != "Tables"]

    assert described == list(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_in_the_reference(table: str) -> None:
    """A table's columns stand on the page in their order."""
    assert first_cells(sections_of("tables.md")[table]) == TABLES[table].columns.keys()


# Python


@pytest.mark.parametrize(
    "module",
    [
        ticketcore,
        ports,
        ticketcore_memory,
        ticketcore_simulated_payments,
        ticketcore_bootstrap,
        ticketcore_flask,
        ticketcore_web,
        ticketcore_wire,
        ticketcore_lambda,
        handlers,
        aws,
    ],
    ids=lambda module: module.__name__,
)
def test_every_public_name_is_in_the_reference(module: ModuleType) -> None:
    """The public names of a package are on the page, and no others."""
    assert sorted(first_cells(sections_of("python.md")[module.__name__])) == sorted(module.__all__)

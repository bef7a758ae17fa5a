"""The guides to AWS and to containers say what the files under deploy/ say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click

from tests.deploy.containers import OURS, services
from tests.deploy.stack import ROOT, expanded, functions
from tests.docs.markdown import codes, rows, sections
from ticketcore_cli.main import main

GUIDES = ROOT / "docs" / "how-to"
AWS = (GUIDES / "run-on-aws.md").read_text()
CONTAINERS = (GUIDES / "run-with-containers.md").read_text()


class _Anything(dict[str, str]):
    """A value for every variable."""

    def __contains__(self, _name: object) -> bool:
        return True

    def get(self, _name: str, _default: object = None) -> str:
        return "8000"


def section(page: str, heading: str) -> str:
    (found,) = [each.text for each in sections(page) if each.heading == heading]
    return found


def commands(page: str) -> list[list[str]]:
    """Return the indented commands of a page as words, with lines joined that end in a backslash."""
    lines = re.findall(r"^ {4}(\S.*)$", page.replace("\\\n", " "), re.MULTILINE)
    return [shlex.split(line) for line in lines]


def is_understood(arguments: list[str]) -> None:
    """Fail unless the command line takes these words."""
    command: click.Command = main
    while isinstance(command, click.Group):
        command = command.commands[arguments.pop(0)]
    command.make_context("ticketcore", arguments)


def test_the_commands_of_the_guides_are_understood() -> None:
    """Whatever begins with ``ticketcore``, in a container or outside, is a command that there is."""
    found = [words[words.index("ticketcore") + 1 :] for words in commands(AWS + CONTAINERS) if is_ours(words)]
    assert len(found) == 6

    for arguments in found:
        is_understood(arguments)


def is_ours(words: list[str]) -> bool:
    return words[0] == "ticketcore" or ("exec" in words and "ticketcore" in words)


def test_the_files_of_the_guides_are_there() -> None:
    """Each path under deploy/ is one of the repository, or is made by a command of the guide."""
    named = set(re.findall(r"\bdeploy/[\w./-]*\w", AWS + CONTAINERS))
    made = {"deploy/build/lambda", "deploy/build/packaged.yaml", "deploy/.env"}

    assert made <= named
    assert [path for path in named - made if not Path(ROOT, path).exists()] == []


def test_the_parameters_are_those_of_the_template() -> None:
    """With the same defaults, in the same order, and the deployment names those that have none."""
    described = {codes(cells[0])[0]: cells[2] for cells in rows(section(AWS, "Deploy"))}
    parameters = expanded()["Parameters"]
    required = [name for name, found in parameters.items() if "Default" not in found]

    assert list(described) == list(parameters)
    assert [name for name, default in described.items() if default == "required"] == required
    for name, default in described.items():
        if default.startswith("`"):
            assert default == f"`{parameters[name]['Default']}`"
    (deploy,) = [words for words in commands(AWS) if "--parameter-overrides" in words]
    given = deploy[deploy.index("--parameter-overrides") + 1 :]
    assert [word.partition("=")[0] for word in given] == required


def test_the_members_of_the_secret_are_those_that_the_template_reads() -> None:
    """No more and no less."""
    described = {codes(cells[0])[0] for cells in rows(section(AWS, "Put the secrets into Secrets Manager"))}

    assert described == set(re.findall(r"SecretString:(\w+):", str(expanded())))


def test_the_functions_are_those_of_the_template() -> None:
    """The table at the top has each of them."""
    described = {f"ticketcore_lambda.{codes(cells[0])[0]}" for cells in rows(section(AWS, "Run on AWS"))}

    assert described == set(functions(expanded()))
    assert set(re.findall(r"`([A-Z]\w+)`", section(AWS, "Deploy").rpartition("Outputs:")[2])) == set(
        expanded()["Outputs"]
    )


def test_the_containers_are_those_of_the_compose_file() -> None:
    """In its order, with their commands, and those that end."""
    compose = services(_Anything())
    table = {codes(cells[0])[0]: cells for cells in rows(section(CONTAINERS, "Run with containers"))}

    assert list(table) == list(compose)
    for name in OURS:
        if "entrypoint" not in compose[name]:
            assert table[name][1] == f"`ticketcore {' '.join(compose[name]['command'])}`"
    assert {name for name, cells in table.items() if cells[2] == "at once"} == {
        name for name, service in compose.items() if service["restart"] == "no"
    }

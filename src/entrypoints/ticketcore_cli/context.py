"""The context of every command: an opened box office, output for people or programs, and the exit with a refusal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import update_wrapper
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import attrs
import click

from ticketcore import Holder, Refusal, Refused, Role, TicketcoreError, Unavailable
from ticketcore.domain.money import Money
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import (
    Assembly,
    SettingError,
    Settings,
    assemble,
    ledgers,
    prepare_ledger,
    read_settings,
    reading,
)
from ticketcore_bootstrap.extras import MissingExtra
from ticketcore_cli.output import echo, json_text, style
from ticketcore_texts import known_language, language_of_locale, render, rendered
from ticketcore_wire.problems import InternalError, RefusedRequest, ServiceUnavailable, problem_json

Command = TypeVar("Command", bound=Callable[..., Any])

_AS_JSON = "ticketcore.as_json"
#: The holder of acts on the command line, which needs no key.
COMMAND_LINE = Holder("command line", "command line", Role.ADMIN)


def as_json(command: Command) -> Command:
    """Give a command the option ``--json``."""

    def remember(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
        context.meta[_AS_JSON] = wanted or context.meta.get(_AS_JSON, False)

    option = click.option(
        "--json", is_flag=True, expose_value=False, callback=remember, help="Print JSON for programs."
    )
    return option(command)


def wants_json() -> bool:
    """Return whether the command has the option ``--json``."""
    return bool(click.get_current_context().meta.get(_AS_JSON))


def say(text: Text) -> str:
    """Return a text in the language of the command line."""
    return render(text, language())


def language() -> str:
    """Return the language of the command line: that of TICKETCORE_LANGUAGE, else that of its locale."""
    return known_language(os.environ.get("TICKETCORE_LANGUAGE", "")) or language_of_locale(os.environ)


def amount(value: Money) -> str:
    """Return an amount as the language of the command line writes it."""
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import, and --help needs none.

    return formats.money(value, language())


def brief(moment: datetime, timezone: str) -> str:
    """Return a time as the clocks of a time zone, an IANA name, show it, with that zone."""
    from ticketcore_texts import formats  # noqa: PLC0415  As above.

    return formats.zoned_time(moment, timezone, language())


def exact(moment: datetime, timezone: str) -> str:
    """Return a time to the second as the clocks of a time zone, an IANA name, show it."""
    from ticketcore_texts import formats  # noqa: PLC0415  As above.

    return formats.exact_time(moment, timezone, language())


def show(value: dict[str, Any], *lines: str) -> None:
    """Print ``value`` as JSON with the option ``--json``, otherwise ``lines`` for people, their texts rendered."""
    echo(_json(value) if wants_json() else "\n".join(rendered(lines, language())))


def _json(value: dict[str, Any]) -> str:
    return json_text(rendered(value, language()))


def refuse(refusal: Refusal) -> NoReturn:
    """Print a refusal to standard error, its code first, and exit with 1."""
    print_refusal(refusal, err=True)
    raise click.exceptions.Exit(1)


def print_refusal(refusal: Refusal, *, err: bool) -> None:
    """Print a refusal, its code first."""
    _print_problem(problem_json(refusal, _public_url()), err=err)


def _print_problem(problem: dict[str, Any], *, err: bool) -> None:
    if wants_json():
        echo(_json(problem), err=err)
    else:
        echo(f"{style(problem['code'], 'red', bold=True)}: {rendered(problem['detail'], language())}", err=err)


def _public_url() -> str:
    """Return what links to explanations begin with: nothing, where the address of the service is not set."""
    try:
        return settings_of_environment().public_url or ""
    except SettingError:
        return ""


@contextmanager
def failing_in_one_line() -> Iterator[None]:
    """Print a failure within the block as one line on standard error; exit with 2 for a wrong setting or a missing package, else 1."""
    try:
        yield
    except (Refused, RefusedRequest) as refused:
        refuse(refused.refusal)
    except (SettingError, MissingExtra) as wrong:
        echo(str(wrong), err=True)
        raise click.exceptions.Exit(2) from wrong
    except TicketcoreError as failure:
        _print_problem(_problem_of(failure), err=True)
        raise click.exceptions.Exit(1) from failure


def _problem_of(failure: TicketcoreError) -> dict[str, Any]:
    """Return a failure as a problem, whose detail says more than a client of the service may know."""
    if not isinstance(failure, Unavailable):
        internal = problem_json(InternalError(), _public_url())
        return {**internal, "type": "about:blank", "detail": str(failure), "code": "failed"}
    detail = f"{failure} ({ledgers.VARIABLE})" if failure.part == "ledger" else str(failure)
    return {**problem_json(ServiceUnavailable(), _public_url()), "detail": detail}


def settings_of_environment(data: Path | None = None) -> Settings:
    """Read the settings; ``data`` is the directory that the command line names."""
    return read_settings(os.environ, data)


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Assembly]:
    """Yield an assembly that is ready to sell, with a ledger and a signing key, and close it afterwards."""
    chosen = settings or settings_of_environment()
    # A ledger that cannot be used leaves no key behind.
    prepare_ledger(chosen)
    with assemble(chosen) as assembly:
        assembly.prepare()
        yield assembly


def with_box_office(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command an opened assembly as its first argument; it seals no tickets, and creates no signing key."""

    def run(*arguments: Any, **options: Any) -> Any:
        with failing_in_one_line(), assemble(attrs.evolve(settings_of_environment(), seals=False)) as assembly:
            assembly.prepare()
            return command(assembly, *arguments, **options)

    return as_json(update_wrapper(run, command))


def reading_ledger(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command an assembly on an existing ledger as its first argument, and name that ledger to people afterwards."""

    def run(*arguments: Any, **options: Any) -> Any:
        with failing_in_one_line(), reading(settings_of_environment()) as assembly:
            command(assembly, *arguments, **options)
        name_ledger(assembly.settings)

    return as_json(update_wrapper(run, command))


def name_ledger(settings: Settings) -> None:
    """Print the place of the ledger to standard error, unless programs read the output."""
    if not wants_json():
        echo(say(Text("Ledger: %(place)s", place=settings.ledger_place)), err=True)

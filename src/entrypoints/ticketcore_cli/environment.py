"""``ticketcore settings``."""

from __future__ import annotations

import os

import attrs
import click

from ticketcore.domain.texts import Text
from ticketcore_bootstrap import EnvironmentReport, report_environment
from ticketcore_cli.context import as_json, failing_in_one_line, say, show
from ticketcore_cli.output import style


@click.command(short_help="Show every setting and where it comes from.")
@as_json
def settings() -> None:
    """Show every setting, its value but for secrets, and where it comes from."""
    with failing_in_one_line():
        report = report_environment(os.environ)
    known = [attrs.asdict(variable) for variable in report.variables]
    show({"settings": known, "unknown": [*report.unknown]}, *_lines(report))


def _lines(report: EnvironmentReport) -> list[str]:
    width = max(len(variable.name) for variable in report.variables)
    sources = {"environment": say(Text("environment")), "default": say(Text("default"))}
    none = say(Text("none"))
    known = [f"{each.name:{width}}  {each.value or none}  ({sources[each.source]})" for each in report.variables]
    means_nothing = Text("means nothing")
    unknown = [f"{name:{width}}  {style(say(means_nothing), 'red')}" for name in report.unknown]
    return [*known, *unknown]

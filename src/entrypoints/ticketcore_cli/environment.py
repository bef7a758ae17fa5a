"""``ticketcore settings``."""

from __future__ import annotations

import os

import attrs
import click

from ticketcore.domain.texts import Text
from ticketcore_bootstrap import EnvironmentReport, report_environment
from ticketcore_cli.context import as_json, failing_in_one_line, say, show
from ticketcore_cli.output import style
from ticketcore_cli.tables import table


@click.command(short_help="Show every setting and where it comes from.")
@as_json
def settings() -> None:
    """Show every setting, its value but for secrets, and where it comes from."""
    with failing_in_one_line():
        report = report_environment(os.environ)
    known = [attrs.asdict(variable) for variable in report.variables]
    show({"settings": known, "unknown": [*report.unknown]}, *_lines(report))


def _lines(report: EnvironmentReport) -> list[str]:
    sources = {"environment": Text("environment"), "default": Text("default")}
    none, means_nothing = Text("none"), style(say(Text("means nothing")), "red")
    known = [(each.name, each.value or none, sources[each.source]) for each in report.variables]
    unknown = [(name, means_nothing, sources["environment"]) for name in report.unknown]
    return table((Text("Setting"), Text("Value"), Text("Source")), [*known, *unknown], none)

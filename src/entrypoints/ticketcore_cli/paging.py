"""Pages of listings on the command line."""

from __future__ import annotations

from typing import Any, TypeVar

import click

from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_cli.context import say, show
from ticketcore_wire.schemas import InputSchema

Cursor = TypeVar("Cursor")


def read_cursor(schema: InputSchema[Cursor], value: str | None) -> Cursor | None:
    """Return where a page begins, as ``--cursor`` says it; ``None`` is the first page.  Raises ``click.BadParameter``."""
    if value is None:
        return None
    try:
        return schema.decode(value)
    except InvalidValue as wrong:
        raise click.BadParameter(say(wrong.text), param_hint="--cursor") from wrong


def show_page(page: dict[str, Any], *lines: str) -> None:
    """Print a page as JSON, or its lines for people and how to see the next one."""
    cursor = page["next_cursor"]
    more = [Text("More with --cursor %(cursor)s", cursor=cursor)] if cursor else []
    show(page, *lines, *more)

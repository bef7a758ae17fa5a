"""Rendering pages: templates of our own, filled with texts, money and times as the reader's language writes them."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context

from ticketcore.domain.money import Money
from ticketcore.domain.texts import Text
from ticketcore_texts import render

if TYPE_CHECKING:
    from jinja2.runtime import Context


def page(template: str, language: str, **values: Any) -> str:
    """Return a page made of a template in a language."""
    return _environment().get_template(template).render(language=language, **values)


# Not Flask's environment: an application that mounts the pages may have templates of the same names.
@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ticketcore_web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        text=_text, money=_money, number=_number, when=_when, brief=_brief, zoned=_zoned, day=_day
    )
    return environment


@pass_context
def _text(context: Context, text: Text) -> str:
    return render(text, context["language"])


@pass_context
def _money(context: Context, amount: Money) -> str:
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import, and a service may show no page.

    return formats.money(amount, context["language"])


@pass_context
def _number(context: Context, number: int) -> str:
    from ticketcore_texts import formats  # noqa: PLC0415  As above.

    return formats.number(number, context["language"])


@pass_context
def _when(context: Context, moment: datetime, timezone: str) -> str:
    from ticketcore_texts import formats  # noqa: PLC0415  As above.

    return formats.day_and_time(moment, timezone, context["language"])


@pass_context
def _brief(context: Context, moment: datetime, timezone: str) -> str:
    from ticketcore_texts import formats  # noqa: PLC0415  As above.

    return formats.brief_time(moment, timezone, context["language"])


@pass_context
def _zoned(context: Context, moment: datetime, timezone: str) -> str:
    from ticketcore_texts import formats  # noqa: PLC0415  As above.

    return formats.zoned_time(moment, timezone, context["language"])


@pass_context
def _day(context: Context, moment: datetime, timezone: str) -> dict[str, str]:
    from ticketcore_texts import formats  # noqa: PLC0415  As above.

    return formats.day_in_parts(moment, timezone, context["language"])

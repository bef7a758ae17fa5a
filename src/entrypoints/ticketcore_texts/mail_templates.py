"""The templates of mails: ours, or an operator's in their place."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_OURS = Path(__file__).with_name("templates")
HTML, TEXT = "mail.html", "mail.txt"
NAMES = (HTML, TEXT)


class WrongTemplates(ValueError):
    """A directory of templates cannot be used; ``fault`` says why, on one line."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def rendered_template(directory: Path | None, name: str, values: dict[str, Any]) -> str:
    """Return a template filled with values: the one in the directory, or ours."""
    return str(_environment(directory).get_template(name).render(values))


def check_templates(directory: Path, values: dict[str, Any]) -> None:
    """Fill each template that a directory replaces with values; raise ``WrongTemplates`` if one of them cannot be."""
    if not directory.is_dir():
        raise WrongTemplates("is no directory")
    if not any((directory / name).is_file() for name in NAMES):
        raise WrongTemplates("has none of the templates")
    for name in NAMES:
        try:
            rendered_template(directory, name, values)
        except Exception as error:  # What a template may do wrong has no end.
            line = getattr(error, "lineno", None)
            place = f"{name}, line {line}" if line else name
            raise WrongTemplates(f"has a {place} that cannot be filled: {' '.join(str(error).split())}") from None


@cache
def _environment(directory: Path | None) -> Environment:
    from jinja2 import (  # noqa: PLC0415  Only what sends mail needs it.
        Environment,
        FileSystemLoader,
        StrictUndefined,
        select_autoescape,
    )

    folders = [_OURS] if directory is None else [directory, _OURS]
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(default=True, disabled_extensions=("txt",)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )

"""Optional dependencies: a missing one is reported with the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtra(Exception):
    """A package of one of the distribution's extras is not installed; ``setting`` is the setting that needs it."""

    def __init__(self, extra: str, package: str, setting: str | None = None) -> None:
        super().__init__(extra, package, setting)
        self.extra = extra
        self.package = package
        self.setting = setting

    def __str__(self) -> str:
        needs = (
            f"{self.setting} needs the package {self.package}, which" if self.setting else f"the package {self.package}"
        )
        return f"{needs} is not installed: pip install 'ticketcore[{self.extra}]'"


@contextmanager
def requires(extra: str, setting: str | None = None) -> Iterator[None]:
    """Raise ``MissingExtra`` if an import within the block fails because a package of ``extra`` is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package.startswith("ticketcore"):
            raise
        raise MissingExtra(extra, package, setting) from error

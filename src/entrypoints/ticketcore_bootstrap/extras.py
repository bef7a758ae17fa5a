"""Optional dependencies: a missing one is reported with the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtra(Exception):
    """A package is not installed that one of the distribution's extras brings."""

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(extra, package)
        self.extra = extra
        self.package = package

    def __str__(self) -> str:
        return f"the package {self.package} is not installed: pip install 'ticketcore[{self.extra}]'"


@contextmanager
def requires(extra: str) -> Iterator[None]:
    """Raise ``MissingExtra`` if an import within the block fails because a package of ``extra`` is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package.startswith("ticketcore"):
            raise
        raise MissingExtra(extra, package) from error

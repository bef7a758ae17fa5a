"""The ledgers that ``TICKETCORE_DATABASE_URL`` can choose: one line each."""

from __future__ import annotations

import pkgutil
from abc import abstractmethod
from pathlib import Path
from typing import Protocol, cast

import attrs

from ticketcore.ports import Clock, Ledger, PaymentQueue
from ticketcore_bootstrap.extras import requires

VARIABLE = "TICKETCORE_DATABASE_URL"


class StoreClock(Clock, Protocol):
    """The clock of a store, by which every process that uses it judges deadlines."""

    __slots__ = ()

    @abstractmethod
    def check(self) -> None:
        """Raise ``Unavailable`` if this machine's clock differs too much."""


class LedgerBackend(Protocol):
    """A store that holds a ledger and may hold other components, too.  Opening one does not connect."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def parse(cls, url: str) -> str:
        """Return the URL in its full form; raise ``ValueError`` if it is no URL of such a store."""

    @classmethod
    @abstractmethod
    def open(cls, url: str, schema: str | None) -> LedgerBackend:
        """Return the backend at a URL that ``parse`` has returned; ``schema`` is set only where a kind has schemas."""

    @property
    @abstractmethod
    def ledger(self) -> Ledger:
        """The ledger in this store."""

    @property
    @abstractmethod
    def payment_queue(self) -> PaymentQueue | None:
        """The payment queue in this store, or ``None`` if the store has none."""

    @property
    @abstractmethod
    def clock(self) -> StoreClock | None:
        """The store's clock, or ``None`` if this machine's counts."""

    @property
    @abstractmethod
    def is_embedded(self) -> bool:
        """Whether the store belongs to this program: it is upgraded without asking, and no other machine uses it."""

    @property
    @abstractmethod
    def shared_database_url(self) -> str | None:
        """The SQLAlchemy URL of a server where other components may keep tables, with ``?schema=``, or ``None``."""

    @property
    @abstractmethod
    def may_send_in_clear(self) -> bool:
        """Whether the store is on another machine and its URL does not demand TLS."""

    @abstractmethod
    def create_files(self) -> None:
        """Create the files of an embedded store if they are missing; raise ``OSError`` if that fails."""

    @abstractmethod
    def revision(self) -> str | None:
        """Return the revision of the schema, or ``None`` for an empty store."""

    @abstractmethod
    def is_current(self) -> bool:
        """Return whether the schema is the one that this code was written for."""

    @abstractmethod
    def upgrade(self) -> None:
        """Bring the schema up to date."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""


@attrs.frozen
class LedgerKind:
    """One kind of ledger: the form of its URL, its backend as ``module:class``, and the extra that brings its packages.

    ``has_schemas`` says whether ``TICKETCORE_DATABASE_SCHEMA`` may be set.
    """

    form: str
    backend: str
    extra: str
    has_schemas: bool = False

    def load(self) -> type[LedgerBackend]:
        """Import the backend; raise ``MissingExtra`` if a package is not installed."""
        with requires(self.extra, VARIABLE):
            return cast("type[LedgerBackend]", pkgutil.resolve_name(self.backend))


#: By the scheme of the URL, without its driver.
LEDGERS: dict[str, LedgerKind] = {
    "sqlite": LedgerKind("sqlite:///FILE", "ticketcore_sql:SqlBackend", "sql"),
    "postgresql": LedgerKind(
        "postgresql+psycopg://USER:PASSWORD@HOST/NAME", "ticketcore_sql:SqlBackend", "postgres", has_schemas=True
    ),
}


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite file, whatever characters are in its path."""
    with requires("sql", VARIABLE):
        from sqlalchemy import URL  # noqa: PLC0415  Settings can be read without it.

    return URL.create("sqlite", database=str(path)).render_as_string()


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite ledger, or ``None`` for any other ledger."""
    if not url.startswith("sqlite:"):
        return None
    from sqlalchemy import make_url  # noqa: PLC0415  Settings can be read without it.

    return Path(make_url(url).database or "")


def forms() -> str:
    """Return the forms of all URLs, for people."""
    return " or ".join(kind.form for kind in LEDGERS.values())


def parse(url: str) -> str:
    """Return the URL in its full form; raise ``ValueError`` if it names no ledger."""
    kind = _kind_of(url)
    with requires(kind.extra, VARIABLE):
        return kind.load().parse(url)


def has_schemas(url: str) -> bool:
    """Return whether the tables of the ledger at a URL can have a schema of their own."""
    return _kind_of(url).has_schemas


def open_ledger(url: str, schema: str | None) -> LedgerBackend:
    """Return the ledger's backend at a URL, without connecting."""
    kind = _kind_of(url)
    with requires(kind.extra, VARIABLE):
        return kind.load().open(url, schema)


def _kind_of(url: str) -> LedgerKind:
    scheme = url.partition(":")[0].partition("+")[0]
    if scheme not in LEDGERS:
        raise ValueError(url)
    return LEDGERS[scheme]

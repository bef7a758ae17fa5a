"""Settings: read once from the environment, typed, refused in one line that names the variable."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import attrs
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ticketcore import emails
from ticketcore.reservation import DEFAULT_HOLD

T = TypeVar("T")
D = TypeVar("D")

DATABASE = "database"
DEFAULT_DATA = Path("ticketcore-data")
_MAX_HOLD = 7 * 24 * 3600
_MIN_KEY = 16
_SENDER = "tickets@localhost"
_POSTGRES = "postgresql+psycopg"
_MAX_PORT = 65535
_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_PATH = re.compile(r"[A-Za-z0-9._~%/-]*")


class SettingError(ValueError):
    """A variable of the environment holds what it should not."""

    def __init__(self, variable: str, held: str, expected: str) -> None:
        super().__init__(variable, held, expected)
        self.variable = variable
        self.held = held
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.variable} holds {self.held}; it should hold {self.expected}"


@attrs.frozen
class Directory:
    """A place in the file system."""

    path: Path


@attrs.frozen
class Smtp:
    """A mail server; ``implicit_tls`` for ``smtps://``."""

    host: str
    port: int
    sender: str
    user: str | None
    password: str = attrs.field(repr=False)
    implicit_tls: bool


@attrs.frozen
class EmlDirectory:
    """A directory of ``.eml`` files."""

    path: Path
    sender: str = _SENDER


@attrs.frozen
class Settings:
    """All that can be set; secrets are kept out of its ``repr``."""

    data: Path
    database_url: str = attrs.field(repr=False)
    files: Directory
    mail: Smtp | EmlDirectory
    hold: timedelta = DEFAULT_HOLD
    admin_key: str | None = attrs.field(default=None, repr=False)
    gate_key: str | None = attrs.field(default=None, repr=False)
    signing_key: str | None = attrs.field(default=None, repr=False)
    trusted_keys: str = ""
    public_url: str | None = None
    rate_limit: str | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the ledger is a file of this machine, which this program may bring up to date by itself."""
        return self.database_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str], data: Path | None = None) -> Settings:
    """Read the settings; ``data`` from a command line goes before the environment's.

    Raises ``SettingError`` for the first variable that is wrong.
    """
    reader = _Reader(environment)
    home = data or reader.read("TICKETCORE_DATA", Path, DEFAULT_DATA, "a directory")
    home = home.absolute()
    reader.read("TICKETCORE_INVENTORY_URL", _database_only, DATABASE, '"database"')
    reader.read("TICKETCORE_QUEUE_URL", _database_only, DATABASE, '"database"')
    admin_key = reader.read_secret("TICKETCORE_ADMIN_KEY", _key, f"at least {_MIN_KEY} printable characters")
    gate_key = reader.read_secret("TICKETCORE_GATE_KEY", _key, f"at least {_MIN_KEY} printable characters")
    if admin_key is not None and admin_key == gate_key:
        raise SettingError("TICKETCORE_GATE_KEY", "the same as TICKETCORE_ADMIN_KEY", "another key")
    return Settings(
        data=home,
        database_url=reader.read(
            "TICKETCORE_DATABASE_URL",
            _database_url,
            f"sqlite:///{home / 'ticketcore.db'}",
            "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
        ),
        files=reader.read("TICKETCORE_FILES_URL", _directory, Directory(home / "files"), "file:///DIRECTORY"),
        mail=reader.read(
            "TICKETCORE_MAIL_URL",
            _mail,
            EmlDirectory(home / "mail"),
            "smtp://HOST:PORT?from=ADDRESS, smtps://… or file:///DIRECTORY",
        ),
        hold=reader.read(
            "TICKETCORE_HOLD_SECONDS", _hold, DEFAULT_HOLD, f"a whole number of seconds from 1 to {_MAX_HOLD}"
        ),
        admin_key=admin_key,
        gate_key=gate_key,
        signing_key=reader.read_secret("TICKETCORE_SIGNING_KEY", _private_key, "a private key as serve makes it"),
        trusted_keys=reader.read("TICKETCORE_TRUSTED_KEYS", _public_keys, "", "public keys with commas between them"),
        public_url=reader.read(
            "TICKETCORE_PUBLIC_URL", _public_url, None, "https://HOST or http://HOST, with a path or not"
        ),
        rate_limit=reader.read("TICKETCORE_RATE_LIMIT", _rate_limit, None, "a limit such as 600/minute"),
    )


@attrs.frozen
class _Reader:
    environment: Mapping[str, str] = attrs.field(repr=False)

    def read(self, variable: str, parse: Callable[[str], T], default: D, expected: str) -> T | D:
        held = self.environment.get(variable, "")
        return self._parse(variable, parse, f'"{_shown(held)}"', expected) if held else default

    def read_secret(self, variable: str, parse: Callable[[str], str], expected: str) -> str | None:
        held = self.environment.get(variable, "")
        return self._parse(variable, parse, "a secret that is not shown", expected) if held else None

    def _parse(self, variable: str, parse: Callable[[str], T], shown: str, expected: str) -> T:
        try:
            return parse(self.environment[variable])
        except ValueError:
            raise SettingError(variable, shown, expected) from None


def _shown(held: str) -> str:
    """Answer what may be shown of a value, on one line: no user and no password of a URL."""
    before, _, after = held.rpartition("@")
    scheme = f"{before.partition('://')[0]}://" if "://" in before else ""
    visible = f"{scheme}…@{after}" if before else held
    visible = re.sub(r"(password=)[^&]*", r"\1…", visible, flags=re.IGNORECASE)
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in visible)


def _database_only(value: str) -> str:
    if value != DATABASE:
        raise ValueError(value)
    return value


def _database_url(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError(value) from None
    is_file = url.drivername == "sqlite" and not url.host and url.database not in {None, "", ":memory:"}
    is_server = url.drivername in {"postgresql", _POSTGRES} and (url.port or 1) <= _MAX_PORT
    if not is_file and not is_server:
        raise ValueError(value)
    return value.replace("postgresql:", f"{_POSTGRES}:", 1)


def _path(parts: SplitResult) -> Path:
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError(parts.path)
    return Path(unquote(parts.path))


def _directory(value: str) -> Directory:
    parts = urlsplit(value)
    if parts.scheme != "file":
        raise ValueError(value)
    return Directory(_path(parts))


def _mail(value: str) -> Smtp | EmlDirectory:
    parts = urlsplit(value)
    query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    if query.keys() - {"from"}:
        raise ValueError(value)
    sender = emails.parse(query.get("from", [_SENDER])[0])
    if parts.scheme == "file":
        return EmlDirectory(_path(parts), sender)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(value)
    return Smtp(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 25),
        sender=sender,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
        implicit_tls=parts.scheme == "smtps",
    )


def _hold(value: str) -> timedelta:
    if not (value.isascii() and value.isdigit() and len(value) < 8 and 1 <= int(value) <= _MAX_HOLD):
        raise ValueError(value)
    return timedelta(seconds=int(value))


def _key(value: str) -> str:
    if len(value) < _MIN_KEY or not value.isprintable() or not value.isascii():
        raise ValueError
    return value


def _private_key(value: str) -> str:
    from ticketcore_codes import read_private_key  # noqa: PLC0415  Only whoever sets a key pays for the import.

    read_private_key(value)
    return value


def _public_keys(value: str) -> str:
    from ticketcore_codes import read_public_keys  # noqa: PLC0415  Only whoever sets keys pays for the import.

    read_public_keys(value)
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ValueError(value)
    if parts.port == 0 or not _PATH.fullmatch(parts.path):
        raise ValueError(value)
    return value.rstrip("/")


def _rate_limit(value: str) -> str:
    from limits import parse  # noqa: PLC0415  Only whoever sets a limit pays for the import.

    if parse(value).amount < 1:
        raise ValueError(value)
    return value

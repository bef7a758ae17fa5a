"""Settings, read once from the environment and typed; a wrong one is refused in one line that names the variable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from ticketcore.domain.events import DEFAULT_TIMEZONE
from ticketcore.domain.limits import DEFAULT_ORDERS, DEFAULT_PAYMENTS, DEFAULT_REQUESTS, Limit
from ticketcore.domain.reservations import DEFAULT_HOLD
from ticketcore_bootstrap import gateways, ledgers, parsers, timezones
from ticketcore_bootstrap.backends import S3, Database, Directory, EmlDirectory, Redis, Ses, Smtp, Sqs
from ticketcore_bootstrap.variables import PREFIX, Reader, SettingError, Variable, on_one_line, shown, shown_scheme
from ticketcore_texts import ENGLISH

DEFAULT_DATA = Path("ticketcore-data")


@attrs.frozen
class Settings:
    """All settings; secrets are kept out of its ``repr``.

    ``local_url`` is the address of a service that can be reached from this machine alone, where it is known.
    """

    data: Path
    database_url: str = attrs.field(repr=False)
    inventory: Database | Redis
    queue: Database | Sqs
    files: Directory | S3
    mail: Smtp | Ses | EmlDirectory
    database_schema: str | None = None
    payments_url: str = attrs.field(default=gateways.SIMULATED, repr=False)
    hold: timedelta = DEFAULT_HOLD
    admin_key: str | None = attrs.field(default=None, repr=False)
    gate_key: str | None = attrs.field(default=None, repr=False)
    signing_key: str | None = attrs.field(default=None, repr=False)
    trusted_keys: str = ""
    new_signing_key: bool = False
    public_url: str | None = None
    order_limit: Limit | None = DEFAULT_ORDERS
    payment_limit: Limit | None = DEFAULT_PAYMENTS
    rate_limit: Limit | None = DEFAULT_REQUESTS
    retention: timedelta | None = None
    timezone: str = DEFAULT_TIMEZONE
    language: str = ENGLISH
    organiser: str | None = None
    mail_templates: Path | None = None
    trusted_proxies: int = 0
    allowed_origins: tuple[str, ...] = ()
    public_metrics: bool = False
    private_webhooks: bool = False
    uses_seal: bool = True
    seals: bool = True
    shared_counts: Redis | None = None
    local_url: str | None = None

    @property
    def mail_url(self) -> str | None:
        """What links in mails begin with, ``None`` for mails without links.

        Never what a request says: anyone can reserve for another's address, with any ``Host``.  The address on this machine leads
        somewhere only for mails that are kept here.
        """
        is_local = self.public_url is None and isinstance(self.mail, EmlDirectory)
        return self.local_url if is_local else self.public_url

    @property
    def mails_have_links(self) -> bool:
        """Whether mails lead to the pages of their orders."""
        return self.mail_url is not None

    @property
    def has_default_ledger(self) -> bool:
        """Whether the ledger is the file in the data directory."""
        return self.database_url == _default_ledger(self.data)

    @property
    def ledger_place(self) -> str:
        """The file or the server of the ledger, for people."""
        file = ledgers.file_of(self.database_url)
        return on_one_line(str(file)) if file else shown(self.database_url)

    @property
    def simulated_payments(self) -> bool:
        """Whether the payment gateway is the simulated one, so that no money moves."""
        return gateways.scheme_of(self.payments_url) == gateways.SIMULATED

    def with_parts(self, *parts: str) -> Settings:
        """Return the settings of a process that uses only these of ``inventory``, ``queue``, ``files`` and ``mail``.

        It makes QR texts with a ``seal``, opens them with that or an ``opener``, or does neither.
        """
        unused = {part: place for part, place in _embedded_parts(self.data).items() if part not in parts}
        return attrs.evolve(self, **unused, uses_seal=bool({"seal", "opener"} & {*parts}), seals="seal" in parts)


def _default_ledger(data: Path) -> str:
    return ledgers.sqlite_url(data / "ticketcore.db")


def _embedded_parts(data: Path) -> dict[str, Any]:
    return {
        "inventory": Database(),
        "queue": Database(),
        "files": Directory(data / "files"),
        "mail": EmlDirectory(data / "mail"),
    }


def read_settings(environment: Mapping[str, str], data: Path | None = None) -> Settings:
    """Return the settings; ``data`` from a command line takes precedence over the environment's.

    Raises ``SettingError`` for the first variable that is wrong.
    """
    return _settings(Reader(environment), data)


def _settings(reader: Reader, data: Path | None) -> Settings:
    home = _data_directory(reader, data)
    embedded = _embedded_parts(home)
    admin_key = reader.read_secret("TICKETCORE_ADMIN_KEY", parsers.key, parsers.STRONG_KEY)
    gate_key = reader.read_secret("TICKETCORE_GATE_KEY", parsers.key, parsers.STRONG_KEY)
    if admin_key is not None and admin_key == gate_key:
        raise SettingError("TICKETCORE_GATE_KEY", "the same as TICKETCORE_ADMIN_KEY", "another key")
    database_url = reader.read("TICKETCORE_DATABASE_URL", ledgers.parse, _default_ledger(home), ledgers.forms())
    inventory = reader.read("TICKETCORE_INVENTORY_URL", parsers.inventory, embedded["inventory"], parsers.INVENTORIES)
    return Settings(
        data=home,
        database_url=database_url,
        database_schema=_database_schema(reader, database_url),
        inventory=inventory,
        queue=reader.read("TICKETCORE_QUEUE_URL", parsers.queue, embedded["queue"], parsers.QUEUES),
        files=reader.read("TICKETCORE_FILES_URL", parsers.files, embedded["files"], parsers.FILES),
        mail=reader.read("TICKETCORE_MAIL_URL", parsers.mail, embedded["mail"], parsers.MAILS),
        payments_url=reader.read(
            "TICKETCORE_PAYMENTS_URL", gateways.parse, gateways.SIMULATED, gateways.expected, shown_scheme
        ),
        hold=reader.read("TICKETCORE_HOLD_SECONDS", parsers.hold, DEFAULT_HOLD, parsers.HOLDS),
        admin_key=admin_key,
        gate_key=gate_key,
        signing_key=reader.read_secret(
            "TICKETCORE_SIGNING_KEY", parsers.private_key, "a private key as serve makes it, tcsk_…"
        ),
        trusted_keys=reader.read_secret(
            "TICKETCORE_TRUSTED_KEYS", parsers.public_keys, "public keys, tcpk_…, with commas between them"
        )
        or "",
        new_signing_key=reader.read("TICKETCORE_NEW_SIGNING_KEY", parsers.switch, False, '"1" or "0"'),
        public_url=reader.read(
            "TICKETCORE_PUBLIC_URL", parsers.public_url, None, "https://HOST or http://HOST, with a path or not"
        ),
        order_limit=_limit(reader, "TICKETCORE_ORDER_LIMIT", DEFAULT_ORDERS),
        payment_limit=_limit(reader, "TICKETCORE_PAYMENT_LIMIT", DEFAULT_PAYMENTS),
        retention=reader.read("TICKETCORE_RETENTION_DAYS", parsers.retention, None, parsers.RETENTIONS),
        timezone=reader.read("TICKETCORE_TIMEZONE", timezones.parse, DEFAULT_TIMEZONE, timezones.EXPECTED),
        language=reader.read("TICKETCORE_LANGUAGE", parsers.language, ENGLISH, parsers.LANGUAGES),
        organiser=reader.read("TICKETCORE_ORGANISER", parsers.organiser, None, parsers.ORGANISERS),
        mail_templates=reader.read(
            "TICKETCORE_MAIL_TEMPLATES", _absolute, None, "a directory with mail.html or mail.txt"
        ),
        rate_limit=_limit(reader, "TICKETCORE_RATE_LIMIT", DEFAULT_REQUESTS),
        trusted_proxies=reader.read(
            "TICKETCORE_TRUSTED_PROXIES", parsers.proxies, 0, f"a whole number from 0 to {parsers.MAX_PROXIES}"
        ),
        allowed_origins=reader.read("TICKETCORE_ALLOWED_ORIGINS", parsers.origins, (), parsers.ORIGINS),
        public_metrics=reader.read("TICKETCORE_PUBLIC_METRICS", parsers.switch, False, '"1" or "0"'),
        private_webhooks=reader.read("TICKETCORE_PRIVATE_WEBHOOKS", parsers.switch, False, '"1" or "0"'),
        shared_counts=inventory if isinstance(inventory, Redis) else None,
    )


def _absolute(value: str) -> Path:
    return Path(value).absolute()


def _limit(reader: Reader, variable: str, default: Limit) -> Limit | None:
    return reader.read(variable, parsers.limit, default, 'a limit such as 600/minute, or "none"')


def _data_directory(reader: Reader, given: Path | None) -> Path:
    home = (given or reader.read("TICKETCORE_DATA", Path, DEFAULT_DATA, "a directory")).absolute()
    try:
        str(home).encode()
    except UnicodeEncodeError:
        # It would have to stand in a URL, where such a name cannot be written.
        raise SettingError("TICKETCORE_DATA", f'"{shown(str(home))}"', "a directory with a name in UTF-8") from None
    return home


def _database_schema(reader: Reader, database_url: str) -> str | None:
    variable = "TICKETCORE_DATABASE_SCHEMA"
    schema = reader.read(
        variable, parsers.schema, None, "at most 63 lower-case letters, digits and underscores, beginning with a letter"
    )
    if schema is not None and not ledgers.has_schemas(database_url):
        raise SettingError(
            variable, f'"{schema}"', "nothing, for only on Postgres can tables have a schema of their own"
        )
    return schema


@attrs.frozen
class EnvironmentReport:
    """What an environment sets: every setting, and the variables of our prefix that mean nothing."""

    variables: tuple[Variable, ...]
    unknown: tuple[str, ...]


def report_environment(environment: Mapping[str, str]) -> EnvironmentReport:
    """Return every setting with its value, never a secret's, and where it comes from; raise as ``read_settings``."""
    reader = Reader(environment)
    _settings(reader, None)
    known = {variable.name for variable in reader.variables}
    return EnvironmentReport(
        tuple(sorted(reader.variables, key=lambda variable: variable.name)),
        tuple(sorted(name for name in environment if name.startswith(PREFIX) and name not in known)),
    )

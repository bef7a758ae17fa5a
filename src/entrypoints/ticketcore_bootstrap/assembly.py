"""Build a box office and an organiser from typed settings."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

import attrs

from ticketcore import BoxOffice, Organiser
from ticketcore.application.client_limits import ClientLimits
from ticketcore.ports import Limits, Mailer, Observer, Ports
from ticketcore_bootstrap import adapters, composing, schema, signing, timezones
from ticketcore_bootstrap.files import make_directory, protect
from ticketcore_bootstrap.ledgers import LedgerBackend, open_ledger
from ticketcore_bootstrap.limits import client_limits
from ticketcore_bootstrap.settings import Settings
from ticketcore_bootstrap.transport import warn_of_clear_text
from ticketcore_memory import NoObserver, SystemClock, SystemIds
from ticketcore_telemetry.health import HealthChecker


def _box_office(assembly: Assembly) -> BoxOffice:
    return BoxOffice(assembly.ports, assembly.settings.hold, assembly.settings.retention)


def _organiser(assembly: Assembly) -> Organiser:
    return Organiser(assembly.ports, assembly.settings.timezone, timezones.is_known)


def _health(assembly: Assembly) -> HealthChecker:
    clock = assembly.ledger.clock
    return HealthChecker({**assembly.organiser.checks, **({"clock": clock.check} if clock else {})})


def _limits(assembly: Assembly) -> ClientLimits:
    chosen = assembly.settings
    limits = (chosen.order_limit, chosen.payment_limit, chosen.rate_limit)
    return client_limits(*limits, assembly.ports.clock, assembly.shared_counts)


@attrs.frozen
class Assembly:
    """A box office and an organiser with what they were built from; a context manager that closes its connections."""

    settings: Settings
    ports: Ports = attrs.field(repr=False)
    ledger: LedgerBackend = attrs.field(repr=False)
    _connections: ExitStack = attrs.field(repr=False)
    shared_counts: Limits | None = attrs.field(default=None, repr=False)
    box_office: BoxOffice = attrs.field(init=False, default=attrs.Factory(_box_office, takes_self=True))
    organiser: Organiser = attrs.field(init=False, default=attrs.Factory(_organiser, takes_self=True))
    health: HealthChecker = attrs.field(init=False, repr=False, default=attrs.Factory(_health, takes_self=True))
    limits: ClientLimits = attrs.field(init=False, repr=False, default=attrs.Factory(_limits, takes_self=True))

    def prepare(self) -> None:
        """Create the schema in an empty store and upgrade an embedded one (``schema.prepare``).

        Create the data directory if the simulated gateway keeps its charges there.
        """
        protect(self.settings.data)
        schema.prepare(self.settings, self.ledger)
        if self.settings.simulated_payments and self.ledger.shared_database_url is None:
            make_directory(self.settings.data, "TICKETCORE_DATA")

    def check_signing_key(self, *, seals: bool) -> None:
        """Raise ``SettingError`` if no ticket sold so far is sealed with a key that this process trusts.

        A setting may say that this is meant.  A process that ``seals`` needs a private key, too.  Raises ``Unavailable`` if the
        ledger cannot be reached.
        """
        if seals:
            signing.require_private_key(self.settings)
        signing.require_trust(self.settings, self.ports.tickets, self.ports.seal)

    def observed_by(self, observer: Observer) -> Assembly:
        """Return a copy of the assembly with this observer."""
        return attrs.evolve(self, ports=attrs.evolve(self.ports, observer=observer))

    def with_mail(self, settings: Settings) -> Assembly:
        """Return a copy with the files and the mailer of these settings; raise as ``assemble``."""
        ports = attrs.evolve(self.ports, files=adapters.files(settings.files), mailer=_mailer(settings))
        return attrs.evolve(self, settings=settings, ports=ports)

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _mailer(settings: Settings) -> Mailer:
    return adapters.mailer(settings.mail, settings.organiser)


def assemble(settings: Settings) -> Assembly:
    """Return a box office on the adapters that the settings choose.

    Nothing is connected to yet, with one exception: without a signing key a process that seals makes one, unless the ledger
    has tickets that need another, and processes that share a ledger agree on one there.  Raises ``SettingError`` or
    ``MissingExtra`` for what only shows now, and ``Unavailable`` if that ledger cannot be reached.
    """
    with ExitStack() as opened:
        ledger = open_ledger(settings.database_url, settings.database_schema)
        opened.callback(ledger.close)
        warn_of_clear_text(settings, ledger)

        ports = Ports(
            ledger=ledger.ledger,
            inventory=adapters.inventory(settings.inventory, opened),
            payment_queue=adapters.payment_queue(settings.queue, ledger),
            payment_gateway=adapters.payment_gateway(settings, ledger, opened),
            files=adapters.files(settings.files),
            mail_composer=composing.mail_composer(settings),
            mailer=_mailer(settings),
            seal=signing.open_seal(settings, ledger),
            qr_images=adapters.qr_images(),
            webhook_sender=adapters.webhook_sender(allow_private=settings.private_webhooks),
            clock=ledger.clock or SystemClock(),
            ids=SystemIds(),
            observer=NoObserver(),
        )
        shared_counts = adapters.shared_counts(settings.shared_counts, opened)
        return Assembly(settings, ports, ledger, opened.pop_all(), shared_counts)

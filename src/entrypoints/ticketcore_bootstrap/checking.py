"""Open a ledger only to check it: nothing is created, upgraded or stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ticketcore.application.ledger_check import LedgerCheck
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Seal
from ticketcore_bootstrap import adapters, ledgers, signing
from ticketcore_bootstrap.ledgers import LedgerBackend, open_ledger
from ticketcore_bootstrap.schema import SchemaOutdated
from ticketcore_bootstrap.settings import Settings
from ticketcore_codes import Ed25519Opener, Ed25519Seal, read_public_keys
from ticketcore_memory import SystemClock


@contextmanager
def checking(settings: Settings, *, images: bool) -> Iterator[LedgerCheck]:
    """Yield a check of the ledger that the settings choose, and close its connections afterwards.

    Raises ``Unavailable`` if there is none, and ``SchemaOutdated`` if its schema is another one.
    """
    file = ledgers.file_of(settings.database_url)
    if file is not None and not file.is_file():
        raise Unavailable("ledger", f"there is no file {file}")
    with ExitStack() as opened:
        ledger = open_ledger(settings.database_url, settings.database_schema)
        opened.callback(ledger.close)
        if ledger.revision() is None:
            raise Unavailable("ledger", "there are no tables")
        if not ledger.is_current():
            raise SchemaOutdated
        yield LedgerCheck(
            ledger=ledger.ledger,
            payment_queue=adapters.payment_queue(settings.queue, ledger),
            inventory=adapters.inventory(settings.inventory, opened),
            seal=_seal(settings, ledger),
            clock=ledger.clock or SystemClock(),
            files=adapters.files(settings.files) if images else None,
        )


def _seal(settings: Settings, ledger: LedgerBackend) -> Seal:
    trusted = read_public_keys(settings.trusted_keys)
    return Ed25519Opener(trusted) if signing.opens_only(settings) else Ed25519Seal(_key(settings, ledger), trusted)


def _key(settings: Settings, ledger: LedgerBackend) -> Ed25519PrivateKey:
    """Return the signing key, or one that has signed nothing if it is lost."""
    kept = signing.kept_key(settings)
    if kept is not None or ledger.is_embedded:
        return kept or Ed25519PrivateKey.generate()
    return signing.agreed_key(ledger.ledger.keys.secret)

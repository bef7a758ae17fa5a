"""The key that seals QR codes: set by the operator, or created at the first start and stored."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ticketcore.application import seal_trust
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.ports import Seal, Tickets
from ticketcore_bootstrap import ledgers, schema
from ticketcore_bootstrap.files import WRITABLE, make_directory, write_privately
from ticketcore_bootstrap.ledgers import LedgerBackend
from ticketcore_bootstrap.settings import Settings
from ticketcore_bootstrap.variables import SettingError
from ticketcore_codes import Ed25519Opener, Ed25519Seal, new_private_key, read_private_key, read_public_keys

_FILE = "signing-key"
#: What is wrong with a key that is lost or another one, and what to do.
_LOST = (
    "no key or another one: none of the tickets sold so far has a seal that is trusted",
    f"the key that has sealed them: restore {_FILE} from the backup, or put its public key into TICKETCORE_TRUSTED_KEYS "
    "(TICKETCORE_NEW_SIGNING_KEY=1 starts all the same, and those tickets are refused at the door)",
)


def open_seal(settings: Settings, ledger: LedgerBackend) -> Seal:
    """Return the seal of a process: of its signing key, of those that it knows if it only opens, or of none.

    Raises as ``signing_key``.
    """
    if not settings.uses_seal:
        return Ed25519Opener([])
    trusted = read_public_keys(settings.trusted_keys)
    if opens_only(settings):
        return Ed25519Opener(trusted)
    if settings.seals:
        return Ed25519Seal(signing_key(settings, ledger), trusted)
    known = known_key(settings, ledger)
    return _opener(known, trusted) if known else _LateOpener(trusted, partial(known_key, settings, ledger))


def open_seal_now(settings: Settings, ledger: LedgerBackend) -> Seal:
    """Return what opens QR texts with the keys that there are by now."""
    return _opener(known_key(settings, ledger), read_public_keys(settings.trusted_keys))


def _opener(key: Ed25519PrivateKey | None, trusted: Sequence[Ed25519PublicKey]) -> Ed25519Opener:
    return Ed25519Opener([key.public_key(), *trusted] if key else trusted)


class _LateOpener(Ed25519Opener):
    """Opens QR texts with a key that another process creates later: it is looked for until it is there."""

    __slots__ = ("_find", "_found", "_trusted_keys")

    def __init__(self, trusted: Sequence[Ed25519PublicKey], find: Callable[[], Ed25519PrivateKey | None]) -> None:
        super().__init__(trusted)
        self._trusted_keys = trusted
        self._find = find
        self._found: Ed25519Opener | None = None

    def open(self, text: str) -> Claim | TicketNotAuthentic:
        if self._found is None and (key := self._find()) is not None:
            self._found = _opener(key, self._trusted_keys)
        return self._found.open(text) if self._found else super().open(text)


def opens_only(settings: Settings) -> bool:
    """Return whether there are public keys and no signing key, so that QR texts can be opened and none can be made."""
    return settings.signing_key is None and bool(settings.trusted_keys) and not (settings.data / _FILE).exists()


def require_private_key(settings: Settings) -> None:
    """Raise ``SettingError`` if a process with these settings could seal no ticket."""
    if opens_only(settings):
        raise SettingError("TICKETCORE_SIGNING_KEY", "nothing", "a private key, tcsk_…, for this process seals tickets")


def require_trust(settings: Settings, tickets: Tickets, seal: Seal) -> None:
    """Raise ``SettingError`` if no ticket sold so far opens with a seal, unless a setting says that this is meant."""
    if not settings.new_signing_key and seal_trust.has_lost_the_key(tickets, seal):
        place = settings.data / _FILE
        raise SettingError(str(place) if settings.signing_key is None else "TICKETCORE_SIGNING_KEY", *_LOST)


def signing_key(settings: Settings, ledger: LedgerBackend) -> Ed25519PrivateKey:
    """Return the key of the settings, or the one in the data directory, which is created if it is missing.

    None is created beside tickets that need another one: ``SettingError``.  Raises ``Unavailable`` if the ledger cannot be
    reached.
    """
    kept = kept_key(settings)
    if kept is not None:
        return kept
    key = _agreed_text(settings, ledger)
    path = settings.data / _FILE
    try:
        make_directory(path.parent, "TICKETCORE_DATA")
        _keep(path, key)
        return _read(path)
    except OSError as error:
        raise _unusable(settings) from error


def kept_key(settings: Settings) -> Ed25519PrivateKey | None:
    """Return the key of the settings or of the data directory, or ``None`` if there is none; none is created."""
    path = settings.data / _FILE
    if settings.signing_key is not None:
        return read_private_key(settings.signing_key)
    try:
        return _read(path) if path.exists() else None
    except OSError as error:
        raise _unusable(settings) from error


def known_key(settings: Settings, ledger: LedgerBackend) -> Ed25519PrivateKey | None:
    """Return the kept key, or the one on which the processes of a shared ledger have agreed, or ``None``; none is created."""
    kept = kept_key(settings)
    if kept is not None or ledger.is_embedded or ledger.revision() is None:
        return kept
    agreed = ledger.ledger.keys.kept_secret(_FILE)
    return None if agreed is None else read_private_key(agreed.decode())


def _agreed_text(settings: Settings, ledger: LedgerBackend) -> str:
    """Return a new key, or the one on which the processes of a shared ledger agree."""
    file = ledgers.file_of(settings.database_url)
    if file is not None and not file.exists():
        return new_private_key()
    schema.prepare(settings, ledger)
    keys = ledger.ledger.keys
    agreed = None if ledger.is_embedded else keys.kept_secret(_FILE)
    if agreed is not None:
        return agreed.decode()
    require_trust(settings, ledger.ledger.tickets, Ed25519Opener(read_public_keys(settings.trusted_keys)))
    fresh = new_private_key()
    return fresh if ledger.is_embedded else keys.secret(_FILE, fresh.encode()).decode()


def _unusable(settings: Settings) -> SettingError:
    return SettingError("TICKETCORE_DATA", f'"{settings.data}"', WRITABLE)


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        return read_private_key(path.read_text())
    except ValueError as error:
        raise SettingError(str(path), "no signing key", "the key that sealed the tickets sold so far") from error


def _keep(path: Path, key: str) -> None:
    """Write the key to its file; processes that start together end with the same one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    write_privately(fresh, key)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()

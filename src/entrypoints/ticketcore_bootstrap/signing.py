"""The key that seals QR codes: set by the operator, or created at the first start and stored."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ticketcore.ports import Seal
from ticketcore_bootstrap.files import WRITABLE, make_directory, write_privately
from ticketcore_bootstrap.settings import SettingError, Settings
from ticketcore_codes import Ed25519Opener, Ed25519Seal, new_private_key, read_private_key, read_public_keys

_FILE = "signing-key"
#: What is wrong with a key that has sealed none of the tickets that are out, and what to do.
LOST = (
    "a key that has sealed none of the tickets sold so far",
    f"the key that has: restore {_FILE} from the backup, or put its public key into TICKETCORE_TRUSTED_KEYS "
    "(TICKETCORE_NEW_SIGNING_KEY=1 starts all the same, and those tickets are refused at the door)",
)


def open_seal(settings: Settings, agree: Callable[[str, str], str]) -> Seal:
    """Return the seal of a process: of its signing key, of public keys alone, or of none if it uses no seal.

    ``agree`` is as in ``signing_key``.
    """
    trusted = read_public_keys(settings.trusted_keys) if settings.uses_seal else []
    if not settings.uses_seal or opens_only(settings):
        return Ed25519Opener(trusted)
    return Ed25519Seal(signing_key(settings, agree), trusted)


def opens_only(settings: Settings) -> bool:
    """Return whether there are public keys and no signing key, so that QR texts can be opened and none can be made."""
    return settings.signing_key is None and bool(settings.trusted_keys) and not (settings.data / _FILE).exists()


def where_the_key_is(settings: Settings) -> str:
    """Return the variable or the file that holds the signing key."""
    return str(settings.data / _FILE) if settings.signing_key is None else "TICKETCORE_SIGNING_KEY"


def signing_key(settings: Settings, agree: Callable[[str, str], str]) -> Ed25519PrivateKey:
    """Return the key of the settings, or the one in the data directory, which is created if it is missing.

    ``agree(name, fresh)`` returns the key that all processes of this ledger use in place of a new one.
    """
    path = settings.data / _FILE
    try:
        kept = kept_key(settings)
        if kept is not None:
            return kept
        make_directory(path.parent, "TICKETCORE_DATA")
        _keep(path, agree(_FILE, new_private_key()))
        return _read(path)
    except OSError as error:
        raise SettingError("TICKETCORE_DATA", f'"{settings.data}"', WRITABLE) from error


def kept_key(settings: Settings) -> Ed25519PrivateKey | None:
    """Return the key of the settings or of the data directory, or ``None`` if there is none; none is created."""
    path = settings.data / _FILE
    if settings.signing_key is not None:
        return read_private_key(settings.signing_key)
    return _read(path) if path.exists() else None


def agreed_key(secret: Callable[[str, bytes], bytes]) -> Ed25519PrivateKey:
    """Return the key on which the processes of a shared ledger have agreed (``Keys.secret``)."""
    return read_private_key(secret(_FILE, new_private_key().encode()).decode())


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

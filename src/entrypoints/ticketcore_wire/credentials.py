"""Authentication: bearer keys (RFC 6750)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import attrs

from ticketcore import Holder, KeyRefusal, Organiser
from ticketcore.domain import api_keys, ids
from ticketcore.domain.api_keys import ApiKey, Role


def _hashes_of(keys: Credentials) -> Sequence[tuple[Role, bytes]]:
    given = ((Role.ADMIN, keys._admin_key), (Role.GATE, keys._gate_key))
    return [(role, api_keys.hash_of(key)) for role, key in given if key]


@attrs.frozen
class ValidKey:
    """A key that is valid at this moment: its holder, and the hash of its secret."""

    holder: Holder
    secret_hash: bytes = attrs.field(repr=False)


@attrs.frozen(eq=False)
class Credentials:
    """Checks keys: the stored ones, and ``admin_key`` and ``gate_key``, which settings give."""

    _organiser: Organiser
    _admin_key: str | None = attrs.field(repr=False)
    _gate_key: str | None = attrs.field(repr=False)
    _hashes: Sequence[tuple[Role, bytes]] = attrs.field(
        init=False, repr=False, default=attrs.Factory(_hashes_of, takes_self=True)
    )

    def holder_of(self, authorization: str) -> Holder | KeyRefusal:
        """Return the holder of the key in an ``Authorization`` header, or why there is none.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            return KeyRefusal.UNKNOWN
        return self._from_settings(secret) or self._stored(secret)

    def valid_key(self, key_id: str) -> ValidKey | None:
        """Return the valid key of a holder with this id, ``None`` if there is none any more.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        for role, hashed in self._hashes:
            if role.value == key_id:
                return ValidKey(_from_setting(role), hashed)
        key = self._organiser.valid_key(ids.key_id(key_id))
        return ValidKey(key.holder, key.secret_hash) if isinstance(key, ApiKey) else None

    def count_refused(self, refusal: KeyRefusal) -> None:
        """Tell the observer that a key was refused."""
        self._organiser.observe_refused_key(refusal)

    def _from_settings(self, secret: str) -> Holder | None:
        hashed = api_keys.hash_of(secret)
        matches = [role for role, key in self._hashes if hmac.compare_digest(key, hashed)]
        return _from_setting(matches[0]) if matches else None

    def _stored(self, secret: str) -> Holder | KeyRefusal:
        key = self._organiser.authenticate(secret)
        return key.holder if isinstance(key, ApiKey) else key


def _from_setting(role: Role) -> Holder:
    return Holder(role.value, role.value, role)

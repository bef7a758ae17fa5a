"""Authentication: bearer keys (RFC 6750)."""

from __future__ import annotations

import hmac

import attrs

from ticketcore import Holder, KeyRefusal, Organiser
from ticketcore.domain import api_keys
from ticketcore.domain.api_keys import ApiKey, Role


@attrs.frozen(eq=False)
class Credentials:
    """Checks keys: the stored ones, and ``admin_key`` and ``gate_key``, which settings give."""

    _organiser: Organiser
    _admin_key: str | None = attrs.field(repr=False)
    _gate_key: str | None = attrs.field(repr=False)

    def holder_of(self, authorization: str) -> Holder | KeyRefusal:
        """Return the holder of the key in an ``Authorization`` header, or why there is none.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            return KeyRefusal.UNKNOWN
        return self._from_settings(secret) or self._stored(secret)

    def count_refused(self, refusal: KeyRefusal) -> None:
        """Tell the observer that a key was refused."""
        self._organiser.observe_refused_key(refusal)

    def _from_settings(self, secret: str) -> Holder | None:
        keys = {Role.ADMIN: self._admin_key, Role.GATE: self._gate_key}
        matches = [
            role
            for role, key in keys.items()
            if key and hmac.compare_digest(api_keys.hash_of(key), api_keys.hash_of(secret))
        ]
        return Holder(matches[0].value, matches[0].value, matches[0]) if matches else None

    def _stored(self, secret: str) -> Holder | KeyRefusal:
        key = self._organiser.authenticate(secret)
        return key.holder if isinstance(key, ApiKey) else key

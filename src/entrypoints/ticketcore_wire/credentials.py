"""Authentication: bearer keys (RFC 6750) with a role."""

from __future__ import annotations

import hmac

import attrs

from ticketcore import Holder, Organiser
from ticketcore.domain import api_keys
from ticketcore.domain.api_keys import Role
from ticketcore_wire.problems import Forbidden, RefusedRequest, Unauthorized


@attrs.frozen(eq=False)
class Credentials:
    """Checks keys: the stored ones, and ``admin_key`` and ``gate_key``, which settings give."""

    _organiser: Organiser
    _admin_key: str | None = attrs.field(repr=False)
    _gate_key: str | None = attrs.field(repr=False)

    def require(self, authorization: str, *roles: Role) -> Holder:
        """Return the holder of the key in an ``Authorization`` header, which is empty if it is missing.

        Raises ``RefusedRequest`` unless the holder has one of the roles.
        """
        holder = self._holder(authorization)
        if holder is None:
            raise RefusedRequest(Unauthorized())
        if holder.role not in roles:
            raise RefusedRequest(Forbidden())
        return holder

    def _holder(self, authorization: str) -> Holder | None:
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            return None
        return self._from_settings(secret) or self._stored(secret)

    def _from_settings(self, secret: str) -> Holder | None:
        keys = {Role.ADMIN: self._admin_key, Role.GATE: self._gate_key}
        matches = [
            role
            for role, key in keys.items()
            if key and hmac.compare_digest(api_keys.hash_of(key), api_keys.hash_of(secret))
        ]
        return Holder(matches[0].value, matches[0].value, matches[0]) if matches else None

    def _stored(self, secret: str) -> Holder | None:
        key = self._organiser.authenticate(secret)
        return key.holder if key else None

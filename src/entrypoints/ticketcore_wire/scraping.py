"""Who may scrape metrics."""

from __future__ import annotations

import hmac

import attrs

from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.api_keys import Role, hash_of
from ticketcore.domain.errors import Unavailable
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.limiting import require_key
from ticketcore_wire.problems import RefusedRequest


@attrs.define(eq=False)
class ScrapeGuard:
    """Admits keys of the roles ``metrics`` and ``admin``, or everyone if the metrics are public."""

    _credentials: Credentials
    _limits: ClientLimits
    _is_public: bool
    _admitted: bytes | None = attrs.field(init=False, default=None, repr=False)

    def check(self, address: str, authorization: str) -> None:
        """Raise ``RefusedRequest`` unless the client at a network address may see metrics.

        While the ledger cannot be reached, the key that was admitted last is admitted: metrics are needed most then.
        """
        if self._is_public:
            return
        key = hash_of(authorization)
        try:
            require_key(self._credentials, self._limits, address, authorization, Role.METRICS, Role.ADMIN)
        except Unavailable:
            if not self._was_admitted(key):
                raise
        except RefusedRequest:
            if self._was_admitted(key):
                self._admitted = None
            raise
        else:
            self._admitted = key

    def _was_admitted(self, key: bytes) -> bool:
        return self._admitted is not None and hmac.compare_digest(key, self._admitted)

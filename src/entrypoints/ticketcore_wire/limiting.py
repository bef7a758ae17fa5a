"""Limits of clients at the edge: what is beyond one is refused with ``rate_limited``."""

from __future__ import annotations

import logging
from datetime import timedelta

from ticketcore import Holder, KeyRefusal
from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.api_keys import Role
from ticketcore.domain.limits import LimitedAct
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.problems import Forbidden, RateLimited, RefusedRequest, Unauthorized

_LOG = logging.getLogger("ticketcore")
_SECOND = timedelta(seconds=1)


def check_limit(limits: ClientLimits, act: LimitedAct, address: str) -> None:
    """Count an act of the client at a network address; raise ``RefusedRequest`` if it is beyond its limit."""
    wait = limits.wait(act, address)
    if wait:
        raise RefusedRequest(RateLimited(-(-wait // _SECOND)))


def require_key(
    credentials: Credentials, limits: ClientLimits, address: str, authorization: str, *roles: Role
) -> Holder:
    """Return the holder of the key in an ``Authorization`` header, which is empty if it is missing.

    A client's refused keys are counted and logged.  A valid key is never limited: otherwise one forgotten device would
    close every gate behind the same address.

    Raises ``RefusedRequest`` unless the holder has one of the roles, ``Unavailable`` if the ledger cannot be reached.
    """
    if not authorization:
        raise RefusedRequest(Unauthorized())
    holder = credentials.holder_of(authorization)
    if isinstance(holder, KeyRefusal):
        credentials.count_refused(holder)
        check_limit(limits, LimitedAct.REFUSED_KEY, address)
        _log_refused(address, holder)
        raise RefusedRequest(Unauthorized())
    if holder.role not in roles:
        credentials.count_refused(KeyRefusal.FORBIDDEN)
        if not limits.wait(LimitedAct.REFUSED_KEY, address):
            _log_refused(address, KeyRefusal.FORBIDDEN)
        raise RefusedRequest(Forbidden())
    return holder


def _log_refused(address: str, refusal: KeyRefusal) -> None:
    # Bounded by the limit, and without the key: it may be a right one with a slip.
    _LOG.warning("a key of %s was refused: %s", address, refusal.value)

"""Limits of clients at the edge: what is beyond one is refused with ``rate_limited``."""

from __future__ import annotations

import logging
from datetime import timedelta

from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.api_keys import Holder, Role
from ticketcore.domain.limits import LimitedAct
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.problems import RateLimited, RefusedRequest, Unauthorized

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
    """Return the holder of the key (``Credentials.require``); a client's refused keys are counted.

    A valid key is never limited: otherwise one forgotten device would close every gate behind the same address.
    """
    try:
        return credentials.require(authorization, *roles)
    except RefusedRequest as refused:
        if authorization and isinstance(refused.refusal, Unauthorized):
            check_limit(limits, LimitedAct.REFUSED_KEY, address)
            # Bounded by the limit, and without the key: it may be a right one with a slip.
            _LOG.warning("a key of %s was refused", address)
        raise

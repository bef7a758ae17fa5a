"""Connections that leave this machine without TLS: each is named in a warning at the start."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from ticketcore.domain.hosts import is_local
from ticketcore_bootstrap import backends
from ticketcore_bootstrap.ledgers import LedgerBackend
from ticketcore_bootstrap.settings import Settings

_LOG = logging.getLogger("ticketcore")


def warn_of_clear_text(settings: Settings, ledger: LedgerBackend) -> None:
    """Log a warning for each connection on which others could read along."""
    for warning in _warnings(settings, ledger):
        _LOG.warning("%s", warning)


def _warnings(settings: Settings, ledger: LedgerBackend) -> Iterator[str]:
    if ledger.may_send_in_clear:
        yield (
            "TICKETCORE_DATABASE_URL leads to another machine and does not demand TLS: "
            "add ?sslmode=verify-full&sslrootcert=FILE"
        )
    match settings.inventory:
        case backends.Redis(url) if not url.startswith("rediss") and not is_local(urlsplit(url).hostname or ""):
            yield "TICKETCORE_INVENTORY_URL leads to another machine without TLS: use rediss://"
        case _:
            pass

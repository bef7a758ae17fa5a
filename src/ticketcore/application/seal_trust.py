"""Whether the tickets that were sold are sealed with keys that this process trusts."""

from __future__ import annotations

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.qr_text import Claim
from ticketcore.ports import Ports, Seal, Tickets


def has_lost_the_key(tickets: Tickets, seal: Seal) -> bool:
    """Return whether there are tickets and no trusted key has sealed any of them.

    The newest ticket is looked at first, so that a large ledger is searched only if it is not trusted.
    """
    newest = tickets.newest_qr_code()
    if newest is None or _is_trusted(seal, newest):
        return False
    return not any(_is_trusted(seal, text) for text in tickets.qr_codes_by_signer())


def check_newest(ports: Ports) -> None:
    """Raise ``Unavailable`` if the newest ticket is sealed with a key that this process does not trust."""
    try:
        newest = ports.tickets.newest_qr_code()
    except Unavailable:
        # The ledger's own check says so.
        return
    if newest is not None and not _is_trusted(ports.seal, newest):
        raise Unavailable("signing key", "the newest ticket is sealed with a key that this process does not trust")


def _is_trusted(seal: Seal, qr_code: str) -> bool:
    return isinstance(seal.open(qr_code), Claim)

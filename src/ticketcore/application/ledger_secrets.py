"""The ledger's own secrets, which all processes on it share."""

from __future__ import annotations

from ticketcore.ports import Ports

#: Makes what stands for a customer of an address (``ids.customer_digest``).
CUSTOMERS = "customers"
#: Makes the ids of orders with an idempotency key (``ids.order_id_for``).
ORDER_IDS = "order-ids"
#: Signs what pages give to browsers, such as the tokens of forms.
PAGES = "pages"

_BYTES = 32
#: A session that was ended has a secret of this name and its id: that it is there is all that counts.
_ENDED_SESSION = "ended-session-"


def read(ports: Ports, name: str) -> bytes:
    """Return a secret, which is made at its first use.

    Raises ``Unavailable`` if the ledger cannot be reached.
    """
    return ports.keys.secret(name, ports.ids.new(_BYTES))


def end_session(ports: Ports, session_id: str) -> None:
    """Record that a session of pages was ended.

    Raises ``Unavailable`` if the ledger cannot be reached.
    """
    ports.keys.secret(_ENDED_SESSION + session_id, b"ended")


def is_ended(ports: Ports, session_id: str) -> bool:
    """Return whether a session of pages was ended.

    Raises ``Unavailable`` if the ledger cannot be reached.
    """
    return ports.keys.kept_secret(_ENDED_SESSION + session_id) is not None

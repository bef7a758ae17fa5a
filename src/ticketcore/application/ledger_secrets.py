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


def read(ports: Ports, name: str) -> bytes:
    """Return a secret, which is made at its first use.

    Raises ``Unavailable`` if the ledger cannot be reached.
    """
    return ports.keys.secret(name, ports.ids.new(_BYTES))

"""The messages of a payment queue outside the ledger: JSON that names an order which needs work."""

from __future__ import annotations

import json

from ticketcore.domain.ids import OrderId

VERSION = 1
_MAX_LENGTH = 200


def write(order_id: OrderId) -> str:
    """Return the message for an order."""
    return json.dumps({"version": VERSION, "order_id": order_id})


def read(text: str) -> OrderId:
    """Return the order that a message names; members that this version does not know are ignored.

    Raises ``ValueError``, which never quotes the message, if it is none of this version.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("a message must be JSON") from None
    if not isinstance(message, dict) or type(message.get("version")) is not int:
        raise ValueError("a message must be an object with a version")
    if message["version"] != VERSION:
        raise ValueError(f"a message must be of version {VERSION}")
    order_id = message.get("order_id")
    if not isinstance(order_id, str) or not _is_an_id(order_id):
        raise ValueError(f"a message must name an order with 1 to {_MAX_LENGTH} characters of ASCII")
    return OrderId(order_id)


def _is_an_id(text: str) -> bool:
    return 0 < len(text) <= _MAX_LENGTH and text.isascii() and text.isprintable()

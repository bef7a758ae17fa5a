"""An order as a row and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

COLUMNS = "id, event_id, customer_email, quantity, total_amount, currency, created_at, expires_at, status"


def text_of(moment: datetime) -> str:
    """Return a time as RFC 3339 has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def order_json(row: Sequence[Any]) -> dict[str, Any]:
    """Return an order that is not paid yet; ``row`` has the values of ``COLUMNS``."""
    order_id, event_id, email, quantity, amount, currency, created_at, expires_at, status = row
    return {
        "id": order_id,
        "event_id": event_id,
        "customer_email": email,
        "quantity": quantity,
        "total_amount": f"{amount // 100}.{amount % 100:02}",
        "currency": currency,
        "status": status,
        "ticket_code": None,
        "created_at": text_of(created_at),
        "expires_at": text_of(expires_at),
        "problem": None,
        "payment": None,
        "delivery": None,
    }

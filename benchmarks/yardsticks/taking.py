"""A take from the live counter, with the script of the service."""

from __future__ import annotations

import secrets
import time

from redis.commands.core import Script

HOLD_MILLISECONDS = 15 * 60 * 1000
_FLIGHT_MILLISECONDS = 5_000
_STEPS = 1024


def take(script: Script, event_id: str, order_id: str, quantity: int) -> list[str]:
    """Take places of an event; the first of what is returned is ``taken`` if there were enough."""
    taken: list[str] = script(keys(event_id, order_id), arguments(event_id, order_id, quantity))
    return taken


def new_order_id() -> str:
    """Return an id for an order."""
    return secrets.token_hex(16)


def keys(event_id: str, order_id: str) -> list[str]:
    """Return the keys that the scripts want."""
    of_event = [f"event:{event_id}:{part}" for part in ("available", "counter", "flights", "deadlines")]
    return [*of_event, f"reservation:{order_id}"]


def arguments(event_id: str, order_id: str, quantity: int) -> list[str | int]:
    """Return what the script wants beside keys."""
    now = time.time_ns() // 1_000_000
    flight, lapsed = (now + _FLIGHT_MILLISECONDS) * _STEPS + quantity, (now + 1) * _STEPS
    return [event_id, order_id, quantity, now + HOLD_MILLISECONDS, now, flight, lapsed, 0]

"""Publish the outbox: messages that were written together with the changes that need them."""

from __future__ import annotations

import queue
from collections.abc import Collection

import attrs

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore.ports import Act, Ports

_CHUNK = 100
_MOST_WAITING = 10_000


def publish(ports: Ports, order_ids: Collection[OrderId] | None = None) -> int:
    """Publish the outbox, of some orders or of all, and return the number of messages published.

    Raises ``Unavailable`` if the ledger or the queue cannot be reached: the rows stay.
    """
    published = 0
    while True:
        rows = ports.outbox.pending(_CHUNK, order_ids)
        if rows:
            ports.payment_queue.publish([row.order_id for row in rows], ports.clock.now())
            ports.outbox.sent(rows)
        for row in rows:
            ports.observe(Act.PUBLISH, "published", row.order_id)
        published += len(rows)
        if len(rows) < _CHUNK:
            return published


def try_to_publish(ports: Ports, order_ids: Collection[OrderId]) -> None:
    """Publish the messages of orders at once, best effort."""
    try:
        publish(ports, order_ids)
    except Unavailable:
        return  # The sweeper publishes the remaining rows.


@attrs.define(eq=False)
class Publisher:
    """Publishes the messages of orders in another thread, many together, so that no buyer waits for the queue.

    What is lost with its process, or comes while too many wait, the sweeper publishes.
    """

    _ports: Ports
    _waiting: queue.Queue[OrderId] = attrs.field(init=False, factory=lambda: queue.Queue(_MOST_WAITING))

    def add(self, order_id: OrderId) -> None:
        """Have the messages of an order published."""
        try:
            self._waiting.put_nowait(order_id)
        except queue.Full:
            return

    def publish(self, wait_seconds: float) -> None:
        """Wait for orders for so long, and publish their messages, best effort."""
        try:
            found = {self._waiting.get(timeout=wait_seconds)}
        except queue.Empty:
            return
        while len(found) < _CHUNK and not self._waiting.empty():
            found.add(self._waiting.get())
        try_to_publish(self._ports, found)

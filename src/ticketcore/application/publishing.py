"""Publish the outbox: messages that were written together with the changes that need them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection

import attrs

from ticketcore.application import inventory_sync
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change
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

    The counter learns there, too, that their reservations have ended: no buyer sees a difference before their deadlines.

    ``wake`` is called when there is something to publish.  What is lost with the process, or comes while too many wait, the
    sweeper publishes; a lost sync costs nothing.  Several threads may add orders; one publishes.
    """

    _ports: Ports
    _wake: Callable[[], object]
    _waiting: deque[OrderId] = attrs.field(init=False, factory=lambda: deque(maxlen=_MOST_WAITING))
    _changes: deque[Change] = attrs.field(init=False, factory=lambda: deque(maxlen=_MOST_WAITING))

    def add(self, order_id: OrderId) -> None:
        """Have the messages of an order published."""
        self._waiting.append(order_id)
        self._wake()

    def sync(self, _ports: Ports, change: Change) -> None:
        """Have the counter synced after the message of the same order was published."""
        self._changes.append(change)

    def publish(self) -> None:
        """Publish the messages of the orders that wait, best effort."""
        while self._waiting:
            found = {self._waiting.popleft() for _ in range(min(_CHUNK, len(self._waiting)))}
            try_to_publish(self._ports, found)
        while self._changes:
            inventory_sync.sync(self._ports, self._changes.popleft())

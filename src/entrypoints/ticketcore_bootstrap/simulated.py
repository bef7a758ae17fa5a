"""What the buyer of a simulated payment that waits would do."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol, runtime_checkable

import attrs

from ticketcore.domain import ids
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.refusals import OrderNotFound, OrderNotPayable
from ticketcore.domain.texts import Text
from ticketcore_bootstrap.assembly import Assembly


@runtime_checkable
class SimulatedGateway(Protocol):
    """A gateway whose buyers are simulated, too."""

    @abstractmethod
    def decide(self, attempt_id: AttemptId, *, approved: bool) -> bool:
        """Approve or decline a charge that waits for its buyer; return whether it waited."""


@attrs.frozen
class NothingWaits(OrderNotPayable):
    """No payment of the order waits for its buyer: none was begun, or it has just been decided."""

    @property
    def detail(self) -> Text:
        status = OrderStatus(self.order_status).word
        return Text("No payment of this order waits for its buyer; the order is %(status)s.", status=status)


def decide_payment(assembly: Assembly, order_id: OrderId, *, approved: bool) -> Order | OrderNotFound | OrderNotPayable:
    """Approve or decline the simulated payment of an order that waits for its buyer, and return the order as it then is.

    A worker learns of it by a message, as from a notice, and settles the order: it is still processing, unless that worker
    was faster.  Refuses with ``NothingWaits``.  Raises
    ``TypeError`` if payments are not simulated, and ``Unavailable`` if the ledger, the queue or the gateway cannot be reached.
    """
    ports, order_id = assembly.ports, ids.order_id(order_id)
    if not isinstance(ports.payment_gateway, SimulatedGateway):
        raise TypeError("payments are not simulated")
    record = ports.orders.load(order_id)
    if record is None:
        return OrderNotFound()
    if record.attempt is None or not ports.payment_gateway.decide(record.attempt.id, approved=approved):
        return NothingWaits(record.order.status.value)
    ports.payment_queue.publish([order_id], ports.clock.now())
    decided = ports.orders.get(order_id)
    assert decided is not None, "an order is never removed"
    return decided

"""What the buyer of a simulated payment that waits would do."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol, runtime_checkable

from ticketcore.domain import ids
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.orders import Order
from ticketcore.domain.refusals import OrderNotFound, OrderNotPayable
from ticketcore_bootstrap.assembly import Assembly


@runtime_checkable
class SimulatedGateway(Protocol):
    """A gateway whose buyers are simulated, too."""

    @abstractmethod
    def decide(self, attempt_id: AttemptId, *, approved: bool) -> bool:
        """Approve or decline a charge that waits for its buyer; return whether it waited."""


def decide_payment(assembly: Assembly, order_id: OrderId, *, approved: bool) -> Order | OrderNotFound | OrderNotPayable:
    """Approve or decline the simulated payment of an order that waits for its buyer, and return the order.

    A worker learns of it by a message, as from a notice.  Refuses with ``OrderNotPayable`` if nothing waits.  Raises
    ``TypeError`` if payments are not simulated, and ``Unavailable`` if the ledger, the queue or the gateway cannot be reached.
    """
    ports, order_id = assembly.ports, ids.order_id(order_id)
    if not isinstance(ports.payment_gateway, SimulatedGateway):
        raise TypeError("payments are not simulated")
    record = ports.orders.load(order_id)
    if record is None:
        return OrderNotFound()
    if record.attempt is None or not ports.payment_gateway.decide(record.attempt.id, approved=approved):
        return OrderNotPayable(record.order.status.value)
    ports.payment_queue.publish([order_id], ports.clock.now())
    return record.order

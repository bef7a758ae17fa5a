"""Payments: their start, and what a gateway tells of one that waits for its buyer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ticketcore.application import inventory_sync
from ticketcore.application.optimistic_locking import Sync, change_order
from ticketcore.domain import ids, payments
from ticketcore.domain.attempts import PaymentMethod
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.errors import NoticeNotAuthentic
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.orders import Order
from ticketcore.domain.payments import PayRefusal, StartRefusal
from ticketcore.ports import Act, Ports

#: What became of a notice that is not the gateway's.
FORGED = "not_authentic"
_CHUNK = 100
#: A payment that was polled is polled again after this time if no worker has looked at it: longer than a redelivery takes.
_LEASE = timedelta(minutes=5)


def start(
    ports: Ports,
    order_id: OrderId,
    token: str | None,
    method: PaymentMethod = PaymentMethod.GATEWAY,
    by: str | None = None,
    sync: Sync = inventory_sync.sync,
) -> Order | PayRefusal:
    """Have an order paid, and return it; its message is in the outbox."""
    attempt_id = AttemptId(ids.text_of(ports.ids.new(ids.SECRET_BYTES)))
    now = ports.clock.now()

    def rule(record: OrderRecord) -> Decision | StartRefusal:
        return payments.start(record, attempt_id, token, now, method=method, by=by)

    outcome: OrderRecord | PayRefusal
    outcome = change_order(ports, Act.PAY, order_id, rule, sync)  # type: ignore[assignment]  # mypy joins what it infers.
    if not isinstance(outcome, OrderRecord):
        return outcome
    ports.observe(Act.PAY, outcome.order.status.value, order_id)
    return outcome.order


def receive_notice(ports: Ports, headers: Mapping[str, str], body: bytes) -> bool:
    """Publish a message for the order of the attempt that a notice is about; return whether it is the gateway's.

    Raises ``Unavailable`` if the ledger or the queue cannot be reached.
    """
    try:
        attempt_id = ports.payment_gateway.read_notice(headers, body)
    except NoticeNotAuthentic:
        ports.observe(Act.NOTICE, FORGED)
        return False
    order_id = None if attempt_id is None else ports.orders.of_attempt(attempt_id)
    if order_id is not None:
        ports.payment_queue.publish([order_id], ports.clock.now())
    ports.observe(Act.NOTICE, "known" if order_id else "unknown", order_id)
    return True


def poll(ports: Ports) -> None:
    """Put every order whose payment waits for its buyer and is to be polled into the outbox."""
    now = ports.clock.now()
    while ports.orders.poll(now, now + _LEASE, _CHUNK) == _CHUNK:
        pass

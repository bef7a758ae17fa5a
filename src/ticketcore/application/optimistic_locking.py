"""Optimistic locking: load an order, decide purely, write what was decided; on a conflict, again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ticketcore.application import expiry, inventory_sync
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change
from ticketcore.domain.refusals import OrderNotFound, Refusal
from ticketcore.ports import Act, Ports

R = TypeVar("R", bound=Refusal)

# An order has few transitions, so that a conflict is seldom followed by another.
_TRIES = 10


def change_order(
    ports: Ports, act: Act, order_id: OrderId, rule: Callable[[OrderRecord], Decision | R]
) -> OrderRecord | R | OrderNotFound:
    """Load the order and change it by ``rule`` (``change_record``).

    A refusal is observed as the outcome of ``act``; it may be due to a deadline that no sweep has recorded.
    """
    record = ports.orders.load(order_id)
    outcome = OrderNotFound() if record is None else change_record(ports, record, rule)
    if not isinstance(outcome, OrderRecord):
        ports.observe(act, outcome, order_id)
        expiry.try_to_expire(ports, order_id)
    return outcome


def change_record(ports: Ports, record: OrderRecord, rule: Callable[[OrderRecord], Decision | R]) -> OrderRecord | R:
    """Write what ``rule`` decides of the record, and return the record as it then is, or the rule's refusal.

    The rule is asked again, with the order loaded again, if another writer was faster.
    """
    for _ in range(_TRIES):
        decision = rule(record)
        if not isinstance(decision, Decision):
            return decision
        if decision == record.unchanged():
            return record
        outcome = ports.orders.write(record, decision)
        if isinstance(outcome, Change):
            # Nothing else ends a take or changes places.
            if outcome.order.status is not record.order.status:
                inventory_sync.sync(ports, outcome)
            return record.after(decision)
        record = _reloaded(ports, record)
    raise Unavailable("ledger", "other writers were always faster")


def _reloaded(ports: Ports, record: OrderRecord) -> OrderRecord:
    found = ports.orders.load(record.order.id)
    assert found is not None, "an order is never removed"
    return found

"""Optimistic locking: load an order, decide purely, write what was decided; on a conflict, again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from ticketcore.application import expiry, inventory_sync
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import Change
from ticketcore.domain.refusals import OrderNotFound, Refusal
from ticketcore.ports import Act, Ports

R = TypeVar("R", bound=Refusal)

#: Brings the counter to the ledger's version, at once or later.
Sync = Callable[[Ports, Change], object]
#: A rule that refuses nothing.
Rule = Callable[[OrderRecord], Decision]

# An order has few transitions, so that a conflict is seldom followed by another.
_TRIES = 10


def change_order(
    ports: Ports,
    act: Act,
    order_id: OrderId,
    rule: Callable[[OrderRecord], Decision | R],
    sync: Sync = inventory_sync.sync,
) -> OrderRecord | R | OrderNotFound:
    """Load the order and change it by ``rule`` (``change_record``).

    A refusal is observed as the outcome of ``act``; it may be due to a deadline that no sweep has recorded.
    """
    record = ports.orders.load(order_id)
    outcome = OrderNotFound() if record is None else change_record(ports, record, rule, sync)
    if not isinstance(outcome, OrderRecord):
        ports.observe(act, outcome, order_id)
        expiry.try_to_expire(ports, order_id)
    return outcome


def change_record(
    ports: Ports, record: OrderRecord, rule: Callable[[OrderRecord], Decision | R], sync: Sync = inventory_sync.sync
) -> OrderRecord | R:
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
            return _written(ports, record, decision, outcome, sync)
        record = _reloaded(ports, record)
    raise Unavailable("ledger", "other writers were always faster")


def change_all(ports: Ports, changes: Sequence[tuple[OrderRecord, Rule]]) -> Sequence[OrderRecord | Exception]:
    """Write what rules decide of different orders of one event at once; return each record as it then is, or why it is not.

    An order whose decision could not be written with the others is changed by itself (``change_record``).
    """
    try:
        written = _write_all(ports, changes)
    except Unavailable as failure:
        return [failure] * len(changes)
    except Exception:
        # One of them is a bug, which must not affect the others.
        written = {}
    return [written.get(record.order.id) or _change_alone(ports, record, rule) for record, rule in changes]


def _write_all(ports: Ports, changes: Sequence[tuple[OrderRecord, Rule]]) -> Mapping[OrderId, OrderRecord]:
    """Write what rules decide at once, and return the records of the orders that were changed."""
    decided = [(record, rule(record)) for record, rule in changes]
    decided = [(record, decision) for record, decision in decided if decision != record.unchanged()]
    outcomes = ports.orders.write_all(decided)
    return {
        record.order.id: _written(ports, record, decision, outcome)
        for (record, decision), outcome in zip(decided, outcomes, strict=True)
        if isinstance(outcome, Change)
    }


def _change_alone(ports: Ports, record: OrderRecord, rule: Rule) -> OrderRecord | Exception:
    try:
        return change_record(ports, record, rule)
    except Exception as error:
        return error


def _written(
    ports: Ports, record: OrderRecord, decision: Decision, change: Change, sync: Sync = inventory_sync.sync
) -> OrderRecord:
    # A change of status may end a take, and a refund of some tickets gives places back without one.
    if change.availability is not None or change.order.status is not record.order.status:
        sync(ports, change)
    return record.after(decision)


def _reloaded(ports: Ports, record: OrderRecord) -> OrderRecord:
    found = ports.orders.load(record.order.id)
    assert found is not None, "an order is never removed"
    return found

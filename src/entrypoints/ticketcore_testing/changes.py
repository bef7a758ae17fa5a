"""Changes of an order, one function for each rule: load, decide, write, and repeat after a conflict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from ticketcore.domain import correcting, payments, resending, reservations, retention
from ticketcore.domain.attempts import ActionType, PaymentAction, PaymentMethod, Refund
from ticketcore.domain.correcting import CorrectDecisionRefusal
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.ids import AttemptId, CustomerDigest, OrderId, TicketCode
from ticketcore.domain.orders import Change
from ticketcore.domain.payments import StartRefundRefusal
from ticketcore.domain.refusals import OrderNotCancellable, Refusal
from ticketcore.domain.resending import ResendDecisionRefusal
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Ledger, Orders

R = TypeVar("R", bound=Refusal)

_TRIES = 50


def decide(orders: Orders, order_id: OrderId, rule: Callable[[OrderRecord], Decision | R]) -> Change | R:
    """Change an order that exists by ``rule``; return the change, without availability if there is none."""
    for _ in range(_TRIES):
        record = orders.load(order_id)
        assert record is not None, "there is no such order"
        decision = rule(record)
        if not isinstance(decision, Decision):
            return decision
        if decision == record.unchanged():
            return Change(record.order)
        outcome = orders.write(record, decision)
        if isinstance(outcome, Change):
            return outcome
    raise AssertionError(f"{_TRIES} conflicts in a row")


def start_payment(
    orders: Orders,
    order_id: OrderId,
    attempt_id: AttemptId,
    token: str | None,
    now: datetime,
    method: PaymentMethod = PaymentMethod.GATEWAY,
) -> Change | Refusal:
    """Change an order by the rule ``payments.start``."""

    def rule(record: OrderRecord) -> Decision | Refusal:
        return payments.start(record, attempt_id, token, now, method=method)

    return decide(orders, order_id, rule)


def capture(orders: Orders, order_id: OrderId, tickets: Sequence[Ticket], code: TicketCode, now: datetime) -> Change:
    """Change an order by the rule ``payments.capture``."""
    return _accepted(decide(orders, order_id, lambda record: payments.capture(record, tickets, code, now)))


def wait(orders: Orders, order_id: OrderId, reference: str, until: datetime, now: datetime) -> Change:
    """Change an order by the rule ``payments.wait``."""
    action = PaymentAction(ActionType.QR_CODE, f"pay {reference}")
    return _accepted(decide(orders, order_id, lambda record: payments.wait(record, reference, action, until, now)))


def decline(orders: Orders, order_id: OrderId, now: datetime) -> Change:
    """Change an order by the rule ``payments.decline``."""
    return _accepted(decide(orders, order_id, lambda record: payments.decline(record, now)))


def start_refund(
    ledger: Ledger,
    order_id: OrderId,
    now: datetime,
    *,
    numbers: Collection[int] | None = None,
    include_used: bool = True,
) -> Change | StartRefundRefusal:
    """Change an order by the rule ``payments.start_refund``."""

    def rule(record: OrderRecord) -> Decision | StartRefundRefusal:
        tickets = ledger.tickets.of_order(order_id)
        return payments.start_refund(record, tickets, now, numbers=numbers, include_used=include_used)

    outcome: Change | StartRefundRefusal
    outcome = decide(ledger.orders, order_id, rule)  # type: ignore[assignment]  # mypy joins what it infers.
    return outcome


def give_up(orders: Orders, order_id: OrderId, now: datetime) -> Change:
    """Change an order by the rule ``payments.give_up``."""
    return _accepted(decide(orders, order_id, lambda record: payments.give_up(record, now)))


def finish_cancellation(orders: Orders, order_id: OrderId, now: datetime) -> Change:
    """Change an order by the rule ``payments.finish_cancellation``."""
    return _accepted(decide(orders, order_id, lambda record: payments.finish_cancellation(record, now)))


def finish_refund(orders: Orders, order_id: OrderId, now: datetime) -> Change:
    """Change an order by the rule ``payments.finish_refund``."""
    return _accepted(decide(orders, order_id, lambda record: payments.finish_refund(record, requested(record), now)))


def requested(record: OrderRecord) -> Refund:
    """Return the refund that the gateway is asked for, or one that it is not."""
    refund = record.attempt.refund if record.attempt else None
    return refund or Refund("none", record.order.total)


def cancel(orders: Orders, order_id: OrderId, now: datetime) -> Change | OrderNotCancellable:
    """Change an order by the rule ``reservations.cancel``."""
    return decide(orders, order_id, lambda record: reservations.cancel(record, now))


def resend(orders: Orders, order_id: OrderId, now: datetime) -> Change | ResendDecisionRefusal:
    """Change an order by the rule ``resending.resend``."""

    def rule(record: OrderRecord) -> Decision | ResendDecisionRefusal:
        return resending.resend(record, now)

    outcome: Change | ResendDecisionRefusal = decide(orders, order_id, rule)  # type: ignore[assignment]  # mypy joins what it infers.
    return outcome


def _accepted(outcome: Change | Refusal) -> Change:
    assert isinstance(outcome, Change), outcome
    return outcome


def forget(orders: Orders, order_id: OrderId, event_date: datetime, now: datetime) -> Change:
    """Change an order by the rule ``retention.forget``, whatever mails it has."""
    return decide(orders, order_id, lambda record: retention.forget(record, (), event_date, now))


def correct(
    orders: Orders, order_id: OrderId, customer_email: str, customer: CustomerDigest, now: datetime
) -> Change | CorrectDecisionRefusal:
    """Change an order by the rule ``correcting.correct``."""

    def rule(record: OrderRecord) -> Decision | CorrectDecisionRefusal:
        places = orders.customer_places(record.order.event_id, customer)
        return correcting.correct(record, customer_email, customer, places, now)

    outcome: Change | CorrectDecisionRefusal
    outcome = decide(orders, order_id, rule)  # type: ignore[assignment]  # mypy joins what it infers.
    return outcome

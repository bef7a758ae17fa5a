"""``worker.work`` and ``worker.process`` step by step, from receiving a message until it is done or given back.

``process`` loads the order once and keeps the record from step to step; a conflict alone loads again.  ``work`` takes these
steps for all orders of a batch together, each order's in this sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.model import payment_gateway as gateway
from tests.model import payment_ledger as ledger
from tests.model import payment_locking as locking
from tests.model import payment_rules as rule
from tests.model.payment_delivery import mailed
from tests.model.payment_rules import Rule
from tests.model.payment_state import DEAD, NO_RECORD, READY, Message, Record, Refund, Rules, State, Worker

Steps = Iterator[tuple[str, State]]

#: Steps that write what a rule decides.
WRITES = frozenset({"capture", "decline", "wait", "finish cancellation", "finish refund"})


def receive(rules: Rules, state: State, which: int, limit: int) -> Steps:
    """Yield the receive of an idle worker; a message that was received too often becomes a dead letter."""
    for number in state.held_by(READY)[:1]:
        receives = state.queue[number].receives
        if receives >= limit:
            yield "payment_queue.receive: dead letter", state.with_messages(number, Message(DEAD, receives))
        else:
            is_kept = rules.without != "a message is done after the work"
            kept = [Message(which, receives + 1)] if is_kept else []
            yield "payment_queue.receive", state.with_messages(number, *kept).with_worker(which, Worker("load"))


def give_back(state: State, which: int, limit: int) -> State:
    """worker._give_back."""
    for number in state.held_by(which):
        receives = state.queue[number].receives
        state = state.with_messages(number, Message(DEAD if receives >= limit else READY, receives))
    return state.with_worker(which, Worker())


def process(rules: Rules, state: State, which: int) -> Steps:
    """Yield a busy worker's next step; where the gateway decides, one for each answer."""
    step, record, refund = state.workers[which]
    match step:
        case "load":
            record = ledger.load(state)
            yield f"orders.load: {record}", state.with_worker(which, _begin(rules, record))
        case "charge" if state.is_overdue and record.attempt == "waiting":
            yield _give_up(rules, state, which)
        case "charge":
            yield from _charge(rules, state, which)
        case "cancel":
            answer, after = gateway.cancel(rules, state)
            onward = "capture" if answer == "approved" else "finish cancellation"
            yield f"payment_gateway.cancel: {answer}", after.with_worker(which, Worker(onward, record))
        case "refund":
            assert refund is not None
            after = gateway.refund(rules, state, refund)
            yield f"payment_gateway.refund: {refund}", after.with_worker(which, Worker("finish refund", record, refund))
        case "done":
            yield "payment_queue.done", _without_message(state, which).with_worker(which, Worker())
        case _:
            yield _write(rules, state, which)


def _begin(rules: Rules, record: Record) -> Worker:
    """Return what ``process`` does first with the record that it has loaded."""
    return Worker("charge", record) if record.status == "processing" else _onward(rules, record)


def _onward(rules: Rules, record: Record) -> Worker:
    """Return what ``process`` does next with the record in hand."""
    if record.attempt == "cancelling" and rules.without != "a worker finishes cancellations":
        return Worker("cancel", record)
    if record.returning.refund and rules.without != "a worker finishes refunds":
        return Worker("refund", record, record.returning.refund)
    return Worker("done")


def _charge(rules: Rules, state: State, which: int) -> Steps:
    record = state.workers[which].record
    answers = {"approved": "capture", "declined": "decline"} | ({"pending": "wait"} if state.waits else {})
    for answer, onward in answers.items():
        if state.gateway.answer in {"", answer}:
            after = gateway.charge(rules, state, answer)
            if rules.without == "mail follows the sale" and answer == "approved":
                after = mailed(after)
            yield f"payment_gateway.charge: {answer}", after.with_worker(which, Worker(onward, record))


def _give_up(rules: Rules, state: State, which: int) -> tuple[str, State]:
    """Cancel a payment that has waited until its deadline, unless it was made at the last moment."""
    record = state.workers[which].record
    if rules.without == "a late payment is cancelled first":
        return "the deadline of the payment", state.with_worker(which, Worker("decline", record))
    answer, after = gateway.cancel(rules, state)
    is_made = answer == "approved" and rules.without != "a payment at the last moment is captured"
    return f"payment_gateway.cancel: {answer}", after.with_worker(
        which, Worker("capture" if is_made else "decline", record)
    )


def _rule(step: str, refund: Refund | None) -> Rule:
    known: dict[str, Rule] = {
        "capture": rule.capture,
        "decline": rule.decline,
        "wait": rule.wait,
        "finish cancellation": rule.finish_cancellation,
        "finish refund": partial(rule.finish_refund, refund=refund),
    }
    return known[step]


def _write(rules: Rules, state: State, which: int) -> tuple[str, State]:
    step, record, refund = state.workers[which]
    progress = locking.write(rules, state, record, _rule(step, refund))
    match progress.next:
        case locking.Next.WRITE:
            onward = Worker(step, progress.record, refund)
        case locking.Next.DONE:
            onward = _onward(rules, progress.record)
        case _:
            onward = Worker("done")
    return f"{step}: {progress.name}", progress.state.with_worker(which, onward)


def _without_message(state: State, which: int) -> State:
    for number in state.held_by(which):
        state = state.with_messages(number)
    return state


def unanswered(rules: Rules, state: State, which: int, limit: int) -> Steps:
    """Yield what follows if a component does not respond; the request had its effect or not, and the worker gives up.

    The ledger's adapter may also send a write again, and finds a conflict with its own first one.
    """
    step = state.workers[which].step
    if step in {"", "done"}:
        return

    def fail(state: State) -> State:
        hasty = step == "charge" and rules.without == "in doubt the gateway is asked again"
        if hasty:
            return state.with_worker(which, Worker("decline", state.workers[which].record))
        return give_back(state, which, limit)

    yield f"no effect of {step}", fail(state)
    for name, done in process(rules, state, which):
        yield f"{name}, but the answer is lost", fail(done)
        if step in WRITES and ledger.can_write(rules, state, state.workers[which].record):
            yield (
                f"{name}, but the answer is lost and it is sent again",
                done.with_worker(which, Worker(step, NO_RECORD, state.workers[which].refund)),
            )

"""Calls of ``BoxOffice.pay`` and ``cancel``, of ``Organiser.refund`` and of ``sweeper.publish``, step by step.

A refund reads the tickets together with the order: one that is refunded in between makes its write a conflict.

A call that is refused at once, or that finds nothing to do, changes nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.model import payment_gateway as gateway
from tests.model import payment_ledger as ledger
from tests.model import payment_locking as locking
from tests.model import payment_rules as rule
from tests.model.payment_locking import Next, Progress
from tests.model.payment_rules import Decision, Rule
from tests.model.payment_state import NO_RECORD, Call, Message, Record, Rules, State

Steps = Iterator[tuple[str, State]]

#: Behind these a refund goes on with what is to be cancelled or returned.
_SETTLING = frozenset({"start refund", "finish cancellation", "capture", "finish refund"})
#: Steps that write what a rule decides.
WRITES = frozenset({"start", "cancel", "start refund", "finish cancellation", "capture", "finish refund"})


def begin_pay(rules: Rules, state: State) -> Steps:
    """BoxOffice.pay loads the order.

    It has read the clock before, perhaps so much earlier that the deadline passed in between.
    """
    for is_late in {False, state.is_late}:
        call = Call("start", is_late=is_late)
        yield from _begin(rules, state._replace(pays=state.pays - 1), call)


def begin_cancel(rules: Rules, state: State) -> Steps:
    """BoxOffice.cancel loads the order.  The clock that it read before is not past the deadline, or it is refused."""
    if state.status == "reserved":
        yield from _begin(rules, state, Call("cancel"))


def begin_refund(rules: Rules, state: State) -> Steps:
    """Organiser.refund loads the order: of all its tickets, or of one if it has more."""
    for ticket in range(state.quantity + 1 if state.quantity > 1 else 1):
        yield from _begin(rules, state._replace(refunds=state.refunds - 1), Call("start refund", ticket=ticket))


def _begin(rules: Rules, state: State, call: Call) -> Steps:
    progress = locking.load(rules, state, _rule(call))
    if progress.next is not Next.REFUSED:
        clock = ", by its clock in time" if state.is_late and state.status == "reserved" and not call.is_late else ""
        ticket = f" of ticket {call.ticket}" if call.ticket else ""
        yield f"{call.step}{ticket}{clock}: {progress.name}", _go_on(progress, call)


def _rule(call: Call) -> Rule:
    def start(rules: Rules, record: Record) -> Decision | None:
        return rule.start(rules, record, is_late=call.is_late)

    def cancel(_rules: Rules, record: Record) -> Decision | None:
        return rule.cancel(record, is_late=call.is_late)

    known: dict[str, Rule] = {
        "start": start,
        "cancel": cancel,
        "start refund": partial(rule.start_refund, ticket=call.ticket),
        "finish cancellation": rule.finish_cancellation,
        "capture": rule.capture,
        "finish refund": partial(rule.finish_refund, refund=call.refund),
    }
    return known[call.step]


def _go_on(progress: Progress, call: Call) -> State:
    """Return the state once a call has loaded or written."""
    match progress.next, call.step:
        case Next.WRITE, _:
            return progress.state.with_call(call._replace(record=progress.record))
        case Next.DONE, "start":
            return progress.state.with_call(Call("pending"))
        case Next.DONE, _ if call.step in _SETTLING and progress.record.attempt == "cancelling":
            return progress.state.with_call(Call("cancel charge", progress.record))
        case Next.DONE, _ if call.step in _SETTLING and progress.record.returning.refund:
            return progress.state.with_call(Call("refund", progress.record, refund=progress.record.returning.refund))
        case _:
            return progress.state


def proceed(rules: Rules, state: State, which: int) -> Steps:
    """Yield a call's next step."""
    call, rest = state.calls[which], state.without_call(which)
    forgets_first = rules.without == "rows are forgotten once they are published"
    match call.step:
        case "pending":
            rows = state.outbox or (("unrecorded",) if rules.without == "a confirmation leaves a row" else ())
            onward = Call("sent" if forgets_first else "publish", rows=rows)
            yield f"outbox.pending: {len(rows)} rows", rest.with_call(onward) if rows else rest
        case "publish":
            yield "payment_queue.publish", published(rest, call, "" if forgets_first else "sent")
        case "sent":
            after = rest._replace(outbox=tuple(row for row in rest.outbox if row not in call.rows))
            yield "outbox.sent", after.with_call(call._replace(step="publish")) if forgets_first else after
        case "cancel charge":
            answer, after = gateway.cancel(rules, rest)
            onward = call._replace(step="capture" if answer == "approved" else "finish cancellation")
            yield f"payment_gateway.cancel: {answer}", after.with_call(onward)
        case "refund":
            after = gateway.refund(rules, rest, call.refund)
            yield f"payment_gateway.refund: {call.refund}", after.with_call(call._replace(step="finish refund"))
        case _:
            yield _write(rules, rest, call)


def _write(rules: Rules, rest: State, call: Call) -> tuple[str, State]:
    progress = locking.write(rules, rest, call.record, _rule(call))
    after = _go_on(progress, call)
    if call.is_late and call.record.status == "reserved" and progress.next is Next.DONE:
        after = after._replace(wronged="nothing is confirmed after its deadline")
    return f"{call.step}: {progress.name}", after


def published(state: State, call: Call, onward: str) -> State:
    """payment_queue.publish has its effect; the call goes on or not."""
    after = state._replace(queue=tuple(sorted([*state.queue, *[Message()] * len(call.rows)])))
    return after.with_call(call._replace(step=onward)) if onward else after


def unanswered(rules: Rules, state: State, which: int) -> Steps:
    """Yield what follows if a component does not respond; the request had its effect or not.

    The call ends with an error, but one whose refund has begun still publishes.  The ledger's adapter may also send a write
    again, and finds a conflict with its own first one.
    """
    call, rest = state.calls[which], state.without_call(which)
    settles = call.step in {"cancel charge", "finish cancellation", "capture", "refund", "finish refund"}

    def fail(state: State) -> State:
        return state.with_call(Call("pending")) if settles else state

    yield f"no effect of {call.step}", fail(rest)
    if call.step == "publish":
        yield "payment_queue.publish, but the answer is lost", published(rest, call, "")
    if call.step == "refund":
        yield "payment_gateway.refund, but the answer is lost", fail(gateway.refund(rules, rest, call.refund))
    if call.step == "cancel charge":
        yield "payment_gateway.cancel, but the answer is lost", fail(gateway.cancel(rules, rest)[1])
    if call.step in WRITES and ledger.can_write(rules, rest, call.record):
        progress = locking.write(rules, rest, call.record, _rule(call))
        yield f"{call.step}: {progress.name}, but the answer is lost", fail(progress.state)
        again = progress.state.with_call(call._replace(record=NO_RECORD))
        yield f"{call.step}: {progress.name}, but the answer is lost and it is sent again", again


def believed(state: State) -> State:
    """Return the state in which a payment is captured because a notice says so."""
    return state.with_call(Call("capture", ledger.load(state)))

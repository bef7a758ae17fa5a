"""``processing.work`` and ``processing.process`` step by step, from receiving a message until it is let go of."""

from __future__ import annotations

from collections.abc import Iterator

from tests.model import payment_ledger as ledger
from tests.model.payment_state import DEAD, READY, Message, Rules, State

Moves = Iterator[tuple[str, State]]

#: Steps at which another part is asked, which may be out of reach.
ASKING = {
    "charge": "payment_gateway.charge",
    "put": "files.put",
    "mail": "mailer.send",
    "refund": "payment_gateway.refund",
}


def receive(rules: Rules, state: State, which: int, limit: int) -> Moves:
    """An idle worker looks at the queue; what came back too often is given up."""
    for number in state.held_by(READY)[:1]:
        receives = state.queue[number].receives
        if receives >= limit:
            yield "payment_queue.receive: given up", state.messages(number, Message(DEAD, receives))
        elif rules.without == "a message is done after the work":
            yield "payment_queue.receive", state.messages(number).worker(which, "get")
        else:
            yield "payment_queue.receive", state.messages(number, Message(which, receives + 1)).worker(which, "get")


def give_back(state: State, which: int, limit: int) -> State:
    """processing._give_back, after the failure was noted."""
    for number in state.held_by(which):
        receives = state.queue[number].receives
        state = state.messages(number, Message(DEAD if receives >= limit else READY, receives))
    return state.worker(which, "")


def work(rules: Rules, state: State, which: int) -> Moves:
    """Yield a worker's next step; where the gateway decides, one for each answer."""
    match state.workers[which]:
        case "get":
            yield f"orders.get: {state.status}", state.worker(which, _after(state))
        case "charge":
            yield from _charge(rules, state, which)
        case "capture":
            after = ledger.capture(rules, state)
            yield f"orders.capture: {after.status}", after.worker(which, _after(after))
        case "decline":
            after = ledger.decline(state)
            yield f"orders.decline: {after.status}", after.worker(which, _after(after))
        case "return money":
            finishes = state.attempt == "refunding" and rules.without != "a worker finishes refunds"
            yield f"orders.attempt: {state.attempt}", state.worker(which, "refund" if finishes else "done")
        case "refund":
            yield "payment_gateway.refund", ledger.refund(rules, state).worker(which, "finish refund")
        case "finish refund":
            yield "orders.finish_refund", ledger.finish_refund(state).worker(which, "done")
        case "done":
            yield "payment_queue.done", _forget(state, which).worker(which, "")
        case step:
            yield from _fulfil(rules, state, which, step)


def _forget(state: State, which: int) -> State:
    for number in state.held_by(which):
        state = state.messages(number)
    return state


def _after(state: State) -> str:
    """Answer what ``process`` does next with the order as it was just read."""
    match state.status, state.cursor:
        case "processing", _:
            return "charge"
        case "paid", "issued":
            return "put"
        case "paid", "stored":
            return "mail"
        case _:
            return "return money"


def _charge(rules: Rules, state: State, which: int) -> Moves:
    for answer in ("approved", "declined"):
        if state.gateway.answer in {"", answer}:
            after = ledger.charge(rules, state, answer)
            if rules.without == "mail follows the sale" and answer == "approved":
                after = _mailed(after)
            onward = "capture" if answer == "approved" else "decline"
            yield f"payment_gateway.charge: {answer}", after.worker(which, onward)


def _fulfil(rules: Rules, state: State, which: int, step: str) -> Moves:
    match step:
        case "put":
            yield "files.put", state.worker(which, "advance stored")
        case "advance stored":
            after = ledger.advance(state, "stored")
            if rules.without == "the cursor moves behind the mail":
                after = ledger.advance(after, "delivered")
            mails = after.status == "paid" and (after.cursor == "stored" or bool(rules.without))
            yield f"orders.advance: {after.cursor}", after.worker(which, "mail" if mails else "return money")
        case "mail":
            yield "mailer.send", _mailed(state).worker(which, "advance delivered")
        case "advance delivered":
            after = ledger.advance(state, "delivered")
            yield f"orders.advance: {after.cursor}", after.worker(which, "return money")
        case _:
            return


def _mailed(state: State) -> State:
    early = "" if state.sets else "no mail is sent before the sale is recorded"
    return state._replace(mails=min(state.mails + 1, 2), wronged=early)


def unanswered(rules: Rules, state: State, which: int, limit: int) -> Moves:
    """Another part gives no answer: what was asked was done or not."""
    step = state.workers[which]
    if step not in ASKING:
        return

    def fail(state: State) -> State:
        hasty = step == "charge" and rules.without == "in doubt the gateway is asked again"
        return state.worker(which, "decline") if hasty else give_back(state, which, limit)

    yield f"{ASKING[step]} is not reached", fail(state)
    for told, done in work(rules, state, which):
        yield f"{told}, but the answer is lost", fail(done)

"""The delivery lane: ``delivering.deliver`` step by step, from claiming the tickets' mail until its outcome is written."""

from __future__ import annotations

from collections.abc import Iterator

from tests.model.payment_state import Rules, State

Steps = Iterator[tuple[str, State]]


def deliver(rules: Rules, state: State) -> Steps:
    """Yield the lane's next step.  A variant settles a mail before it sends it."""
    hasty = rules.without == "a mail is settled behind its sending"
    match state.lane:
        case "" if state.mail == "pending":
            yield "deliveries.claim", state._replace(mail="claimed", lane="load")
        case "" if state.mail == "claimed" and rules.without != "a lease ends":
            yield "the lease ends", state._replace(mail="pending")
        case "load" if state.status == "paid":
            yield "orders.get: paid", state._replace(lane="settle" if hasty else "send")
        case "load":
            yield f"orders.get: {state.status}", state._replace(lane="withdraw")
        case "send":
            yield "mailer.send", mailed(state)._replace(lane="" if hasty else "settle")
        case "settle":
            yield "deliveries.settle", _settled(state, "delivered")._replace(lane="send" if hasty else "")
        case "withdraw":
            yield "deliveries.withdraw", _settled(state, "")._replace(lane="")
        case _:
            return


def unanswered(rules: Rules, state: State) -> Steps:
    """Yield what follows if the mailer or the ledger does not respond; the request had its effect or not."""
    for name, done in deliver(rules, state):
        yield f"no effect of {name}", _postponed(state)
        yield f"{name}, but the answer is lost", _postponed(done)


def _postponed(state: State) -> State:
    return _settled(state, "pending")._replace(lane="")


def _settled(state: State, outcome: str) -> State:
    """Return the state with an outcome, unless the lease has ended."""
    return state._replace(mail=outcome) if state.mail == "claimed" else state


def mailed(state: State) -> State:
    early = "" if state.sets else "no mail is sent before the sale is recorded"
    return state._replace(mails=min(state.mails + 1, 2), wronged=early)

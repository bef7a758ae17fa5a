"""The gateway's part in a payment: it takes and returns the money of an attempt at most once."""

from __future__ import annotations

from tests.model.payment_state import Refund, Rules, State


def charge(rules: Rules, state: State, answer: str) -> State:
    """payment_gateway.charge reaches the gateway, which gives the same answer to an attempt every time.

    One that waits for the buyer says so until the buyer has decided (``decide``).
    """
    known = state.gateway.answer if rules.without != "the attempt is the gateway's key" else ""
    if known:
        return state
    charged = state.gateway.charges + (answer == "approved")
    return state._replace(gateway=state.gateway._replace(answer=answer, charges=min(charged, 2)))


def cancel(rules: Rules, state: State) -> tuple[str, State]:
    """payment_gateway.cancel reaches the gateway: what it has not charged it never will."""
    if state.gateway.answer == "approved":
        return "approved", state
    answer = state.gateway.answer if rules.without == "a cancelled charge is declined" else "declined"
    return "cancelled", state._replace(gateway=state.gateway._replace(answer=answer))


def decide(state: State, answer: str) -> State:
    """Return the state in which the buyer has paid at the gateway, or has declined to."""
    return state._replace(gateway=state.gateway._replace(answer=answer, charges=int(answer == "approved")))


def refund(rules: Rules, state: State, wanted: Refund) -> State:
    """payment_gateway.refund reaches the gateway, which returns money once under one key."""
    books = state.gateway
    is_known = any(each.key == wanted.key for each in books.returns)
    if not books.charges or (is_known and rules.without != "the money's way back has a key"):
        return state
    return state._replace(gateway=books._replace(returns=tuple(sorted([*books.returns, wanted])[:3])))

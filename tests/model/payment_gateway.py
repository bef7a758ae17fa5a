"""The gateway's part in a payment: it takes and returns the money of an attempt at most once."""

from __future__ import annotations

from tests.model.payment_state import Rules, State


def charge(rules: Rules, state: State, answer: str) -> State:
    """payment_gateway.charge reaches the gateway, which gives the same answer to an attempt every time."""
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


def refund(rules: Rules, state: State) -> State:
    """payment_gateway.refund reaches the gateway."""
    books = state.gateway
    once = rules.without != "the money's way back has a key"
    if not books.charges or (books.returns and once):
        return state
    return state._replace(gateway=books._replace(returns=min(books.returns + 1, 2)))

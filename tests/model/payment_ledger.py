"""The ledger's and the gateway's part in a payment, each verb one transaction."""

from __future__ import annotations

from tests.model.payment_state import PAYMENT, REFUND, REMINDER, Rules, State, moved


def start_payment(rules: Rules, state: State) -> State:
    """orders.start_payment: payment.start, the attempt and a row of the outbox."""
    repeated = state.status == "processing"
    if repeated and rules.without == "an order has one attempt":
        return _attempted(rules, state._replace(gateway=state.gateway._replace(answer="")))
    if state.late and rules.without != "a confirmation looks at the deadline":
        return state
    if state.status != "reserved" or state.cancelled:
        return state
    wronged = "nothing is confirmed after its deadline" if state.late else ""
    return _attempted(rules, moved(state, "processing"))._replace(wronged=wronged)


def _attempted(rules: Rules, state: State) -> State:
    rows = () if rules.without == "a confirmation leaves a row" else (PAYMENT,)
    return state._replace(attempt="pending", outbox=_with(state.outbox, rows))


def _with(outbox: tuple[str, ...], rows: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*outbox, *rows}))


def expire_due(rules: Rules, state: State) -> State:
    """orders.expire_due."""
    endable = ("reserved", "processing") if rules.without == "time never ends processing" else ("reserved",)
    return moved(state, "expired") if state.late and state.status in endable else state


def cancel(state: State) -> State:
    """orders.cancel."""
    return moved(state, "cancelled") if state.status == "reserved" and not state.late else state


def capture(rules: Rules, state: State) -> State:
    """orders.capture: payment.capture, and the tickets of a sale."""
    if state.attempt == "captured" and rules.without == "a repeated capture issues nothing":
        return state._replace(sets=state.sets + 1)
    if state.attempt not in {"pending", "declined"} and rules.without != "a capture looks at the attempt":
        return state
    if (
        state.status != "processing" or state.attempt == "declined"
    ) and rules.without != "a capture looks at the order":
        return state._replace(attempt="refunding")
    if state.cancelled and rules.without != "a capture looks at the event":
        return moved(state, "refunded")._replace(attempt="refunding")
    sold = moved(state, "paid")
    wronged = "nothing is sold of an event that was cancelled" if state.cancelled else sold.wronged
    return sold._replace(attempt="captured", cursor="issued", tickets="valid", sets=state.sets + 1, wronged=wronged)


def decline(state: State) -> State:
    """orders.decline: payment.decline."""
    if state.attempt != "pending" or state.status != "processing":
        return state
    return moved(state, "declined")._replace(attempt="declined")


def start_refund(rules: Rules, state: State) -> State:
    """orders.start_refund: payment.refund, the tickets void, and a row of the outbox."""
    if state.status != "paid":
        return state
    rows = () if rules.without == "a refund leaves a row" else (REFUND,)
    tickets = state.tickets if rules.without == "a refund makes the tickets void" else "void"
    return moved(state, "refunded")._replace(attempt="refunding", tickets=tickets, outbox=_with(state.outbox, rows))


def finish_refund(state: State) -> State:
    """orders.finish_refund."""
    return state._replace(attempt="refunded") if state.attempt == "refunding" else state


def advance(state: State, done: str) -> State:
    """orders.advance: one step at a time, and only while the order is paid."""
    before = {"stored": "issued", "delivered": "stored"}[done]
    return state._replace(cursor=done) if state.status == "paid" and state.cursor == before else state


def remind(state: State) -> State:
    """orders.remind: a row of the outbox for an order that needs work."""
    on_its_way = state.status == "paid" and state.cursor != "delivered"
    if state.status != "processing" and not on_its_way and state.attempt != "refunding":
        return state
    return state._replace(outbox=_with(state.outbox, (REMINDER,)))


def charge(rules: Rules, state: State, answer: str) -> State:
    """payment_gateway.charge reaches the gateway: it answers an attempt once, and the same ever after."""
    known = state.gateway.answer if rules.without != "the attempt is the gateway's key" else ""
    if known:
        return state
    charged = state.gateway.charges + (answer == "approved")
    return state._replace(gateway=state.gateway._replace(answer=answer, charges=min(charged, 2)))


def refund(rules: Rules, state: State) -> State:
    """payment_gateway.refund reaches the gateway: it returns the money of an attempt once."""
    books = state.gateway
    once = rules.without != "the money's way back has a key"
    if not books.charges or (books.returns and once):
        return state
    return state._replace(gateway=books._replace(returns=min(books.returns + 1, 2)))

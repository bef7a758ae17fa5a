"""The laws of a payment: some hold in every state, some once nothing more happens."""

from __future__ import annotations

from tests.model.payment_state import ATTEMPTS, HOLDING, State


def broken_law(state: State) -> str | None:
    """Return the first law that a state breaks."""
    books = state.gateway
    laws = {
        "an order is charged at most once": books.charges <= 1,
        "money is returned at most once": books.returned <= books.charges * state.quantity,
        "at most one set of tickets": state.sets <= 1,
        "no tickets without a charge": not state.valid or books.charges > 0,
        "never tickets and money": not state.valid or state.valid + books.returned <= state.quantity,
        "tickets go with a paid order": (state.valid > 0) == (state.status == "paid"),
        "held is the sum over the orders": state.held == state.quantity * (state.status in HOLDING),
        "sold is the sum over the orders": state.sold == state.valid,
        "time ends only what was not confirmed": state.status != "expired" or not state.attempt,
        "the attempt goes with its order": state.attempt in ATTEMPTS[state.status],
        "a paid order owes what is refunded": state.status != "paid"
        or state.returning.owed == state.quantity - state.valid,
    }
    return state.wronged or next((law for law, holds in laws.items() if not holds), None)


def broken_law_at_rest(state: State, *, is_down: bool) -> str | None:
    """Return the first law that a state breaks in which nothing more happens.

    A gateway that ``is_down`` for ever keeps its orders processing, with a dead letter that shows it; the letter stays if an
    admin gives the payment up.
    """
    if is_down and state.status == "processing":
        return None if state.queue else "an order that waits for the gateway has a dead letter"
    kept = state.gateway.charges * state.quantity - state.gateway.returned
    laws = {
        "no order is left half-way": state.status not in HOLDING,
        "a charged buyer has tickets or the money": kept == state.valid,
        "a buyer with tickets has the mail": state.status != "paid" or (state.mail == "delivered" and state.mails > 0),
        "no refund is left half-way": state.attempt not in {"cancelling", "refunding"},
        "no mail is left half-way": state.mail in {"", "delivered"},
        "the outbox is empty": not state.outbox,
        "the queue is empty": not state.queue or is_down,
    }
    return next((law for law, holds in laws.items() if not holds), None)

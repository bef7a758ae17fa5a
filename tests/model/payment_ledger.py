"""The ledger's part in a payment: load and write, and the set-based statements; each is one step."""

from __future__ import annotations

from tests.model.payment_rules import Decision
from tests.model.payment_state import HOLDING, NO_RECORD, POLL, REMINDER, TRANSITIONS, Record, Rules, State


def load(state: State) -> Record:
    """orders.load."""
    return Record(
        state.status,
        state.attempt,
        state.event_is_cancelled,
        is_current=True,
        quantity=state.quantity,
        refunded=state.refunded,
        returning=state.returning,
    )


def can_write(rules: Rules, state: State, record: Record) -> bool:
    """Return whether orders.write finds the row as the record has it, or else reports a conflict."""
    if not record.is_current and rules.without != "guarded by the revision":
        return False
    if record.event_is_cancelled != state.event_is_cancelled and rules.without != "guarded by the event's status":
        return False
    return record != NO_RECORD


def write(rules: Rules, state: State, record: Record, decision: Decision) -> State:
    """orders.write without a conflict: the row becomes what was decided, and all records of other processes are old.

    The places shift as ``decisions.place_shift`` says, by what the record was and what it becomes.
    """
    held, sold = place_shift(record, decision)
    after = state._replace(
        status=decision.status,
        attempt=decision.attempt,
        returning=decision.returning,
        refunded=tuple(sorted({*record.refunded, *decision.refunds})),
        valid=state.valid - decision.voids,
        held=state.held + held,
        sold=state.sold + sold,
        wronged=_wronged(state, decision),
    )
    if decision.issues_tickets:
        after = after._replace(valid=state.quantity, sets=state.sets + 1)
    if decision.asks_for_mail:
        after = after._replace(mail="pending")
    if decision.starts_attempt:
        after = after._replace(gateway=state.gateway._replace(answer=""))
    return forget_old_records(rules, _revised(_queued(after, decision.row)))


def record_after(record: Record, decision: Decision) -> Record:
    """OrderRecord.after."""
    return record._replace(
        status=decision.status,
        attempt=decision.attempt,
        is_current=True,
        refunded=tuple(sorted({*record.refunded, *decision.refunds})),
        returning=decision.returning,
    )


def _wronged(state: State, decision: Decision) -> str:
    if decision.status != state.status and decision.status not in TRANSITIONS[state.status]:
        return f"no order goes from {state.status} to {decision.status}"
    if state.event_is_cancelled and decision.status != state.status and decision.status in {"processing", "paid"}:
        act = "confirmed" if decision.status == "processing" else "sold"
        return f"nothing is {act} of an event that was cancelled"
    return ""


def place_shift(record: Record, decision: Decision) -> tuple[int, int]:
    """decisions.place_shift."""
    after = record_after(record, decision)
    return _held(after) - _held(record), _sold(after) - _sold(record)


def _held(record: Record) -> int:
    return record.quantity if record.status in HOLDING else 0


def _sold(record: Record) -> int:
    return record.quantity - len(record.refunded) if record.status == "paid" else 0


def _queued(state: State, row: str) -> State:
    return state._replace(outbox=tuple(sorted({*state.outbox, row}))) if row else state


def _revised(state: State) -> State:
    """Raise the row's revision: no record in any hand is current any more."""
    workers = tuple([worker._replace(record=_aged(worker.record)) for worker in state.workers])
    calls = tuple(sorted([call._replace(record=_aged(call.record)) for call in state.calls]))
    return state._replace(workers=workers, calls=calls)


def _aged(record: Record) -> Record:
    return record._replace(is_current=False) if record.is_current else record


def forget_old_records(rules: Rules, state: State) -> State:
    """Replace all records that can no longer be written by the one that stands for them."""

    def kept(record: Record) -> Record:
        return record if can_write(rules, state, record) else NO_RECORD

    workers = tuple([worker._replace(record=kept(worker.record)) for worker in state.workers])
    calls = tuple(sorted([call._replace(record=kept(call.record)) for call in state.calls]))
    return state._replace(workers=workers, calls=calls)


def cancel_event(rules: Rules, state: State) -> State:
    """events.change to ``cancelled``."""
    return forget_old_records(rules, state._replace(event_is_cancelled=True))


def expire_due(rules: Rules, state: State) -> State:
    """orders.expire_due: it reads and changes the row in one statement."""
    endable = ("reserved", "processing") if rules.without == "time never ends processing" else ("reserved",)
    if not state.is_late or state.status not in endable:
        return state
    expired = Decision("expired", state.attempt, state.returning)
    return write(rules, state, load(state), expired)


def remind(state: State) -> State:
    """orders.remind: a row of the outbox for an order that needs work; the order's revision stays."""
    needs_work = state.status == "processing" or state.attempt in {"cancelling", "refunding"}
    return _queued(state, REMINDER) if needs_work else state


def poll(state: State) -> State:
    """orders.poll: a row of the outbox for an order whose payment waits; the order's revision stays."""
    return _queued(state, f"{POLL} {state.hints}") if state.attempt == "waiting" else state

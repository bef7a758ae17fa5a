"""``optimistic_locking.change_record`` in steps: decide about a record in hand, write, and on a conflict load again."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from tests.model import payment_ledger as ledger
from tests.model.payment_rules import Rule, unchanged
from tests.model.payment_state import NO_RECORD, Record, Rules, State


class Next(Enum):
    """What becomes of a change: it has yet to be written, it is done, it is refused, or a variant gives it up."""

    WRITE = auto()
    DONE = auto()
    REFUSED = auto()
    GIVEN_UP = auto()


class Progress(NamedTuple):
    """One step of a change: its name, the state and the record after it, and what comes next."""

    name: str
    state: State
    record: Record
    next: Next


def load(rules: Rules, state: State, rule: Rule) -> Progress:
    """Load the order and ask the rule."""
    record = ledger.load(state)
    decision = rule(rules, record)
    if decision is None:
        return Progress(f"orders.load: {record}: refused", state, NO_RECORD, Next.REFUSED)
    outcome = Next.DONE if decision == unchanged(record) else Next.WRITE
    return Progress(f"orders.load: {record}", state, record, outcome)


def write(rules: Rules, state: State, record: Record, rule: Rule) -> Progress:
    """Write what the rule decides of the record; on a conflict, load the order again."""
    if not ledger.can_write(rules, state, record):
        if rules.without == "a conflict loads and decides again":
            return Progress("orders.write: conflict, given up", state, NO_RECORD, Next.GIVEN_UP)
        again = load(rules, state, rule)
        return again._replace(name=f"orders.write: conflict; {again.name}")
    decision = rule(rules, record)
    assert decision is not None, "a process that was refused has nothing to write"
    assert decision != unchanged(record), "a process that changes nothing has nothing to write"
    after = ledger.record_after(record, decision)
    return Progress(f"orders.write: {after}", ledger.write(rules, state, record, decision), after, Next.DONE)

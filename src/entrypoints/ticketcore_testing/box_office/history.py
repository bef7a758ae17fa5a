"""Base of the machine: the box office under test beside its model."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import attrs
from hypothesis import event as reached
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from ticketcore import Admitted, LiveEvent, Order, Refusal, TicketRecord
from ticketcore.domain.ids import EVENT_BYTES, SECRET_BYTES, EventId, OrderId, text_of
from ticketcore.domain.refusals import InvalidRequest, TicketNotAuthentic
from ticketcore_testing.box_office.harness import Harness, watch
from ticketcore_testing.box_office.laws import LAWS
from ticketcore_testing.box_office.model import Model

Result = LiveEvent | Order | Admitted | TicketRecord | Refusal

UNKNOWN_EVENT = EventId(text_of(bytes(EVENT_BYTES)))
UNKNOWN_ORDER = OrderId(text_of(bytes(SECRET_BYTES)))

_UNKNOWN = 6
#: An index, the newest first, so that short histories use a thing again; the last number stands for an unknown thing.
which = st.integers(0, _UNKNOWN)
MILLISECOND = timedelta(milliseconds=1)
#: The millisecond before a boundary, the boundary, and the millisecond after it.
around = st.sampled_from([-MILLISECOND, timedelta(0), MILLISECOND])


class History(RuleBasedStateMachine):
    """Base of the machine's rules.  Override ``new_harness``."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = self.new_harness()
        self.watched = watch(self.harness.box_office)
        self.box_office = self.watched.box_office
        self.organiser = self.watched.organiser
        self.ports = self.box_office.ports
        self.model = Model(self.ports.clock.now(), self.box_office.hold, self.ports.inventory.counts)
        self.numbers = count(1)

    def new_harness(self) -> Harness:
        """Return a new box office for each history, with nothing left of an earlier one."""
        raise NotImplementedError

    def event_id(self, which: int) -> EventId:
        known = list(self.model.events)
        return known[-1 - which % len(known)] if known and which < _UNKNOWN else UNKNOWN_EVENT

    def order_id(self, which: int) -> OrderId:
        known = list(self.model.orders)
        return known[-1 - which % len(known)] if known and which < _UNKNOWN else UNKNOWN_ORDER

    def expect(self, act: str, result: Result | str, expected: str) -> None:
        """Compare a result with that of the model."""
        word = result if isinstance(result, str) else summary(result)
        self.reach(f"{act}: {word.partition(' ')[0]}")
        assert word == expected, f"{act}: the box office returns {word!r}, the model {expected!r}"

    def reach(self, milestone: str) -> None:
        """Record a milestone for Hypothesis' statistics."""
        reached(milestone)

    def move(self, by: timedelta) -> None:
        """Let time pass; it never goes back."""
        if by > timedelta(0):
            self.harness.clock.move(by)
            self.model.move(by)

    def hold_the_laws(self) -> None:
        for law in LAWS:
            law(self.watched, self.model)


def summary(result: Result) -> str:
    """Return a result on one line, as the model does: a status, or a refusal's code with its facts or the faulty fields."""
    match result:
        case LiveEvent():
            return "changed"
        case Order():
            return result.status.value
        case Admitted():
            return f"{result.ticket.status.value}{' again' if result.is_repeated else ''}"
        case TicketRecord():
            return result.ticket.status.value
        case InvalidRequest(errors=faults):
            return " ".join([result.code, *(fault.field for fault in faults)])
        case Refusal():
            facts = () if isinstance(result, TicketNotAuthentic) else attrs.astuple(result)
            return " ".join([result.code, *map(str, facts)])

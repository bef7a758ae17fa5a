"""One history of a box office: what is tried, what is expected, and how both are told of an act."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from hypothesis import event as reached
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from ticketcore.domain.ids import EVENT_BYTES, SECRET_BYTES, EventId, OrderId, text_of
from ticketcore_testing.box_office.harness import Trial, watch
from ticketcore_testing.box_office.laws import LAWS
from ticketcore_testing.box_office.model import Model
from ticketcore_testing.box_office.outcomes import Answer, told

UNKNOWN_EVENT = EventId(text_of(bytes(EVENT_BYTES)))
UNKNOWN_ORDER = OrderId(text_of(bytes(SECRET_BYTES)))

_UNKNOWN = 6
#: The newest comes first, so that short histories meet again; the last number is for what does not exist.
which = st.integers(0, _UNKNOWN)
MILLISECOND = timedelta(milliseconds=1)
#: The last moment before a boundary, the boundary, and the first after it.
around = st.sampled_from([-MILLISECOND, timedelta(0), MILLISECOND])


class History(RuleBasedStateMachine):
    """What the rules of the machine act upon.  To test a box office, override ``new_trial``."""

    def __init__(self) -> None:
        super().__init__()
        self.trial = self.new_trial()
        self.watched = watch(self.trial.box_office)
        self.box_office = self.watched.box_office
        self.organiser = self.watched.organiser
        self.ports = self.box_office.ports
        self.model = Model(self.ports.clock.now(), self.box_office.hold, self.ports.inventory.counts)
        self.numbers = count(1)

    def new_trial(self) -> Trial:
        """Return what is tested, fresh for each history: nothing may be left of an earlier one."""
        raise NotImplementedError

    def event_id(self, which: int) -> EventId:
        known = list(self.model.events)
        return known[-1 - which % len(known)] if known and which < _UNKNOWN else UNKNOWN_EVENT

    def order_id(self, which: int) -> OrderId:
        known = list(self.model.orders)
        return known[-1 - which % len(known)] if known and which < _UNKNOWN else UNKNOWN_ORDER

    def heard(self, act: str, answer: Answer | str, expected: str) -> None:
        """Hold an answer against the model's."""
        word = answer if isinstance(answer, str) else told(answer)
        self.came_to(f"{act}: {word.partition(' ')[0]}")
        assert word == expected, f"{act}: the box office answers {word!r}, the model {expected!r}"

    def came_to(self, milestone: str) -> None:
        """Note how far histories come, for Hypothesis' statistics."""
        reached(milestone)

    def move(self, by: timedelta) -> None:
        """Let time pass; it never goes back."""
        if by > timedelta(0):
            self.trial.clock.move(by)
            self.model.move(by)

    def hold_the_laws(self) -> None:
        for law in LAWS:
            law(self.watched, self.model)

"""Base of a ledger's history: the ledgers, the time, and the events and orders so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.orders import Order
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Ledger
from ticketcore_testing.samples import MILLISECOND, NOW, begin_history, new_order_id

T = TypeVar("T")

HOLD = timedelta(minutes=15)
BEGIN = NOW + timedelta(hours=1)
#: When the sale of an event may start and end, and when its doors may open.
SALE_STARTS = NOW + HOLD / 3
SALE_ENDS = NOW + 2 * HOLD
DOORS = NOW + HOLD
UNKNOWN_EVENT = EventId("nowhere")

#: An index, the newest first, so that short histories use a thing again; the last one stands for an unknown thing.
which_one = st.integers(0, 8)
_UNKNOWN = 8
#: How long a reservation holds its places.
holds = st.sampled_from([HOLD, HOLD, 2 * HOLD, MILLISECOND])
#: The millisecond before a deadline, the deadline, and the millisecond after it.
around = st.sampled_from([-MILLISECOND, timedelta(), MILLISECOND])


def chosen(things: Sequence[T], which: int) -> T | None:
    return things[-1 - which % len(things)] if things and which < _UNKNOWN else None


class History(RuleBasedStateMachine):
    """One history over every ledger, with the same ids and times.

    ``event`` and ``order`` are those of the last step.
    """

    def __init__(self, open_ledgers: Callable[[], Mapping[str, Ledger]]) -> None:
        super().__init__()
        begin_history()  # Hypothesis takes a history for flaky whose outcome hangs on the order of random ids.
        self.ledgers = open_ledgers()
        self.now = NOW
        self.events: list[Event] = []
        self.orders: list[ReservationRequest] = []
        self.event = UNKNOWN_EVENT
        self.order = new_order_id()

    def all_return(self, call: Callable[[Ledger], T]) -> T:
        """Call every ledger and return the result of all of them."""
        return self.same({name: call(ledger) for name, ledger in self.ledgers.items()})

    def same(self, results: Mapping[str, T]) -> T:
        first = next(iter(results.values()))
        assert all(result == first for result in results.values()), results
        return first

    def event_id(self, which: int) -> EventId:
        event = chosen(self.events, which)
        self.event = event.id if event else UNKNOWN_EVENT
        return self.event

    def order_id(self, which: int) -> OrderId:
        wanted = chosen(self.orders, which)
        self.order = wanted.order_id if wanted else new_order_id()
        return self.order

    def known_order(self, which: int) -> Order | None:
        order_id = self.order_id(which)
        return self.all_return(lambda ledger: ledger.orders.get(order_id))

    def deadline(self, which: int) -> datetime:
        """Return the deadline of an order, or the current time."""
        wanted = chosen(self.orders, which)
        return wanted.expires_at if wanted else self.now

    @rule(which=which_one, past=around)
    def wait_for_a_deadline(self, which: int, past: timedelta) -> None:
        """Let time pass until a deadline, the millisecond before it or the one after it."""
        self.now = max(self.now, self.deadline(which) + past)

    @rule(moment=st.sampled_from([SALE_STARTS, SALE_ENDS, DOORS, BEGIN, BEGIN]), before=st.booleans())
    def wait_for_a_time_of_events(self, moment: datetime, before: bool) -> None:
        """Let time pass until sales start or end, doors open or events begin, or until the millisecond before."""
        self.now = max(self.now, moment - MILLISECOND if before else moment)

    @rule(step=st.sampled_from([MILLISECOND, HOLD / 3, 2 * HOLD]))
    def wait(self, step: timedelta) -> None:
        """Let time pass."""
        self.now += step

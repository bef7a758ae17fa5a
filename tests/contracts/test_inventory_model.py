"""The counter protocol under every mishap that it is made for: at rest the inventory agrees with the ledger.

Buyers take, reserve and end their orders; the settles that follow are delivered late, reordered, repeated or lost, callers
die, takes lapse, the counter is wiped and reconciled.  Variants with one rule changed show that the machine would notice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.contracts.ledgers import (
    MILLISECOND,
    NOW,
    event_of,
    memory_ledger,
    new_attempt,
    new_code,
    new_reservation,
    new_show,
    new_tickets,
    order_of,
)
from ticketcore.events import EventChange
from ticketcore.ids import EventId, OrderId
from ticketcore.orders import Change, OrderStatus
from ticketcore.ports import Inventory, Take, TooFew
from ticketcore.ports.inventory import FLIGHT
from ticketcore.reservation import Reservation
from ticketcore.stock import Stock
from ticketcore_memory import MemoryInventory

HOLD = 3 * FLIGHT
_which = st.integers(0, 99)


@attrs.frozen
class Settle:
    """A message to the counter that is under way."""

    order_id: OrderId
    stock: Stock | None
    keep: bool


class Counter(RuleBasedStateMachine):
    """One event of four places, its ledger and its counter.

    ``faulty`` tells whether something was lost since the last reconcile, which alone may leave the counter wrong at rest.
    On a calm day nothing is lost and nothing reconciled: a reconcile would hide what went wrong before it.
    """

    def __init__(self, new_inventory: Callable[[], Inventory]) -> None:
        super().__init__()
        self.inventory = new_inventory()
        self.ledger = memory_ledger()
        self.event_id = new_show().id
        self.now = NOW
        self.known: list[Reservation] = []
        self.taken: list[Reservation] = []
        self.under_way: list[Settle] = []
        self.faulty = False
        self.calm = False
        self.ledger.events.add(attrs.evolve(new_show(4), id=self.event_id))
        self.reconcile()

    @initialize(calm=st.booleans())
    def begin(self, calm: bool) -> None:
        self.calm = calm

    def teardown(self) -> None:
        self.rest(backwards=True)

    def row(self) -> Stock:
        return event_of(self.ledger, self.event_id).stock

    def follow(self, change: object) -> None:
        """Send the counter what a decision of the ledger changed, if it changed anything."""
        if isinstance(change, Change):
            order = change.order
            self.under_way.append(Settle(order.id, change.stock, order.status is OrderStatus.RESERVED))

    # Buyers

    @rule(quantity=st.integers(1, 3))
    def take(self, quantity: int) -> None:
        """Somebody wants places: too few are an answer, all else goes on to the ledger."""
        wanted = attrs.evolve(new_reservation(new_show(), quantity, self.now + HOLD), event_id=self.event_id)
        self.known.append(wanted)
        self._take(wanted)

    @precondition(lambda self: self.known)
    @rule(which=_which)
    def take_again(self, which: int) -> None:
        """A client that heard no answer sends its request again."""
        self._take(self.known[which % len(self.known)])

    def _take(self, wanted: Reservation) -> None:
        if not isinstance(self.inventory.take(wanted, self.now), TooFew):
            self.taken.append(wanted)

    @precondition(lambda self: self.taken)
    @rule(which=_which)
    def reserve(self, which: int) -> None:
        """The ledger decides, and a settle is on its way: the order's, or else one that gives the take back."""
        wanted = self.taken.pop(which % len(self.taken))
        outcome = self.ledger.orders.reserve(wanted, self.now)
        if isinstance(outcome, Change) and outcome.stock:
            self.follow(outcome)
        else:
            keep = isinstance(outcome, Change) and outcome.order.status is OrderStatus.RESERVED
            self.under_way.append(Settle(wanted.order_id, self.row(), keep))

    @precondition(lambda self: self.taken)
    @rule(which=_which)
    def die(self, which: int) -> None:
        """A caller dies between its take and the ledger."""
        self.taken.pop(which % len(self.taken))

    @precondition(lambda self: self.known)
    @rule(which=_which, end=st.sampled_from(["cancel", "sell", "decline", "refund"]))
    def end(self, which: int, end: str) -> None:
        """An order goes on, if it can."""
        order_id = self.known[which % len(self.known)].order_id
        if self.ledger.orders.get(order_id) is None:
            return
        if end == "cancel":
            self.follow(self.ledger.orders.cancel(order_id, self.now))
        elif end == "refund":
            self.follow(self.ledger.orders.start_refund(order_id, self.now))
        else:
            self._pay(order_id, approved=end == "sell")

    def _pay(self, order_id: OrderId, *, approved: bool) -> None:
        order = order_of(self.ledger, order_id)
        self.ledger.orders.start_payment(new_attempt(order), self.now)
        attempt = self.ledger.orders.attempt(order_id)
        if attempt is None:
            return
        if approved:
            self.follow(self.ledger.orders.capture(attempt.id, new_tickets(order), new_code(), self.now))
        else:
            self.follow(self.ledger.orders.decline(attempt.id, self.now))

    @rule()
    def expire(self) -> None:
        """Somebody sweeps."""
        for change in self.ledger.orders.expire_due(self.event_id, self.now, 100):
            self.follow(change)

    @precondition(lambda self: not self.calm)
    @rule(capacity=st.integers(1, 6))
    def change_capacity(self, capacity: int) -> None:
        """An admin adds or removes places, and the counter is reconciled."""
        self.ledger.events.change(self.event_id, EventChange(capacity=capacity), None)
        self.reconcile()

    # The way to the counter

    @precondition(lambda self: self.under_way)
    @rule(which=_which, stays=st.booleans())
    def deliver(self, which: int, stays: bool) -> None:
        """Any settle under way arrives; it may arrive again."""
        settle = self.under_way[which % len(self.under_way)]
        if not stays:
            self.under_way.remove(settle)
        self._settle(settle)

    def _settle(self, settle: Settle) -> None:
        self.inventory.settle(self.event_id, settle.order_id, settle.stock, keep=settle.keep)

    @precondition(lambda self: self.under_way and not self.calm)
    @rule(which=_which)
    def lose(self, which: int) -> None:
        """A settle never arrives."""
        self.under_way.pop(which % len(self.under_way))
        self.faulty = True

    @precondition(lambda self: not self.calm)
    @rule()
    def wipe(self) -> None:
        """The counter is lost."""
        self.inventory.drop(self.event_id)
        self.faulty = True

    @precondition(lambda self: not self.calm)
    @rule()
    def reconcile(self) -> None:
        """Somebody sets the counter to the row, under its lock."""
        with self.ledger.events.locked(self.event_id) as event:
            assert event is not None
            self.inventory.reset(event.stock, self.now)
        self.faulty = False

    # Time and rest

    @rule(step=st.sampled_from([MILLISECOND, FLIGHT - MILLISECOND, FLIGHT, HOLD]))
    def wait(self, step: timedelta) -> None:
        """Time passes, to just before or just at what ends."""
        self.now += step

    @rule(backwards=st.booleans())
    def rest(self, backwards: bool) -> None:
        """Every caller comes to an end, every settle arrives, every take in flight lapses: the counter is right."""
        while self.taken:
            self.reserve(0)
        for settle in reversed(self.under_way) if backwards else self.under_way:
            self._settle(settle)
        self.under_way.clear()
        self.now += FLIGHT
        if not self.faulty:
            self.agree()
        self.reconcile()
        self.agree()

    def agree(self) -> None:
        shown = self.inventory.available([self.event_id], self.now)
        assert shown == {self.event_id: self.row().available}

    @invariant()
    def is_never_below_0(self) -> None:
        assert min(self.inventory.available([self.event_id], self.now).values(), default=0) >= 0

    @invariant()
    def the_ledger_is_conserved(self) -> None:
        audit = self.ledger.events.audit(self.event_id)
        assert audit is not None
        assert audit.is_conserved


def machine_over(new_inventory: Callable[[], Inventory]) -> type[Counter]:
    """Answer the machine of one adapter."""

    class Machine(Counter):
        def __init__(self) -> None:
            super().__init__(new_inventory)

    return Machine


#: A cluster runs the scripts of a server, an order of magnitude slower.
EXAMPLES = {"memory": 200, "redis": 60, "redis-cluster": 15}
SETTINGS = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# A control need only be caught: its example is not made small, and the same ones are tried in every run.
CONTROL = settings(
    SETTINGS,
    max_examples=1000,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    print_blob=False,
)


def test_the_counter_agrees_with_the_ledger_at_rest(
    new_inventory: Callable[[], Inventory], request: pytest.FixtureRequest
) -> None:
    """Without faults whatever the order of events, and after a reconcile whatever happened."""
    examples = EXAMPLES[request.node.callspec.params["new_inventory"]]
    run_state_machine_as_test(machine_over(new_inventory), settings=settings(SETTINGS, max_examples=examples))


# Controls: the protocol with one rule changed.


def flying(inventory: MemoryInventory, event_id: EventId) -> dict[OrderId, int]:
    """Answer the places of each take in flight."""
    counter = inventory._counters.get(event_id)
    return {order_id: flight.quantity for order_id, flight in counter.flights.items()} if counter else {}


def correct(inventory: MemoryInventory, event_id: EventId, places: int) -> None:
    """Move the counter, if there is one, away from what the protocol made of it."""
    counter = inventory._counters.get(event_id)
    if counter:
        counter.available += places


class EndGivesNothingBack(MemoryInventory):
    """A settle ends its take and keeps the places."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        correct(self, event_id, -flying(self, event_id).get(order_id, 0))
        super().settle(event_id, order_id, stock, keep=keep)


class VersionsAreIgnored(MemoryInventory):
    """A settle is followed however old it is."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        if counter:
            counter.version = 0
        super().settle(event_id, order_id, stock, keep=keep)


class FollowForgetsFlights(MemoryInventory):
    """A settle sets the counter to the ledger's places as if nothing else were in flight."""

    def settle(self, event_id: EventId, order_id: OrderId, stock: Stock | None, *, keep: bool) -> None:
        counter = self._counters.get(event_id)
        follows = counter is not None and stock is not None and stock.version >= counter.version
        super().settle(event_id, order_id, stock, keep=keep)
        if follows:
            correct(self, event_id, sum(flying(self, event_id).values()))


class LapseKeepsThePlaces(MemoryInventory):
    """A take that lapses does not give its places back."""

    def _lapse(self, event_id: EventId, now: datetime) -> None:
        counter = self._counters.get(event_id)
        if counter:
            for order_id in [each for each, flight in counter.flights.items() if flight.lapses_at <= now]:
                del counter.flights[order_id]

    def take(self, wanted: Reservation, now: datetime) -> Take:
        self._lapse(wanted.event_id, now)
        return super().take(wanted, now)

    def available(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, int]:
        for event_id in event_ids:
            self._lapse(event_id, now)
        return super().available(event_ids, now)


class ResetForgetsFlights(MemoryInventory):
    """A reconcile counts places as free that are in flight, and they are given back once more."""

    def reset(self, stock: Stock, now: datetime) -> int | None:
        drift = super().reset(stock, now)
        correct(self, stock.event_id, sum(flying(self, stock.event_id).values()))
        return drift


@pytest.mark.parametrize(
    "broken",
    [EndGivesNothingBack, VersionsAreIgnored, FollowForgetsFlights, LapseKeepsThePlaces, ResetForgetsFlights],
)
def test_a_protocol_with_one_rule_changed_is_caught(broken: Callable[[], Inventory]) -> None:
    """Each rule is needed, and the machine would notice if an adapter had it not."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine_over(broken), settings=CONTROL)

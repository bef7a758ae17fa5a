"""Reserving: the counter refuses early, the ledger decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from tests.use_cases.harness import BUYER, HOLD, MILLISECOND, Office, office
from ticketcore import NO_LIMIT, EventChange, Order, OrderStatus, Refusal, accepted
from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.orders import Change
from ticketcore.domain.refusals import (
    EventNotFound,
    IdempotencyConflict,
    InvalidRequest,
    SalesClosed,
    SalesNotOpen,
    SoldOut,
)
from ticketcore.domain.reservations import ReservationRequest, ReserveRefusal
from ticketcore.ports import Counter, Due, Inventory, Take, Taken
from ticketcore_memory import MemoryEvents, MemoryInventory, MemoryOrders, NoInventory, VirtualClock
from ticketcore_testing.samples import CUSTOMER, OPEN, free_places

KEY = "a secret of the buyer's"


@attrs.define(eq=False)
class UnreachableInventory(MemoryInventory):
    """A counter that is always unavailable."""

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        raise Unavailable("inventory", "down")

    def sync(self, event_id: EventId, order_id: OrderId, availability: Availability | None, *, keep: bool) -> None:
        raise Unavailable("inventory", "down")

    def reset(self, availability: Availability, terms: SaleTerms, now: datetime) -> int | None:
        raise Unavailable("inventory", "down")

    def counters(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, Counter]:
        raise Unavailable("inventory", "down")


@pytest.fixture(params=[MemoryInventory, NoInventory, UnreachableInventory], ids=lambda kind: kind.__name__)
def place(request: pytest.FixtureRequest) -> Office:
    """Return an office of ten places for each kind of counter, one that is down among them."""
    kind: type[Inventory] = request.param
    return office(10, inventory=kind())


def test_a_reservation_takes_its_places_from_availability_at_once(place: Office) -> None:
    """Reserved places are gone from live availability before the payment."""
    place.reserve(4)

    assert place.available == 6


@pytest.mark.parametrize(
    "too_late",
    [
        lambda place, order_id: place.box_office.pay(order_id, "tok_approved"),
        lambda place, order_id: place.box_office.cancel(order_id),
        lambda place, order_id: place.organiser.refund(order_id),
    ],
    ids=["pay", "cancel", "refund"],
)
def test_what_came_too_late_keeps_no_place(too_late: Callable[[Office, OrderId], object]) -> None:
    """A buyer who needs the places skips an order that is locked, although the counter reports it as due only once."""
    place = office(1, inventory=MemoryInventory())
    order = place.reserve()
    place.clock.move(HOLD)
    later = ReservationRequest(OrderId("later"), place.event_id, BUYER, 1, place.clock.now() + HOLD, CUSTOMER)
    assert place.box_office.ports.inventory.take(later, place.clock.now()) == Due()

    assert isinstance(too_late(place, order.id), Refusal)

    place.reserve()
    place.check()


def test_a_reservation_ends_exactly_when_its_time_is_over(place: Office) -> None:
    """An order is reserved one millisecond before its deadline and expired at it, even before a sweep."""
    order = place.reserve(10)

    place.clock.move(HOLD - MILLISECOND)
    assert place.order(order).status is OrderStatus.RESERVED
    place.clock.move(MILLISECOND)
    assert place.order(order).status is OrderStatus.EXPIRED


def test_the_next_buyer_gets_places_that_are_due(place: Office) -> None:
    """A sold-out event sells again at the deadline of a reservation, even before a sweep."""
    place.reserve(10)
    assert place.box_office.reserve(place.event_id, 1, BUYER) == SoldOut(0)

    place.clock.move(HOLD)
    place.reserve(7)

    assert place.available == 3


def test_sold_out_tells_how_many_places_are_left(place: Office) -> None:
    """Asking for more than is free is refused with the number that is."""
    place.reserve(8)

    assert place.box_office.reserve(place.event_id, 3, BUYER) == SoldOut(2)


@attrs.define(eq=False)
class ReadSlowly(MemoryInventory):
    """A counter that time passes in front of; it counts the takes that subtracted something."""

    clock: VirtualClock = attrs.field(factory=VirtualClock)
    taken: int = 0

    def take(self, wanted: ReservationRequest, now: datetime) -> Take:
        self.clock.move(MILLISECOND)
        taken = super().take(wanted, now)
        self.taken += taken == Taken()
        return taken


@pytest.mark.parametrize(("early", "taken"), [(0, 1), (1, 0)])
def test_counter_and_ledger_judge_a_sale_by_one_time(early: int, taken: int) -> None:
    """An order that came before the start takes nothing from the counter, although the sale starts on its way there."""
    counter = ReadSlowly()
    place = office(10, inventory=counter)
    counter.clock = place.clock
    starts_at = place.clock.now() + early * MILLISECOND
    place.organiser.change_event(place.event_id, EventChange(sale_starts_at=starts_at))

    outcome = place.box_office.reserve(place.event_id, 1, BUYER)

    assert isinstance(outcome, Order) if taken else outcome == SalesNotOpen(starts_at, "UTC")
    assert counter.taken == taken


def test_an_order_that_was_reserved_in_time_is_paid_after_the_sale(place: Office) -> None:
    """The end of a sale ends no reservation, also for a counter, and the idempotency key still finds the order."""
    order = place.reserve(2, KEY)
    ended = EventChange(sale_ends_at=place.clock.now())
    accepted(place.organiser.change_event(place.event_id, ended))

    assert place.box_office.reserve(place.event_id, 1, BUYER) == SalesClosed("ended")
    assert place.box_office.reserve(place.event_id, 2, BUYER, KEY) == order
    assert place.pay(order).status is OrderStatus.PAID
    assert place.available == 8


def test_an_event_whose_sale_has_not_started_or_has_ended_is_listed(place: Office) -> None:
    """It is on sale by its status and has not begun."""
    now = place.clock.now()
    for change in (EventChange(sale_starts_at=now + HOLD), EventChange(sale_starts_at=NO_LIMIT, sale_ends_at=now)):
        accepted(place.organiser.change_event(place.event_id, change))
        assert [live.event.id for live in accepted(place.box_office.list_events()).items] == [place.event_id]


def test_an_unknown_event_is_refused(place: Office) -> None:
    """Nothing can be reserved of an event that does not exist."""
    assert place.box_office.reserve(EventId(""), 1, BUYER) == EventNotFound()


def test_an_event_that_has_begun_sells_nothing(place: Office) -> None:
    """Sales close at the event's own date, to the millisecond."""
    place.clock.move(timedelta(days=30) - MILLISECOND)
    place.reserve()
    place.clock.move(MILLISECOND)

    assert place.box_office.reserve(place.event_id, 1, BUYER) == SalesClosed("begun")
    assert place.available == 9


@pytest.mark.parametrize(("quantity", "email"), [(0, BUYER), (-1, BUYER), (1001, BUYER), (11, BUYER), (1, "ann")])
def test_a_faulty_reservation_changes_nothing(place: Office, quantity: int, email: str) -> None:
    """Quantities out of bounds and texts that are no address are refused and hold no places."""
    assert isinstance(place.box_office.reserve(place.event_id, quantity, email), InvalidRequest | SoldOut)
    assert place.available == 10


def test_the_same_key_is_the_same_order(place: Office) -> None:
    """A retry with its idempotency key returns the first order and takes no more places."""
    first = place.reserve(3, key=KEY)

    assert place.reserve(3, key=KEY) == first
    assert place.available == 7


def test_a_retry_of_a_won_reservation_never_hears_sold_out(place: Office) -> None:
    """The retry returns the order although the event has sold out since."""
    first = place.reserve(10, key=KEY)

    assert place.reserve(10, key=KEY) == first


def test_another_order_under_the_same_key_is_a_conflict(place: Office) -> None:
    """A key that was used for another quantity is refused and changes nothing."""
    place.reserve(3, key=KEY)

    assert place.box_office.reserve(place.event_id, 2, BUYER, KEY) == IdempotencyConflict()
    assert place.available == 7


@pytest.mark.parametrize("email", ["bob@example.com", BUYER.capitalize()])
def test_the_same_key_of_another_buyer_is_a_conflict(place: Office, email: str) -> None:
    """The key alone names the order; another address under it is another body, also if only its case differs."""
    place.reserve(1, key=KEY)

    assert place.box_office.reserve(place.event_id, 1, email, KEY) == IdempotencyConflict()
    assert place.available == 9


def test_a_repetition_is_told_from_the_first_request(place: Office) -> None:
    """A placed order says whether an earlier request placed it; a request without a key never repeats one."""
    placed = [accepted(place.box_office.place_order(place.event_id, 1, BUYER, KEY)) for _ in range(2)]
    others = [accepted(place.box_office.place_order(place.event_id, 1, BUYER)) for _ in range(2)]

    assert [each.is_replayed for each in (*placed, *others)] == [False, True, False, False]
    assert placed[0].order == placed[1].order


def test_a_concurrent_repetition_is_told_from_the_first_request(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that finds the order only when it places it has repeated another one, too."""
    place.box_office.place_order(place.event_id, 1, BUYER, KEY)
    monkeypatch.setattr(type(place.box_office.ports.orders), "get", lambda *_: None)

    assert accepted(place.box_office.place_order(place.event_id, 1, BUYER, KEY)).is_replayed


@pytest.mark.parametrize("key", ["", "k", "x" * 15, "x" * 256, "x" * 15 + "é", "x" * 16 + "\n", 16, b"x" * 16])
def test_a_key_that_could_be_guessed_is_refused(place: Office, key: Any) -> None:
    """A key is a secret of 16 to 255 printable characters; no other one reserves anything."""
    refusal = place.box_office.reserve(place.event_id, 1, BUYER, key)

    assert isinstance(refusal, InvalidRequest)
    assert [fault.field for fault in refusal.errors] == ["idempotency_key"]
    assert place.available == 10


@pytest.mark.parametrize("key", ["x" * 16, "x" * 255, '0f 1e,2d;3c="4b"\\5a'])
def test_any_printable_key_of_the_right_length_is_taken(place: Office, key: str) -> None:
    """The bounds belong to the allowed lengths."""
    assert place.reserve(1, key=key) == place.reserve(1, key=key)


def test_cancelling_gives_the_places_back(place: Office) -> None:
    """A cancelled reservation's places are free at once, and cancelling again changes nothing."""
    order = place.reserve(4)

    for _ in range(2):
        cancelled = place.box_office.cancel(order.id)
        assert isinstance(cancelled, Order)
        assert cancelled.status is OrderStatus.CANCELLED
    assert place.available == 10


def test_a_counter_that_was_wiped_is_made_again_by_the_next_buyer() -> None:
    """Losing the counter loses neither a place nor a sale."""
    inventory = MemoryInventory()
    place = office(10, inventory=inventory)
    place.reserve(4)

    inventory.drop(place.event_id)
    place.reserve(4)

    place.check()
    assert place.available == 2


def test_a_counter_that_is_too_high_costs_only_a_refusal() -> None:
    """The ledger refuses a request that a wrong counter accepts, and the counter is right afterwards."""
    inventory = MemoryInventory()
    place = office(10, inventory=inventory)
    place.reserve(10)

    inventory.reset(Availability(place.event_id, 99, 10), OPEN, place.clock.now())

    assert place.box_office.reserve(place.event_id, 1, BUYER) == SoldOut(0)


def test_a_buyer_who_dies_between_counter_and_ledger_gives_back_by_itself() -> None:
    """A take that no sync followed lapses after five seconds."""
    inventory = MemoryInventory()
    place = office(10, inventory=inventory)
    wanted = ReservationRequest(OrderId("dead"), place.event_id, BUYER, 10, place.clock.now() + HOLD, CUSTOMER)
    inventory.take(wanted, place.clock.now())
    assert place.box_office.reserve(place.event_id, 1, BUYER) == SoldOut(0)

    place.clock.move(timedelta(seconds=5))

    place.reserve(10)
    place.check()


# The ledger away


@attrs.define(eq=False)
class Away(MemoryOrders):
    """Orders of a ledger that cannot be reached, before or after it has done what was asked, while ``fails``."""

    commits: bool = False
    fails: bool = True
    meanwhile: Callable[[], object] = lambda: None

    def reserve(self, wanted: ReservationRequest, now: datetime) -> Change | ReserveRefusal:
        if not self.fails:
            return super().reserve(wanted, now)
        if self.commits:
            super().reserve(wanted, now)
        self.meanwhile()
        raise Unavailable("ledger", "down")

    def expire_due(self, event_id: EventId | None, now: datetime, limit: int) -> Sequence[Change]:
        if self.fails:
            raise Unavailable("ledger", "down")
        return super().expire_due(event_id, now, limit)


@attrs.define(eq=False)
class AwayEvents(MemoryEvents):
    """Events of the same ledger."""

    orders: Away = attrs.field(kw_only=True)

    def get(self, event_id: EventId) -> Event | None:
        if self.orders.fails:
            raise Unavailable("ledger", "down")
        return super().get(event_id)

    def check(self) -> None:
        if self.orders.fails:
            raise Unavailable("ledger", "down")


def away(place: Office) -> Away:
    """Replace the ledger of an office by one that is away."""
    events = place.box_office.ports.events
    assert isinstance(events, MemoryEvents)
    orders = Away(events._ledger)
    lost = AwayEvents(events._ledger, orders=orders)
    place.box_office.ports = place.box_office.ports.replacing(orders=orders, events=lost)
    return orders


def counted(place: Office) -> int | None:
    return free_places(place.box_office.ports.inventory, [place.event_id], place.clock.now()).get(place.event_id)


@pytest.mark.parametrize("commits", [False, True], ids=["before it committed", "after it committed"])
def test_a_take_whose_ledger_is_away_is_given_back_at_once(commits: bool) -> None:
    """Every buyer hears that the service is unavailable, none that it is sold out, and no place is gone meanwhile."""
    place = office(10, inventory=MemoryInventory())
    ledger = away(place)
    ledger.commits = commits
    for _ in range(3):
        with pytest.raises(Unavailable):
            place.box_office.reserve(place.event_id, 10, BUYER, None if commits else KEY)
        assert counted(place) == 10
        ledger.commits = False

    ledger.fails = False
    place.box_office.sweep()
    place.check()
    if not commits:
        place.reserve(10, key=KEY)
    assert place.available == 0


def test_a_reservation_whose_answer_was_lost_is_not_sold_again() -> None:
    """The counter has its places too many until the next sync; the ledger refuses, and the retry gets its order."""
    place = office(10, inventory=MemoryInventory())
    ledger = away(place)
    ledger.commits = True
    with pytest.raises(Unavailable):
        place.box_office.reserve(place.event_id, 7, BUYER, KEY)
    ledger.fails = False

    assert counted(place) == 10
    assert place.box_office.reserve(place.event_id, 4, BUYER) == SoldOut(3)
    assert counted(place) == 3
    assert place.reserve(7, key=KEY).quantity == 7
    place.check()


def test_reservations_that_are_due_are_not_forgotten_while_the_ledger_is_away() -> None:
    """Buyers who need their places hear that the service is unavailable, and get them once it is back."""
    place = office(10, inventory=MemoryInventory())
    place.reserve(10)
    place.clock.move(HOLD)
    ledger = away(place)
    for _ in range(3):
        with pytest.raises(Unavailable):
            place.box_office.reserve(place.event_id, 1, BUYER)

    ledger.fails = False
    place.reserve(10)
    place.check()


def test_takes_that_wait_for_a_ledger_make_no_buyer_hear_sold_out() -> None:
    """A take that hangs in a ledger that is away may come back: whether it is sold out cannot be known."""
    place = office(10, inventory=MemoryInventory())
    ledger = away(place)
    heard: list[str] = []

    def another_buyer() -> None:
        try:
            heard.append(type(place.box_office.reserve(place.event_id, 1, BUYER)).__name__)
        except Unavailable:
            heard.append("unavailable")

    ledger.meanwhile = another_buyer
    with pytest.raises(Unavailable):
        place.box_office.reserve(place.event_id, 10, BUYER)

    assert heard == ["unavailable"]


def test_places_that_are_about_to_be_taken_are_sold_out() -> None:
    """While the ledger can be reached, a take in flight counts; and without one, nothing is asked of the ledger."""
    place = office(10, inventory=MemoryInventory())
    ledger = away(place)
    ledger.fails = False
    inventory = place.box_office.ports.inventory
    inventory.take(
        ReservationRequest(OrderId("other"), place.event_id, BUYER, 10, place.clock.now() + HOLD, CUSTOMER),
        place.clock.now(),
    )
    assert place.box_office.reserve(place.event_id, 1, BUYER) == SoldOut(0)

    inventory.sync(place.event_id, OrderId("other"), Availability(place.event_id, 9, 0), keep=True)
    ledger.fails = True
    assert place.box_office.reserve(place.event_id, 1, BUYER) == SoldOut(0)

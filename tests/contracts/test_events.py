"""What the port of events promises, over every ledger."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest

from tests.contracts.ledgers import (
    DEADLINE,
    MILLISECOND,
    NOW,
    SHOWTIME,
    STRANGE_IDS,
    TEXTS,
    Ledger,
    add_show,
    all_about,
    audit_of,
    event_of,
    expire,
    label,
    new_reservation,
    new_show,
    nothing_changes,
    order_in,
    order_of,
    reserve,
)
from ticketcore.events import MAX_CAPACITY, MAX_PRICE, Event, EventChange, EventFilter, EventStatus
from ticketcore.ids import EventId, text_of
from ticketcore.money import Currency, Money
from ticketcore.orders import OrderStatus
from ticketcore.refusals import CapacityInUse, EventNotFound, Fault, InvalidRequest, StaleVersion
from ticketcore.stock import Audit

NOBODY = EventId("aaaaaaaaaaaaaaaaaaaa")
ALL = EventFilter()


# add, get


def test_an_added_event_is_answered_as_it_was_given(ledger: Ledger) -> None:
    """Every field of a new event comes back."""
    event = attrs.evolve(new_show(7, name="Othello", price=Money(1, Currency("JPY"))), location="Leeds")
    ledger.events.add(event)
    assert ledger.events.get(event.id) == event


def test_adding_the_same_id_again_changes_nothing(ledger: Ledger) -> None:
    """A second event of the same id is not recorded, not even when the first has orders."""
    event = add_show(ledger, new_show(5))
    order = reserve(ledger, event, 2)
    with nothing_changes(ledger, order):
        ledger.events.add(event)
        ledger.events.add(attrs.evolve(event, name="Another", capacity=99))


@pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
def test_an_unknown_event_is_none(ledger: Ledger, strange: str) -> None:
    """Any text may be asked for, and only the ids of events have one."""
    add_show(ledger, new_show())
    assert ledger.events.get(EventId(strange)) is None
    assert ledger.events.audit(EventId(strange)) is None


@pytest.mark.parametrize("text", TEXTS, ids=label)
def test_text_comes_back_letter_by_letter(ledger: Ledger, text: str) -> None:
    """Quotes, scripts and emoji are kept as they are."""
    event = add_show(ledger, attrs.evolve(new_show(name=text), location=text))
    assert event_of(ledger, event.id) == event


@pytest.mark.parametrize("minor", [0, 1, 2**31, MAX_PRICE])
@pytest.mark.parametrize("code", ["BRL", "JPY", "KWD", "CLF"])
def test_a_price_comes_back_to_the_last_unit(ledger: Ledger, minor: int, code: str) -> None:
    """Money of any size and any number of decimals is exact."""
    event = add_show(ledger, new_show(price=Money(minor, Currency(code))))
    assert event_of(ledger, event.id).price == Money(minor, Currency(code))


@pytest.mark.parametrize(
    "date",
    [
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 0, 0, 1_000, tzinfo=UTC),
        datetime(9999, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(2027, 5, 1, 20, 0, 0, 7_000, tzinfo=timezone(timedelta(hours=-3))),
    ],
    ids=str,
)
def test_a_date_comes_back_to_the_millisecond(ledger: Ledger, date: datetime) -> None:
    """Dates before 1970, in the far future and with another offset are the same moment afterwards, and aware."""
    event = add_show(ledger, new_show(date=date))
    found = event_of(ledger, event.id).date
    assert found == date
    assert found.tzinfo is not None


def test_the_largest_event_fits(ledger: Ledger) -> None:
    """An event may have as many places as the rules allow."""
    event = add_show(ledger, new_show(MAX_CAPACITY))
    assert event_of(ledger, event.id).available == MAX_CAPACITY


# list


def dated(ledger: Ledger, *days: int) -> list[Event]:
    """Add an event on each of these days; answer them by date, then id."""
    shows = [add_show(ledger, new_show(date=SHOWTIME + timedelta(days=day))) for day in days]
    return sorted(shows, key=lambda event: (event.date, event.id))


def pages(ledger: Ledger, wanted: EventFilter, limit: int) -> list[tuple[Event, ...]]:
    """Follow a listing to its end."""
    found, after = [], None
    while True:
        page = ledger.events.list(wanted, after, limit)
        found.append(page.items)
        after = page.after
        if after is None:
            return found
        assert after == (page.items[-1].date, page.items[-1].id)


def test_events_are_listed_by_date_then_id(ledger: Ledger) -> None:
    """The soonest event comes first; of equal dates the smaller id."""
    shows = dated(ledger, 3, 1, 2, 1, 1, 3)
    page = ledger.events.list(ALL, None, 100)
    assert list(page.items) == shows
    assert page.after is None


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8])
def test_pages_neither_skip_nor_repeat(ledger: Ledger, limit: int) -> None:
    """Pages of any size together are the list, even when dates are equal where one page ends."""
    shows = dated(ledger, 2, 1, 1, 1, 1, 3, 3, 2)
    found = pages(ledger, ALL, limit)
    assert [event for page in found for event in page] == shows
    assert {len(page) for page in found[:-1]} <= {limit}


@pytest.mark.parametrize(("events", "last"), [(0, True), (2, True), (3, True), (4, False)])
def test_only_a_page_with_more_behind_it_says_where_the_next_begins(ledger: Ledger, events: int, last: bool) -> None:
    """A page that is just full and ends the list has no next one."""
    dated(ledger, *range(events))
    page = ledger.events.list(ALL, None, 3)
    assert len(page.items) == min(events, 3)
    assert (page.after is None) is last


def test_a_page_begins_behind_a_place_that_no_event_has_any_more(ledger: Ledger) -> None:
    """The place is a date and an id, not an event: what was moved away leaves no gap."""
    shows = dated(ledger, 1, 2, 3)
    place = (shows[0].date, shows[0].id)
    ledger.events.change(shows[0].id, EventChange(date=SHOWTIME + timedelta(days=9)), None)
    page = ledger.events.list(ALL, place, 2)
    assert list(page.items) == shows[1:]


def test_a_listing_tells_the_places_of_the_moment(ledger: Ledger) -> None:
    """Listed events are whole events, with held, sold, version and revision."""
    event = add_show(ledger, new_show())
    order_in(ledger, event, OrderStatus.PAID, 2)
    reserve(ledger, event, 3)
    assert ledger.events.list(ALL, None, 1).items == (event_of(ledger, event.id),)


@pytest.mark.parametrize("status", EventStatus)
def test_the_filter_admits_one_status(ledger: Ledger, status: EventStatus) -> None:
    """With a status, only events in it are listed."""
    shows = {each: add_show(ledger, new_show(status=each)) for each in EventStatus}
    assert ledger.events.list(EventFilter(status), None, 10).items == (shows[status],)


def test_the_filter_admits_events_that_start_later(ledger: Ledger) -> None:
    """Starts after a moment means later than it, by a millisecond at least."""
    later = add_show(ledger, new_show(date=SHOWTIME + MILLISECOND))
    add_show(ledger, new_show(date=SHOWTIME))
    assert ledger.events.list(EventFilter(starts_after=SHOWTIME), None, 10).items == (later,)


def test_filters_and_pages_go_together(ledger: Ledger) -> None:
    """Pages of a filtered listing neither skip nor repeat."""
    shows = dated(ledger, 1, 1, 1, 2, 3)
    for day in (0, 1, 2):
        add_show(ledger, new_show(status=EventStatus.DRAFT, date=SHOWTIME + timedelta(days=day)))
    add_show(ledger, new_show(date=SHOWTIME - timedelta(days=1)))
    found = pages(ledger, EventFilter(EventStatus.ON_SALE, starts_after=SHOWTIME), 2)
    assert [event for page in found for event in page] == shows


# change


def changed(ledger: Ledger, event: Event, wanted: EventChange, revision: int | None = None) -> Event:
    outcome = ledger.events.change(event.id, wanted, revision)
    assert isinstance(outcome, Event)
    return outcome


def test_every_field_can_be_changed(ledger: Ledger) -> None:
    """The change is answered as the rule makes it, and is what the ledger then has."""
    event = add_show(ledger, new_show(10))
    wanted = EventChange("Lear", SHOWTIME + MILLISECOND, "Bath 🛁", 12, "7.001", "KWD", EventStatus.CLOSED, 3)
    outcome = changed(ledger, event, wanted)
    assert outcome == attrs.evolve(
        event,
        name="Lear",
        date=SHOWTIME + MILLISECOND,
        location="Bath 🛁",
        capacity=12,
        price=Money(7001, Currency("KWD")),
        status=EventStatus.CLOSED,
        max_per_order=3,
        revision=2,
        version=1,
    )
    assert event_of(ledger, event.id) == outcome


def test_only_a_change_of_capacity_raises_the_version(ledger: Ledger) -> None:
    """The version counts changes of places, the revision changes of the description."""
    event = add_show(ledger, new_show(10))
    renamed = changed(ledger, event, EventChange(name="Lear", capacity=10))
    assert (renamed.version, renamed.revision) == (0, 2)
    smaller = changed(ledger, event, EventChange(capacity=9))
    assert (smaller.version, smaller.revision) == (1, 3)


def test_repeating_a_change_with_its_revision_is_stale(ledger: Ledger) -> None:
    """A revision that somebody has passed is refused and changes nothing."""
    event = add_show(ledger, new_show())
    after = changed(ledger, event, EventChange(name="Lear"), revision=1)
    assert ledger.events.change(event.id, EventChange(name="Lear"), 1) == StaleVersion()
    assert ledger.events.change(event.id, EventChange(name="Lear"), 3) == StaleVersion()
    assert event_of(ledger, event.id) == after


def test_repeating_a_change_without_a_revision_changes_nothing(ledger: Ledger) -> None:
    """What is so already stays as it is, and so does the revision."""
    event = add_show(ledger, new_show())
    first = changed(ledger, event, EventChange(name="Lear"))
    assert changed(ledger, event, EventChange(name="Lear")) == first


def test_a_change_keeps_the_places_that_are_taken(ledger: Ledger) -> None:
    """Held and sold places are the orders' alone."""
    event = add_show(ledger, new_show(10))
    order_in(ledger, event, OrderStatus.PAID, 2)
    reserve(ledger, event, 3)
    outcome = changed(ledger, event, EventChange(capacity=5, name="Lear"))
    assert (outcome.capacity, outcome.held, outcome.sold, outcome.available) == (5, 3, 2, 0)
    assert audit_of(ledger, event.id).is_conserved


def test_a_capacity_below_what_is_taken_is_refused(ledger: Ledger) -> None:
    """The refusal tells how many places are in use; nothing is changed."""
    event = add_show(ledger, new_show(10))
    order = order_in(ledger, event, OrderStatus.PAID, 2)
    reserve(ledger, event, 3)
    with nothing_changes(ledger, order):
        assert ledger.events.change(event.id, EventChange(capacity=4, name="Lear"), None) == CapacityInUse(5)


@pytest.mark.parametrize("status", OrderStatus)
def test_the_currency_is_fixed_once_an_order_exists(ledger: Ledger, status: OrderStatus) -> None:
    """Any order fixes it, whatever became of it; without one the price must be given anew."""
    event = add_show(ledger, new_show())
    order = order_in(ledger, event, status)
    with nothing_changes(ledger, order):
        outcome = ledger.events.change(event.id, EventChange(price="5.00", currency="EUR"), None)
    assert outcome == InvalidRequest((Fault("currency", "is fixed once an order exists"),))


def test_another_events_orders_do_not_fix_the_currency(ledger: Ledger) -> None:
    """An event without orders may change its currency together with its price."""
    reserve(ledger, add_show(ledger, new_show()))
    event = add_show(ledger, new_show())
    assert changed(ledger, event, EventChange(price="5.00", currency="EUR")).price == Money(500, Currency("EUR"))


def test_a_faulty_change_changes_nothing(ledger: Ledger) -> None:
    """Every fault is answered at once."""
    event = add_show(ledger, new_show())
    outcome = ledger.events.change(event.id, EventChange(name=" ", capacity=0, price="x"), None)
    assert isinstance(outcome, InvalidRequest)
    assert [fault.field for fault in outcome.errors] == ["name", "capacity", "price"]
    assert event_of(ledger, event.id) == event


def test_a_new_price_is_for_new_orders(ledger: Ledger) -> None:
    """An order keeps the total that it was made with."""
    event = add_show(ledger, new_show())
    order = reserve(ledger, event, 2)
    changed(ledger, event, EventChange(price="1.00"))
    assert order_of(ledger, order.id).total == Money(9000, Currency("BRL"))
    assert reserve(ledger, event, 2).total == Money(200, Currency("BRL"))


def test_an_unknown_event_cannot_be_changed(ledger: Ledger) -> None:
    """There is nothing to change, and nothing is made."""
    assert ledger.events.change(NOBODY, EventChange(name="Lear"), 1) == EventNotFound()
    assert ledger.events.get(NOBODY) is None


# locked


def test_a_locked_event_is_answered_and_stays_as_it_is(ledger: Ledger) -> None:
    """The context answers the event; locking changes nothing."""
    event = add_show(ledger, new_show())
    order = reserve(ledger, event, 2)
    with nothing_changes(ledger, order), ledger.events.locked(event.id) as locked:
        assert locked == attrs.evolve(event, held=2, version=1)


def test_an_unknown_event_is_locked_as_none(ledger: Ledger) -> None:
    """Locking what is not there answers nothing and hinders nobody."""
    event = add_show(ledger, new_show())
    with ledger.events.locked(NOBODY) as locked:
        assert locked is None
    reserve(ledger, event)


def test_places_do_not_change_while_the_event_is_locked(ledger: Ledger) -> None:
    """A reservation begun meanwhile is made when the context ends, and not before."""
    event = add_show(ledger, new_show())
    wanted = new_reservation(event)
    buyer = threading.Thread(target=ledger.orders.reserve, args=(wanted, NOW))
    with ledger.events.locked(event.id):
        buyer.start()
        buyer.join(0.2)
        assert buyer.is_alive()
    buyer.join(10)
    assert order_of(ledger, wanted.order_id).status is OrderStatus.RESERVED


def test_an_error_ends_the_lock(ledger: Ledger) -> None:
    """Whatever is raised under the lock comes out, and the event can be changed again."""
    event = add_show(ledger, new_show())
    with pytest.raises(ZeroDivisionError), ledger.events.locked(event.id):
        _ = 1 // 0
    reserve(ledger, event)


# due


def test_due_counts_places_whose_deadline_has_passed(ledger: Ledger) -> None:
    """A reservation is due from the millisecond of its deadline on, and counts with all its places."""
    event = add_show(ledger, new_show())
    reserve(ledger, event, 2, DEADLINE)
    reserve(ledger, event, 3, DEADLINE)
    reserve(ledger, event, 4, DEADLINE + MILLISECOND)
    assert ledger.events.due([event.id], DEADLINE - MILLISECOND) == {}
    assert ledger.events.due([event.id], DEADLINE) == {event.id: 5}
    assert ledger.events.due([event.id], DEADLINE + MILLISECOND) == {event.id: 9}


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.RESERVED}))
def test_only_reserved_orders_are_due(ledger: Ledger, status: OrderStatus) -> None:
    """Time ends no order in another state."""
    event = add_show(ledger, new_show())
    order_in(ledger, event, status)
    assert ledger.events.due([event.id], DEADLINE + timedelta(days=1)) == {}


def test_due_answers_the_events_that_were_asked_for(ledger: Ledger) -> None:
    """Other events, unknown ones and ones with nothing due are left out."""
    first, second, third, quiet = (add_show(ledger, new_show()) for _ in range(4))
    for event in (first, second, third):
        reserve(ledger, event, 2)
    assert ledger.events.due([first.id, third.id, quiet.id, NOBODY], DEADLINE) == {first.id: 2, third.id: 2}
    assert ledger.events.due({first.id, first.id}, DEADLINE) == {first.id: 2}
    assert ledger.events.due([], DEADLINE) == {}


def test_due_takes_as_many_events_as_a_page_has(ledger: Ledger) -> None:
    """A page of a hundred events and more can be asked for at once."""
    event = add_show(ledger, new_show())
    reserve(ledger, event)
    strangers = [EventId(text_of(number.to_bytes(12))) for number in range(1500)]
    assert ledger.events.due([*strangers, event.id], DEADLINE) == {event.id: 1}


def test_asking_what_is_due_expires_nothing(ledger: Ledger) -> None:
    """Due only looks."""
    order = reserve(ledger, add_show(ledger, new_show()))
    with nothing_changes(ledger, order):
        ledger.events.due([order.event_id], DEADLINE)


# audit


def test_the_audit_of_a_new_event_is_all_free_places(ledger: Ledger) -> None:
    """Nothing held, nothing sold, version 0."""
    event = add_show(ledger, new_show(10))
    assert ledger.events.audit(event.id) == Audit(event.id, 0, 10, 10, 0, 0, 0, 0, 0)


def test_the_audit_counts_orders_of_every_status(ledger: Ledger) -> None:
    """Reserved and processing orders hold their places, paid ones have them with a ticket each, all others have none."""
    event = add_show(ledger, new_show(100))
    other = add_show(ledger, new_show(100))
    for quantity, status in enumerate(OrderStatus, 1):
        order_in(ledger, event, status, quantity)
        order_in(ledger, other, status, 10)
    # Reserved 1, processing 2, paid 3; a move each, and one more for each order that ended or was paid, and a refund.
    assert ledger.events.audit(event.id) == Audit(event.id, 13, 100, 94, 3, 3, 3, 3, 3)
    assert audit_of(ledger, event.id).is_conserved


def test_the_audit_repeats_what_the_row_has(ledger: Ledger) -> None:
    """Version, capacity and places are the event's own."""
    event = add_show(ledger, new_show(10))
    expire(ledger, reserve(ledger, event, 2))
    reserve(ledger, event, 4)
    row, audit = event_of(ledger, event.id), audit_of(ledger, event.id)
    assert (audit.version, audit.capacity, audit.available) == (row.version, row.capacity, row.available) == (3, 10, 6)
    assert (audit.held, audit.sold) == (row.held, row.sold) == (4, 0)


def test_unused_and_used_tickets_of_paid_orders_are_counted(ledger: Ledger) -> None:
    """Tickets of a refunded order are not: their places are free again."""
    event = add_show(ledger, new_show(10))
    order_in(ledger, event, OrderStatus.REFUNDED, 3)
    order_in(ledger, event, OrderStatus.PAID, 2)
    assert audit_of(ledger, event.id).tickets == 2


# check


def test_a_ledger_that_can_be_reached_passes_its_check(ledger: Ledger) -> None:
    """The check answers nothing and changes nothing."""
    order = reserve(ledger, add_show(ledger, new_show()))
    with nothing_changes(ledger, order):
        ledger.events.check()


def test_events_do_not_meddle_with_each_other(ledger: Ledger) -> None:
    """Orders and changes of one event leave the others alone."""
    still = add_show(ledger, new_show())
    order = reserve(ledger, still, 2)
    before = all_about(ledger, still.id, order.id)
    busy = add_show(ledger, new_show())
    for status in OrderStatus:
        order_in(ledger, busy, status)
    changed(ledger, busy, EventChange(capacity=50))
    assert all_about(ledger, still.id, order.id) == before

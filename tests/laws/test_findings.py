"""What the machine has found, each in its shortest form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.harnesses import MemoryMachine, memory_harness
from ticketcore import EventDraft, EventStatus, LiveEvent, Order, OrderStatus, Organiser
from ticketcore.domain.refusals import OrderNotPaid


def test_a_refused_refund_tells_the_status_of_this_moment() -> None:
    """Past its deadline a reservation is shown as expired, also before a sweep."""
    harness = memory_harness()
    begin = harness.clock.now() + timedelta(hours=1)
    organiser = Organiser(harness.box_office.ports)
    live = organiser.create_event(EventDraft("Show", begin, "Hall", 1, "1.00"))
    assert isinstance(live, LiveEvent)
    order = harness.box_office.reserve(live.event.id, 1, "ann@example.com")
    assert isinstance(order, Order)

    harness.clock.move(harness.box_office.hold)

    seen = harness.box_office.order(order.id)
    assert isinstance(seen, Order)
    assert seen.status is OrderStatus.EXPIRED
    assert organiser.refund(order.id) == OrderNotPaid(seen.status.value)


def play(lives: list[str], go_on: Callable[[MemoryMachine], object]) -> None:
    """Play one history of the machine to its end, which compares each step with the model; it needs Hypothesis around it."""

    @settings(max_examples=1, deadline=None, database=None)
    @given(st.none())
    def history(_: None) -> None:
        machine = MemoryMachine()
        machine.begin(capacity=4, lives=lives, is_wiped=False, limit=None, starts_in=None)
        go_on(machine)
        machine.come_to_rest()

    history()


def test_a_payment_that_waits_from_the_last_moment_on_comes_to_rest() -> None:
    """The gateway waits half an hour for its buyer from the first charge on, which comes when all else is done."""
    play(["reserved"], lambda machine: machine.pay(0, "tok_pending"))


def test_what_costs_nothing_is_paid_whatever_the_token_says() -> None:
    """No gateway is asked."""

    def order_for_nothing(machine: MemoryMachine) -> None:
        machine.create_event(2, 0, 10, EventStatus.ON_SALE)
        machine.reserve(0, 1, "bob@example.com", None)
        machine.pay(0, "tok_declined")

    play(["reserved"], order_for_nothing)


def test_the_mail_that_an_event_takes_place_after_all_is_forgotten_with_the_address() -> None:
    """It is one of those that are counted."""

    def reopen_and_forget(machine: MemoryMachine) -> None:
        machine.sweep()
        machine.deliver()
        machine.move_event(which=0, around=-timedelta(milliseconds=1), is_meant=True)
        machine.forget("ann@example.com")

    play(["called off", "used"], reopen_and_forget)


def test_tickets_are_not_mailed_to_an_address_that_was_forgotten() -> None:
    """The refusal says so."""

    def forget_and_resend(machine: MemoryMachine) -> None:
        machine.move_event(which=0, around=-timedelta(milliseconds=1), is_meant=True)
        machine.sweep()
        machine.deliver()
        machine.forget("ann@example.com")
        machine.resend(0)

    play(["paid"], forget_and_resend)

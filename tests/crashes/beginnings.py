"""How stories begin: nobody dies yet, and everybody is told what was done."""

from __future__ import annotations

from datetime import timedelta

from tests.crashes import acts
from tests.crashes.process import CAPACITY, QUANTITY, Desk
from ticketcore import EventChange, EventStatus, Order
from ticketcore.application.organiser import NewKey
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.orders import Change
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_testing import changes


def nothing(_desk: Desk) -> None:
    """Nobody has done anything yet."""


def on_sale(desk: Desk) -> None:
    desk.create()


def on_large_sale(desk: Desk) -> None:
    desk.create(acts.MANY)


def reserved(desk: Desk) -> None:
    on_sale(desk)
    desk.reserve()


def reserved_with_key(desk: Desk) -> None:
    on_sale(desk)
    desk.reserve(key=acts.KEY)


def due(desk: Desk) -> None:
    """One reservation has passed its deadline and nobody has looked."""
    reserved(desk)
    desk.clock.move(desk.box_office.hold)


def all_due(desk: Desk) -> None:
    """Every place is held by reservations that are due."""
    desk.create(2 * QUANTITY)
    desk.reserve()
    desk.reserve()
    desk.clock.move(desk.box_office.hold)


def sold_out(desk: Desk) -> None:
    """Every place is held, and nothing is due."""
    desk.create(2 * QUANTITY)
    desk.reserve()
    desk.reserve()


def closed(desk: Desk) -> None:
    on_sale(desk)
    desk.facts.hear(desk.organiser.change_event(desk.facts.event_id, EventChange(status=EventStatus.CLOSED)))


def counter_lost(desk: Desk) -> None:
    reserved(desk)
    desk.ports.inventory.drop(desk.facts.event_id)


def counter_too_high(desk: Desk) -> None:
    sold_out(desk)
    _count(desk, CAPACITY)


def _count(desk: Desk, available: int) -> None:
    """Let the counter of the story's event say something else than the ledger."""
    event = desk.ports.events.get(desk.facts.event_id)
    assert event is not None
    desk.ports.inventory.reset(Availability(event.id, event.version, available), desk.clock.now())


def counters_wrong(desk: Desk) -> None:
    """One event has no counter, another too high and a third too low a one."""
    counter_lost(desk)
    on_sale(desk)
    _count(desk, CAPACITY + 1)
    reserved(desk)
    _count(desk, 0)


def processing(desk: Desk) -> None:
    reserved(desk)
    desk.pay(desk.facts.order)


def declining(desk: Desk) -> None:
    """The order's message waits; the charge will be declined."""
    reserved(desk)
    desk.pay(desk.facts.order, "tok_declined")


def flaky(desk: Desk) -> None:
    """The gateway has not answered twice; the third time it will."""
    reserved(desk)
    desk.pay(desk.facts.order, "tok_flaky")
    for _ in range(2):
        desk.box_office.work()
        desk.clock.move(VISIBILITY)


def gateway_down(desk: Desk) -> None:
    reserved(desk)
    desk.pay(desk.facts.order, "tok_down")


def given_up(desk: Desk) -> None:
    """The order's message is a dead letter."""
    gateway_down(desk)
    for _ in range(MAX_RECEIVES):
        desk.box_office.work()
        desk.clock.move(VISIBILITY)


def processing_cancelled(desk: Desk) -> None:
    """The event was cancelled while the order's message was waiting."""
    processing(desk)
    desk.facts.hear(acts.cancel_event(desk))


def unpublished(desk: Desk) -> None:
    """Whoever confirmed the payment died before publishing it."""
    reserved(desk)
    _confirm(desk, desk.facts.order)


def _confirm(desk: Desk, order: Order) -> None:
    attempt_id = AttemptId(ids.text_of(desk.ports.ids.new(ids.SECRET_BYTES)))
    change = changes.start_payment(desk.ports.orders, order.id, attempt_id, "tok_approved", desk.clock.now())
    assert isinstance(change, Change)
    desk.facts.hear(change.order)


def message_lost(desk: Desk) -> None:
    """The queue has lost the order's message, long ago."""
    processing(desk)
    [delivery] = desk.ports.payment_queue.receive(1, desk.clock.now())
    desk.ports.payment_queue.done(delivery)
    desk.clock.move(timedelta(days=1))


def everything_wrong(desk: Desk) -> None:
    """One reservation is due, one payment was not published, and the counter is lost."""
    due(desk)
    _confirm(desk, desk.reserve())
    desk.ports.inventory.drop(desk.facts.event_id)


def fulfilled(desk: Desk) -> None:
    on_sale(desk)
    desk.sell()


def admitted(desk: Desk) -> None:
    """A ticket was let in at the north gate."""
    fulfilled(desk)
    desk.facts.hear(acts.validate(desk))


def at_the_gate(desk: Desk) -> None:
    """A gate with a key of its own looks at a ticket."""
    fulfilled(desk)
    desk.facts.api_key = with_key(desk)


def with_key(desk: Desk) -> str:
    """Create an API key and return its text."""
    created = desk.organiser.create_key("north", Role.GATE)
    assert isinstance(created, NewKey)
    desk.facts.hear(created)
    return created.text


def refunding(desk: Desk) -> None:
    """Whoever began a refund died before the money went back; its message waits."""
    fulfilled(desk)
    changes.start_refund(desk.ports.orders, desk.facts.order.id, desk.clock.now())
    desk.box_office.sweep()
    desk.look_at(desk.facts.order)


def delivered_twice(desk: Desk) -> None:
    processing(desk)
    desk.ports.payment_queue.publish([desk.facts.order.id], desk.clock.now())


def several(desk: Desk) -> None:
    """Messages of two orders wait: one will be declined, the other approved."""
    on_sale(desk)
    for token in ("tok_declined", "tok_approved"):
        desk.pay(desk.reserve(), token)


def delivered(desk: Desk) -> None:
    """A queue of AWS has taken the messages in hand to deliver them to a function."""
    several(desk)
    desk.facts.deliveries = tuple(desk.ports.payment_queue.receive(10, desk.clock.now()))

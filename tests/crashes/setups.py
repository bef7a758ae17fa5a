"""The setups of the scenarios: without faults, and with every response recorded."""

from __future__ import annotations

from datetime import timedelta

from tests.crashes import use_cases
from tests.crashes.driver import ANOTHER_BUYER, CAPACITY, QUANTITY, Driver
from ticketcore import EventChange, EventStatus, Order
from ticketcore.application.organiser import NewKey
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.availability import Availability
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.orders import Change
from ticketcore.domain.webhooks import Topic, Webhook
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_testing import changes


def nothing(_driver: Driver) -> None:
    """Leave the ledger empty."""


def on_sale(driver: Driver) -> None:
    driver.create()


def on_large_sale(driver: Driver) -> None:
    driver.create(use_cases.MANY)


def reserved(driver: Driver) -> None:
    on_sale(driver)
    driver.reserve()


def reserved_with_key(driver: Driver) -> None:
    on_sale(driver)
    driver.reserve(key=use_cases.KEY)


def cancelled(driver: Driver) -> None:
    """Reserve and cancel an order."""
    reserved(driver)
    driver.box_office.cancel(driver.facts.order.id)


def due(driver: Driver) -> None:
    """One reservation has passed its deadline and was not expired."""
    reserved(driver)
    driver.clock.move(driver.box_office.hold)


def all_due(driver: Driver) -> None:
    """Every place is held by reservations that are due."""
    driver.create(2 * QUANTITY)
    driver.reserve()
    driver.reserve()
    driver.clock.move(driver.box_office.hold)


def sold_out(driver: Driver) -> None:
    """Every place is held, and nothing is due."""
    driver.create(2 * QUANTITY)
    driver.reserve()
    driver.reserve()


def limited(driver: Driver) -> None:
    """The buyer has an order, and may have one more like it."""
    on_sale(driver)
    change = EventChange(max_per_customer=2 * QUANTITY)
    driver.facts.record(driver.organiser.change_event(driver.facts.event_id, change))
    driver.reserve()


def limited_and_full(driver: Driver) -> None:
    """The buyer has all that he may have."""
    limited(driver)
    driver.reserve()


def limited_for_another(driver: Driver) -> None:
    """The buyer has an order, and another has all that one person may have."""
    limited(driver)
    other = driver.box_office.reserve(driver.facts.event_id, 2 * QUANTITY, ANOTHER_BUYER)
    driver.facts.record(other)


def limited_and_due(driver: Driver) -> None:
    """The same, and all of it has passed its deadline and was not expired."""
    limited_and_full(driver)
    driver.clock.move(driver.box_office.hold)


def closed(driver: Driver) -> None:
    on_sale(driver)
    _change_status(driver, EventStatus.CLOSED)


def closed_unknown_to_the_counter(driver: Driver) -> None:
    """The process that ended the sale died before the counter's terms of sale followed."""
    on_sale(driver)
    _change_status_unknown_to_the_counter(driver, EventStatus.CLOSED)


def resumed_unknown_to_the_counter(driver: Driver) -> None:
    """The same where the sale was resumed."""
    closed(driver)
    _change_status_unknown_to_the_counter(driver, EventStatus.ON_SALE)


def _change_status_unknown_to_the_counter(driver: Driver, status: EventStatus) -> None:
    before = driver.ports.events.get(driver.facts.event_id)
    assert before is not None
    _change_status(driver, status)
    driver.ports.inventory.reset(before.availability, before.terms, driver.clock.now())


def _change_status(driver: Driver, status: EventStatus) -> None:
    driver.facts.record(driver.organiser.change_event(driver.facts.event_id, EventChange(status=status)))


def counter_lost(driver: Driver) -> None:
    reserved(driver)
    driver.ports.inventory.drop(driver.facts.event_id)


def counter_too_high(driver: Driver) -> None:
    sold_out(driver)
    _count(driver, CAPACITY)


def _count(driver: Driver, available: int) -> None:
    """Set the counter of the scenario's event to another number than the ledger's."""
    event = driver.ports.events.get(driver.facts.event_id)
    assert event is not None
    counted = Availability(event.id, event.version, available)
    driver.ports.inventory.reset(counted, event.terms, driver.clock.now())


def counters_wrong(driver: Driver) -> None:
    """One event has no counter, another one that is too high, and a third one that is too low."""
    counter_lost(driver)
    on_sale(driver)
    _count(driver, CAPACITY + 1)
    reserved(driver)
    _count(driver, 0)


def swept_elsewhere(driver: Driver) -> None:
    """Counters are wrong, and another process has the lease of the sweep."""
    counters_wrong(driver)
    now = driver.clock.now()
    assert driver.ports.leases.acquire("sweep", "another process", now, now + timedelta(seconds=6))


def several_and_a_refund(driver: Driver) -> None:
    """Messages wait of a refund, and of two charges of another event, one of which will be declined."""
    refunding(driver)
    several(driver)


def processing(driver: Driver) -> None:
    reserved(driver)
    driver.pay(driver.facts.order)


def declining(driver: Driver) -> None:
    """The order's message waits; the charge will be declined."""
    reserved(driver)
    driver.pay(driver.facts.order, "tok_declined")


def flaky(driver: Driver) -> None:
    """The gateway has failed to respond twice and responds the third time."""
    reserved(driver)
    driver.pay(driver.facts.order, "tok_flaky")
    for _ in range(2):
        driver.box_office.work()
        driver.clock.move(VISIBILITY)


def gateway_down(driver: Driver) -> None:
    reserved(driver)
    driver.pay(driver.facts.order, "tok_down")


def asked_to_wait(driver: Driver) -> None:
    """The order's message waits; the gateway will wait for the buyer."""
    reserved(driver)
    driver.pay(driver.facts.order, "tok_pending")


def waiting(driver: Driver) -> None:
    """The gateway waits for the buyer."""
    asked_to_wait(driver)
    assert driver.gateway.notice_secret
    driver.box_office.work()
    driver.look_at(driver.facts.order)


def told_of(driver: Driver) -> None:
    """The buyer has paid what the gateway waited for, and its notice is on the way."""
    waiting(driver)
    assert driver.gateway.decide(driver.attempt_id, approved=True)


def paid_at_last(driver: Driver) -> None:
    """The gateway's notice has brought a message."""
    told_of(driver)
    driver.ports.payment_queue.publish([driver.facts.order.id], driver.clock.now())


def to_be_polled(driver: Driver) -> None:
    """The gateway's notice was lost, and it is time to ask."""
    told_of(driver)
    driver.clock.move(timedelta(minutes=2))


def overdue(driver: Driver) -> None:
    """The buyer has not paid before the deadline, and a message waits."""
    waiting(driver)
    driver.clock.move(timedelta(minutes=31))
    driver.box_office.sweep()


def many_sold(driver: Driver) -> None:
    """An order of three tickets was sold and mailed."""
    on_sale(driver)
    order = driver.reserve(3)
    driver.pay(order)
    driver.box_office.work()
    driver.box_office.deliver()
    driver.look_at(order)


def partly_refunded(driver: Driver) -> None:
    """One of three tickets was refunded, and the process crashed before its money was returned."""
    many_sold(driver)
    changes.start_refund(driver.ports.ledger, driver.facts.order.id, driver.clock.now(), numbers=[1])
    driver.look_at(driver.facts.order)


def given_up(driver: Driver) -> None:
    """The order's message is a dead letter."""
    gateway_down(driver)
    for _ in range(MAX_RECEIVES):
        driver.box_office.work()
        driver.clock.move(VISIBILITY)


def processing_cancelled(driver: Driver) -> None:
    """The event was cancelled while the order's message was waiting."""
    processing(driver)
    driver.facts.record(use_cases.cancel_event(driver))


def unpublished(driver: Driver) -> None:
    """The process that confirmed the payment crashed before publishing its message."""
    reserved(driver)
    _confirm(driver, driver.facts.order)


def _confirm(driver: Driver, order: Order) -> None:
    attempt_id = AttemptId(ids.text_of(driver.ports.ids.new(ids.SECRET_BYTES)))
    change = changes.start_payment(driver.ports.orders, order.id, attempt_id, "tok_approved", driver.clock.now())
    assert isinstance(change, Change)
    driver.facts.record(change.order)


def message_lost(driver: Driver) -> None:
    """The queue lost the order's message a day ago."""
    processing(driver)
    [message] = driver.ports.payment_queue.receive(1, driver.clock.now())
    driver.ports.payment_queue.done([message])
    driver.clock.move(timedelta(days=1))


def everything_wrong(driver: Driver) -> None:
    """One reservation is due, one payment was not published, and the counter is lost."""
    due(driver)
    _confirm(driver, driver.reserve())
    driver.ports.inventory.drop(driver.facts.event_id)


def fulfilled(driver: Driver) -> None:
    on_sale(driver)
    driver.sell()


def moved(driver: Driver) -> None:
    """An event with two sold orders takes place elsewhere, of which its buyers are still to hear."""
    fulfilled(driver)
    driver.sell()
    driver.facts.record(use_cases.move_event(driver))


def sold_and_cancelled(driver: Driver) -> None:
    """An event with a sold order was cancelled after it was moved, and its buyer is to hear of the cancellation."""
    moved(driver)
    driver.facts.record(use_cases.cancel_event(driver))
    driver.box_office.sweep()


def to_be_refunded(driver: Driver) -> None:
    """All orders of an event, two of which are paid, are to be refunded."""
    fulfilled(driver)
    driver.sell()
    driver.reserve()
    use_cases.refund_event(driver)


def sold(driver: Driver) -> None:
    """An order was charged, and the mail with its tickets is due."""
    processing(driver)
    driver.box_office.work()
    driver.look_at(driver.facts.order)


def sold_and_refunded(driver: Driver) -> None:
    """An order was refunded before its mail was sent."""
    sold(driver)
    driver.facts.record(driver.organiser.refund(driver.facts.order.id))


def refunded(driver: Driver) -> None:
    """An order was sold, mailed and refunded, and its money returned."""
    fulfilled(driver)
    driver.facts.record(driver.organiser.refund(driver.facts.order.id))
    driver.box_office.work()
    driver.box_office.deliver()


def admitted(driver: Driver) -> None:
    """A ticket was admitted at the north gate."""
    fulfilled(driver)
    driver.facts.record(use_cases.validate(driver))


def to_be_undone(driver: Driver) -> None:
    """A ticket was admitted; whether it still counts as admitted is open from the request to take that back on."""
    admitted(driver)
    driver.facts.is_undoing = True


def with_webhook(driver: Driver, status: int = 204) -> None:
    """A webhook is told of everything; its receiver answers with a status."""
    webhook = driver.organiser.create_webhook(driver.webhook_url(status), [*Topic])
    assert isinstance(webhook, Webhook)
    driver.facts.webhook_id = webhook.id


def told_later(driver: Driver, status: int = 204) -> None:
    """An order was sold and mailed, of which a webhook is to be told."""
    with_webhook(driver, status)
    fulfilled(driver)


def to_be_sent(driver: Driver, status: int = 204) -> None:
    """A message about an order is to be sent to a webhook."""
    told_later(driver, status)
    driver.box_office.collect_webhooks()


def to_be_sent_in_vain(driver: Driver) -> None:
    """The same, and its receiver fails."""
    to_be_sent(driver, 503)


def to_be_ended(driver: Driver) -> None:
    """The same, and its receiver wants no more messages."""
    to_be_sent(driver, 410)


def told(driver: Driver) -> None:
    """A webhook has been told of an order."""
    to_be_sent(driver)
    driver.box_office.send_webhooks()


def at_the_gate(driver: Driver) -> None:
    """A gate has an API key, and a buyer a ticket."""
    fulfilled(driver)
    driver.facts.api_key = with_key(driver)


def with_key(driver: Driver) -> str:
    """Create an API key and return its text."""
    created = driver.organiser.create_key("north", Role.GATE)
    assert isinstance(created, NewKey)
    driver.facts.record(created)
    return created.text


def refunding(driver: Driver) -> None:
    """The process that started a refund crashed before the money was returned; its message waits."""
    fulfilled(driver)
    changes.start_refund(driver.ports.ledger, driver.facts.order.id, driver.clock.now())
    driver.box_office.sweep()
    driver.look_at(driver.facts.order)


def delivered_twice(driver: Driver) -> None:
    processing(driver)
    driver.ports.payment_queue.publish([driver.facts.order.id], driver.clock.now())


def several(driver: Driver) -> None:
    """Messages of two orders wait: one will be declined, the other approved."""
    on_sale(driver)
    for token in ("tok_declined", "tok_approved"):
        driver.pay(driver.reserve(), token)


def delivered(driver: Driver) -> None:
    """SQS has received the messages to deliver them to a function."""
    several(driver)
    driver.facts.received = tuple(driver.ports.payment_queue.receive(10, driver.clock.now()))

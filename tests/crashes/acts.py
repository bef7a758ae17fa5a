"""The requests during which a process dies; each answers what its client hears."""

from __future__ import annotations

from tests.crashes.process import BUYER, CAPACITY, QUANTITY, Desk
from tests.entrypoints.lambdas import SCHEDULE, Invocation, http_event, sqs_event, sqs_record
from ticketcore import EventChange, EventStatus, Unavailable
from ticketcore.domain import messages
from ticketcore.domain.api_keys import Role
from ticketcore.ports import ReceivedMessage
from ticketcore_lambda import admission, expiry, payments
from ticketcore_lambda.invocation import Json

KEY = "the-buyer's-own"
#: More than anybody may reserve without a look at the event first.
MANY = 15


def create_event(desk: Desk) -> object:
    return desk.organiser.create_event(desk.draft())


def _change(desk: Desk, change: EventChange) -> object:
    return desk.organiser.change_event(desk.facts.event_id, change)


def raise_capacity(desk: Desk) -> object:
    return _change(desk, EventChange(capacity=CAPACITY + 5))


def lower_capacity(desk: Desk) -> object:
    return _change(desk, EventChange(capacity=QUANTITY))


def cancel_event(desk: Desk) -> object:
    return _change(desk, EventChange(status=EventStatus.CANCELLED))


def _reserve(desk: Desk, quantity: int, key: str | None = None) -> object:
    return desk.box_office.reserve(desk.facts.event_id, quantity, BUYER, key)


def reserve(desk: Desk) -> object:
    return _reserve(desk, QUANTITY)


def reserve_with_key(desk: Desk) -> object:
    return _reserve(desk, QUANTITY, KEY)


def reserve_many(desk: Desk) -> object:
    return _reserve(desk, MANY, KEY)


def pay(desk: Desk) -> object:
    return desk.box_office.pay(desk.facts.order.id, "tok_approved")


def pay_declined(desk: Desk) -> object:
    return desk.box_office.pay(desk.facts.order.id, "tok_declined")


def cancel(desk: Desk) -> object:
    return desk.box_office.cancel(desk.facts.order.id)


def refund(desk: Desk) -> object:
    return desk.organiser.refund(desk.facts.order.id)


def validate(desk: Desk) -> object:
    return desk.box_office.validate(desk.facts.qr_code, "north", scan_id="first")


def validate_elsewhere(desk: Desk) -> object:
    return desk.box_office.validate(desk.facts.qr_code, "south", scan_id="second")


def validate_by_function(desk: Desk) -> object:
    """Ask the function; it has no other way to say that it cannot tell than a status."""
    scan = {"qr_code": desk.facts.qr_code, "gate": "north", "scan_id": "first"}
    request = http_event("POST", "/tickets/validate", scan, authorization=f"Bearer {desk.facts.api_key}")
    answer = admission.handler(desk.assembly)(request, Invocation())
    if answer["statusCode"] == 503:
        raise Unavailable("function", "503")
    [ticket] = [each for each in desk.facts.seen.values() if each.qr_code == desk.facts.qr_code]
    return desk.outside.tickets.get(ticket.id) if answer["statusCode"] == 200 else answer


def work(desk: Desk) -> object:
    return desk.box_office.work()


def process(desk: Desk) -> object:
    desk.box_office.process(desk.facts.order.id)
    return None


def work_by_function(desk: Desk) -> object:
    """Let a function have what the queue has in hand; the queue forgets what it does not want again."""
    records = {delivery.receipt: _record(delivery) for delivery in desk.facts.deliveries}
    answer = payments.handler(desk.assembly)(sqs_event(*records.values()), Invocation())
    wanted_again = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for delivery in desk.facts.deliveries:
        if records[delivery.receipt]["messageId"] not in wanted_again:
            desk.outside.payment_queue.done(delivery)
    return answer


def _record(delivery: ReceivedMessage) -> Json:
    return sqs_record(messages.write(delivery.order_id), receives=delivery.receives)


def sweep(desk: Desk) -> object:
    return desk.box_office.sweep()


def sweep_by_function(desk: Desk) -> object:
    return expiry.handler(desk.assembly)(SCHEDULE, Invocation())


def redrive(desk: Desk) -> object:
    return desk.organiser.redrive()


def rebuild_stock(desk: Desk) -> object:
    return desk.organiser.rebuild_stock(desk.facts.event_id)


def create_key(desk: Desk) -> object:
    return desk.organiser.create_key("north", Role.GATE)


def revoke_key(desk: Desk) -> object:
    return desk.organiser.revoke_key(next(iter(desk.facts.keys)))

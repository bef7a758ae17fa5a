"""The requests during which a process crashes; each returns the client's response."""

from __future__ import annotations

from tests.crashes.driver import ANOTHER_BUYER, BUYER, CAPACITY, QUANTITY, Driver
from ticketcore import Admitted, EventChange, EventStatus, OfflineScan, PlacedOrder, Unavailable
from ticketcore.domain import messages
from ticketcore.domain.api_keys import Role
from ticketcore.domain.attempts import PaymentMethod
from ticketcore.domain.webhooks import Topic
from ticketcore.ports import ReceivedMessage
from ticketcore_lambda import admission, expiry, payments
from ticketcore_lambda.invocation import Json
from ticketcore_testing.aws import SCHEDULE, Invocation, http_event, sqs_event, sqs_record

KEY = "the-buyer's-own-secret"
SCAN_ID = "the-first-scan-of-it"
#: Where an event that is moved takes place.
ELSEWHERE = "The Globe"
#: As many places as a large event sells in one order.
MANY = 15


def create_event(driver: Driver) -> object:
    return driver.organiser.create_event(driver.draft())


def _change(driver: Driver, change: EventChange) -> object:
    return driver.organiser.change_event(driver.facts.event_id, change)


def raise_capacity(driver: Driver) -> object:
    return _change(driver, EventChange(capacity=CAPACITY + 5))


def lower_capacity(driver: Driver) -> object:
    return _change(driver, EventChange(capacity=QUANTITY))


def close_event(driver: Driver) -> object:
    return _change(driver, EventChange(status=EventStatus.CLOSED))


def move_event(driver: Driver) -> object:
    return _change(driver, EventChange(location=ELSEWHERE))


def cancel_event(driver: Driver) -> object:
    return _change(driver, EventChange(status=EventStatus.CANCELLED))


def _reserve(driver: Driver, quantity: int, key: str | None = None) -> object:
    return driver.box_office.reserve(driver.facts.event_id, quantity, BUYER, key)


def reserve(driver: Driver) -> object:
    return _reserve(driver, QUANTITY)


def reserve_with_key(driver: Driver) -> object:
    placed = driver.box_office.place_order(driver.facts.event_id, QUANTITY, BUYER, KEY)
    return placed.order if isinstance(placed, PlacedOrder) else placed


def reserve_many(driver: Driver) -> object:
    return _reserve(driver, MANY, KEY)


def pay(driver: Driver) -> object:
    return driver.box_office.pay(driver.facts.order.id, "tok_approved")


def pay_declined(driver: Driver) -> object:
    return driver.box_office.pay(driver.facts.order.id, "tok_declined")


def cancel(driver: Driver) -> object:
    return driver.box_office.cancel(driver.facts.order.id)


def refund(driver: Driver) -> object:
    return driver.organiser.refund(driver.facts.order.id)


def refund_event(driver: Driver) -> object:
    return driver.organiser.refund_event(driver.facts.event_id, by="office")


def refund_a_ticket(driver: Driver) -> object:
    return driver.organiser.refund(driver.facts.order.id, tickets=[2])


def record_cash(driver: Driver) -> object:
    return driver.organiser.record_payment(driver.facts.order.id, PaymentMethod.CASH, by="box office")


def receive_notice(driver: Driver) -> object:
    """Receive the gateway's notice of the order's payment."""
    headers, body = driver.gateway.notice_of(driver.attempt_id)
    return driver.box_office.receive_notice(headers, body)


def refund_with_used_tickets(driver: Driver) -> object:
    return driver.organiser.refund(driver.facts.order.id, include_used=True)


def validate(driver: Driver) -> object:
    outcome = driver.box_office.validate(driver.facts.qr_code, "north", scan_id=SCAN_ID)
    return outcome.ticket if isinstance(outcome, Admitted) else outcome


def validate_elsewhere(driver: Driver) -> object:
    return driver.box_office.validate(driver.facts.qr_code, "south", scan_id="another-scan-of-it")


def merge_scans(driver: Driver) -> object:
    """Hand in the scan that a gate made without network."""
    scan = OfflineScan(driver.facts.qr_code, SCAN_ID, driver.clock.now())
    merged = driver.box_office.merge_scans(driver.facts.event_id, "north", [scan])
    return merged[0] if isinstance(merged, tuple) else merged


def undo(driver: Driver) -> object:
    """Take the admission back."""
    return driver.box_office.undo(driver.facts.qr_code)


def validate_by_function(driver: Driver) -> object:
    """Call the function; its status 503 is ``Unavailable``."""
    scan = {"qr_code": driver.facts.qr_code, "gate": "north", "scan_id": SCAN_ID}
    request = http_event("POST", "/tickets/validate", scan, authorization=f"Bearer {driver.facts.api_key}")
    response = admission.handler(driver.assembly)(request, Invocation())
    if response["statusCode"] == 503:
        raise Unavailable("function", "503")
    [ticket] = [each for each in driver.facts.seen.values() if each.qr_code == driver.facts.qr_code]
    return driver.outside.tickets.get(ticket.id) if response["statusCode"] == 200 else response


def work(driver: Driver) -> object:
    return driver.box_office.work()


def deliver(driver: Driver) -> object:
    return driver.box_office.deliver()


def publish_due_deliveries(driver: Driver) -> object:
    return driver.box_office.publish_due_deliveries()


def correct(driver: Driver) -> object:
    return driver.organiser.correct(driver.facts.order.id, ANOTHER_BUYER, by="office")


def resend(driver: Driver) -> object:
    return driver.organiser.resend(driver.facts.order.id)


def process(driver: Driver) -> object:
    driver.box_office.process(driver.facts.order.id)
    return None


def work_by_function(driver: Driver) -> object:
    """Call the function with the received messages; those without a reported failure leave the queue."""
    records = {message.receipt: _record(message) for message in driver.facts.received}
    response = payments.handler(driver.assembly)(sqs_event(*records.values()), Invocation())
    failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
    for message in driver.facts.received:
        if records[message.receipt]["messageId"] not in failed:
            driver.outside.payment_queue.done([message])
    return response


def _record(message: ReceivedMessage) -> Json:
    return sqs_record(messages.write(message.order_id), receives=message.receives)


def sweep(driver: Driver) -> object:
    return driver.box_office.sweep()


def sweep_in_turn(driver: Driver) -> object:
    return driver.box_office.sweep_in_turn()


def sweep_by_function(driver: Driver) -> object:
    return expiry.handler(driver.assembly)(SCHEDULE, Invocation())


def forget_customer(driver: Driver) -> object:
    return driver.organiser.forget_customer(BUYER)


def redrive(driver: Driver) -> object:
    return driver.organiser.redrive()


def rebuild_stock(driver: Driver) -> object:
    return driver.organiser.rebuild_stock(driver.facts.event_id)


def create_webhook(driver: Driver) -> object:
    return driver.organiser.create_webhook(driver.webhook_url(204), [*Topic])


def delete_webhook(driver: Driver) -> object:
    return driver.organiser.delete_webhook(driver.facts.webhook_id)


def collect_webhooks(driver: Driver) -> object:
    return driver.box_office.collect_webhooks()


def send_webhooks(driver: Driver) -> object:
    return driver.box_office.send_webhooks()


def replay_webhook(driver: Driver) -> object:
    [message] = driver.outside.webhooks.deliveries(driver.facts.webhook_id, None, 1).items
    return driver.organiser.replay_webhook(driver.facts.webhook_id, message.id)


def page_secret(driver: Driver) -> object:
    return driver.box_office.page_secret()


def end_session(driver: Driver) -> object:
    return driver.organiser.end_session("a" * 26)


def create_key(driver: Driver) -> object:
    return driver.organiser.create_key("north", Role.GATE)


def create_key_once(driver: Driver) -> object:
    return driver.organiser.create_key_once("0123456789abcdef", "north", Role.GATE)


def revoke_key(driver: Driver) -> object:
    return driver.organiser.revoke_key(next(iter(driver.facts.keys)))

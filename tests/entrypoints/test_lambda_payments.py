"""``ticketcore_lambda.process_payments`` over a SQLite ledger: each order is processed once, whatever SQS delivers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import attrs
import pytest

from tests.entrypoints.lambdas import BUYER, failures, order_of, paying, reserved
from ticketcore import BoxOffice, DeliveryStatus, LiveEvent, Order, OrderStatus
from ticketcore.domain import ids, messages
from ticketcore.domain.deliveries import LEASE
from ticketcore.domain.ids import OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.mail import Mail
from ticketcore.ports import Accepted
from ticketcore_bootstrap import Assembly, SettingError, assemble, read_settings
from ticketcore_bootstrap.telemetry import logging_to_host
from ticketcore_lambda import payments
from ticketcore_lambda.payments import DELIVERY_MILLISECONDS, MARGIN_MILLISECONDS
from ticketcore_memory import MemoryMailer, VirtualClock
from ticketcore_testing.aws import (
    MINUTES_LEFT,
    SCHEDULE,
    Invocation,
    Json,
    http_event,
    message_of,
    sqs_event,
    sqs_record,
)

SECRET = "the secret inside"
POISON = [
    "",
    "hello",
    "{}",
    "[]",
    "null",
    '{"version": 2, "order_id": "a"}',
    '{"version": 1}',
    '{"version": 1, "order_id": 7}',
]


@attrs.define(eq=False)
class HangingMailer(MemoryMailer):
    """A mailer that hangs at the first message."""

    hangs: bool = True

    def send(self, mail: Mail) -> Accepted:
        if self.hangs:
            self.hangs = False
            Event().wait()
        return super().send(mail)


@pytest.fixture
def assembly(data: Path) -> Iterator[Assembly]:
    """Yield a box office over an empty ledger."""
    found = assemble(read_settings({"TICKETCORE_DATA": str(data)}))
    yield found
    found.close()


def handle(assembly: Assembly, *records: Json, left: Callable[[], int] = lambda: MINUTES_LEFT) -> Json:
    """Return the handler's result; ``left`` returns the remaining milliseconds at each call."""
    return payments.handler(assembly)(sqs_event(*records), Invocation(left))


def mails(assembly: Assembly) -> int:
    return len(list((assembly.settings.data / "mail").glob("*.eml")))


def steps(assembly: Assembly, order: Order) -> list[Step]:
    return [entry.step for entry in assembly.organiser.explain(order.id)]


def is_worked_off(assembly: Assembly, order: Order) -> bool:
    """Return whether an order has been charged once, has its tickets, and its mail was sent."""
    now = order_of(assembly, order)
    found = steps(assembly, order)
    assert found.count(Step.PAID) <= 1
    return (now.status, now.delivery) == (OrderStatus.PAID, DeliveryStatus.DELIVERED)


def test_a_message_brings_the_tickets(assembly: Assembly) -> None:
    """The order is paid, its places are sold, its images are stored and its mail is sent; nothing is retried."""
    order = paying(assembly, 2)
    assert handle(assembly, message_of(order)) == {"batchItemFailures": []}
    assert is_worked_off(assembly, order)
    live = assembly.box_office.event(order.event_id)
    assert isinstance(live, LiveEvent)
    assert (live.event.sold, live.event.held, live.available) == (2, 0, 8)
    assert len(list((assembly.settings.data / "files").rglob("*.png"))) == 2
    assert mails(assembly) == 1


def test_a_declined_payment_is_worked_off_too(assembly: Assembly) -> None:
    """The order is declined for good, so its message is not retried."""
    order = paying(assembly, token="tok_declined")
    assert handle(assembly, message_of(order)) == failures()
    assert order_of(assembly, order).status is OrderStatus.DECLINED


def test_duplicates_are_harmless(assembly: Assembly) -> None:
    """SQS delivers at least once: the same order twice in a batch, and again later, is paid and mailed once."""
    order = paying(assembly)
    twice = message_of(order)
    for batch in ([twice, twice, message_of(order)], [twice], [message_of(order)]):
        assert handle(assembly, *batch) == failures()
    assert is_worked_off(assembly, order)
    assert mails(assembly) == 1
    assert steps(assembly, order).count(Step.MAILED) == 1


def test_an_order_that_needs_nothing_is_left_as_it_is(assembly: Assembly) -> None:
    """A message about a reservation, or about an order that this ledger does not have, changes nothing."""
    order = reserved(assembly)
    unknown = sqs_record(messages.write(OrderId("a" * 26)))
    assert handle(assembly, message_of(order), unknown) == failures()
    assert order_of(assembly, order) == order


@pytest.mark.parametrize("body", POISON)
def test_a_message_that_cannot_be_read_harms_no_neighbour(
    assembly: Assembly, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is retried until SQS moves it to the dead letters; those before and after it are processed."""
    before, after = paying(assembly), paying(assembly)
    poison = sqs_record(body)
    assert handle(assembly, message_of(before), poison, message_of(after)) == failures(poison)
    assert is_worked_off(assembly, before)
    assert is_worked_off(assembly, after)
    assert [record.getMessage() for record in caplog.records] == [f"message {poison['messageId']} names no order"]


def test_a_batch_of_failures_is_reported(assembly: Assembly) -> None:
    """An exception would count as a failure of the function; each message is reported to SQS instead."""
    batch = [sqs_record(body) for body in POISON]
    assert handle(assembly, *batch) == failures(*batch)


def test_a_payment_out_of_reach_comes_again(assembly: Assembly, caplog: pytest.LogCaptureFixture) -> None:
    """A transient failure concerns its own message, and is logged by the order's digest without secrets."""
    flaky, good = paying(assembly, token="tok_flaky"), paying(assembly)
    message = message_of(flaky)
    assert handle(assembly, message, message_of(good)) == failures(message)
    assert is_worked_off(assembly, good)
    assert handle(assembly, message) == failures(message)
    assert handle(assembly, message) == failures()
    assert is_worked_off(assembly, flaky)
    assert caplog.text.count(f"order {ids.digest(flaky.id)}: payment gateway is unavailable") == 2
    for secret in (flaky.id, good.id, BUYER, message["body"]):
        assert secret not in caplog.text


@attrs.define(eq=False)
class BrokenMailer(MemoryMailer):
    """A mailer with a bug."""

    def send(self, mail: Mail) -> NoReturn:
        raise RuntimeError(f"{SECRET} {mail}")


def test_a_bug_is_logged_with_where_it_is(assembly: Assembly, caplog: pytest.LogCaptureFixture) -> None:
    """The mail is tried again, and the log has the place of the bug, but not its message, which may quote the order."""
    logging_to_host()
    ports = attrs.evolve(assembly.ports, mailer=BrokenMailer())
    broken = attrs.evolve(assembly, ports=ports)
    order = paying(assembly)
    message = message_of(order)
    assert handle(broken, message) == failures()
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert f"order {ids.digest(order.id)}: RuntimeError\nRuntimeError\n" in caplog.text
    assert "test_lambda_payments.py" in caplog.text
    for secret in (SECRET, order.id, BUYER):
        assert secret not in caplog.text
    assert not is_worked_off(assembly, order)
    deliver_later(assembly)
    assert is_worked_off(assembly, order)


@pytest.mark.parametrize("left", [0, MARGIN_MILLISECONDS - 1])
def test_without_time_nothing_is_begun(assembly: Assembly, left: int) -> None:
    """Every message stays for the next run, and no order is touched."""
    orders = [paying(assembly) for _ in range(3)]
    batch = [message_of(order) for order in orders]
    assert handle(assembly, *batch, left=lambda: left) == failures(*batch)
    for order in orders:
        assert order_of(assembly, order) == order
        assert Step.FAILED not in steps(assembly, order)
    assert handle(assembly, *batch, left=lambda: MARGIN_MILLISECONDS) == failures()
    assert [order_of(assembly, order).delivery for order in orders] == [DeliveryStatus.PENDING] * 3
    assert handle(assembly, *batch, left=lambda: DELIVERY_MILLISECONDS) == failures()
    assert all(is_worked_off(assembly, order) for order in orders)


#: How often the remaining time is read while two orders are charged and delivered.
MOST_LOOKS = 10


def deliver_later(assembly: Assembly) -> None:
    """Deliver what will be due by the end of a lease, as a function does that is invoked then."""
    clock = VirtualClock(assembly.ports.clock.now() + LEASE)
    BoxOffice(attrs.evolve(assembly.ports, clock=clock)).deliver()


def test_a_mail_server_that_hangs_costs_no_charge(assembly: Assembly) -> None:
    """All messages of the batch are done; the mail that was interrupted is tried again, the other was not begun."""
    first, second = paying(assembly), paying(assembly)
    mailer = HangingMailer()
    broken = attrs.evolve(assembly, ports=attrs.evolve(assembly.ports, mailer=mailer))
    batch = [message_of(first), message_of(second)]
    left = iter([1500, *[MINUTES_LEFT] * 4])

    answer = handle(broken, *batch, left=lambda: next(left, 0))

    assert answer == failures()
    assert {order_of(assembly, order).status for order in (first, second)} == {OrderStatus.PAID}
    assert not any(is_worked_off(assembly, order) for order in (first, second))
    deliver_later(assembly)
    assert all(is_worked_off(assembly, order) for order in (first, second))


@pytest.mark.parametrize("looks", range(MOST_LOOKS + 1))
def test_time_that_runs_out_leaves_the_rest(assembly: Assembly, looks: int) -> None:
    """Wherever the time runs out, the next run continues from there, and nothing is charged or mailed twice."""
    first, second = paying(assembly, 2), paying(assembly)
    batch = [message_of(first), message_of(second)]
    looked = count()
    answer = handle(assembly, *batch, left=lambda: DELIVERY_MILLISECONDS * (next(looked) < looks))
    paid = [order_of(assembly, order).status is OrderStatus.PAID for order in (first, second)]
    assert answer == failures(*[message for message, is_done in zip(batch, paid, strict=True) if not is_done])
    mailed = [is_worked_off(assembly, order) for order in (first, second)]
    assert all(mailed) or looks < MOST_LOOKS
    assert handle(assembly, *batch) == failures()
    assert is_worked_off(assembly, first)
    assert is_worked_off(assembly, second)
    assert mails(assembly) == 2


def test_a_fifo_queue_keeps_the_order_of_each_group(assembly: Assembly) -> None:
    """Messages that follow a failure in its group are retried after it; other groups are processed."""
    flaky, later, other = paying(assembly, token="tok_flaky"), paying(assembly), paying(assembly)
    batch = [message_of(flaky, "one"), message_of(later, "one"), message_of(other, "two")]
    assert handle(assembly, *batch) == failures(*batch[:2])
    assert is_worked_off(assembly, other)
    assert order_of(assembly, later) == later
    assert handle(assembly, *batch[:2]) == failures(*batch[:2])
    assert handle(assembly, *batch[:2]) == failures()
    assert is_worked_off(assembly, flaky)
    assert is_worked_off(assembly, later)


def test_a_batch_of_failures_of_a_fifo_queue_is_reported(assembly: Assembly) -> None:
    """All of them are retried, in their order."""
    batch = [sqs_record(body, "one") for body in POISON]
    assert handle(assembly, *batch) == failures(*batch)


@pytest.mark.parametrize("event", [{}, None, [], {"Records": []}, {"Records": [{}]}, SCHEDULE, http_event("GET", "/")])
def test_another_event_is_a_mistake(assembly: Assembly, event: Any) -> None:
    """An event of another kind is refused with the kind that is expected."""
    with pytest.raises(ValueError, match="expected an event of SQS"):
        payments.handler(assembly)(event, Invocation())


def test_a_ledger_out_of_reach_fails_each_message(assembly: Assembly, tmp_path: Path) -> None:
    """Nothing is lost: the messages are retried until the ledger is back."""
    order = paying(assembly)
    batch = [message_of(order), message_of(order)]
    url = f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}"
    lost = assemble(attrs.evolve(assembly.settings, database_url=url))
    assert handle(lost, *batch) == failures(*batch)
    lost.close()
    assert handle(assembly, *batch) == failures()
    assert is_worked_off(assembly, order)


def test_a_mailer_that_cannot_be_made_fails_no_charge(assembly: Assembly, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong setting of mails is logged; the orders are paid, and their mails stay due."""

    def mailing() -> NoReturn:
        raise SettingError("the environment", "no region", "the standard AWS settings")

    order = paying(assembly)
    assert payments.handler(assembly, mailing)(sqs_event(message_of(order)), Invocation()) == failures()
    assert order_of(assembly, order).status is OrderStatus.PAID
    assert "mails were left to the next invocation" in caplog.text
    assert mails(assembly) == 0

"""The delivery lane: mails are made, sent, tried again for three days, and never delay a charge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
import pytest

from tests.use_cases.harness import MILLISECOND, Office, office
from ticketcore import (
    BoxOffice,
    DeliveryKind,
    DeliveryStatus,
    EventChange,
    EventStatus,
    Order,
    OrderNotPaid,
    OrderStatus,
    Unavailable,
    accepted,
)
from ticketcore.domain.deliveries import LEASE, MAX_AGE
from ticketcore.domain.ids import OrderId, digest
from ticketcore.domain.journal import Step
from ticketcore.domain.mail import Mail
from ticketcore.domain.refusals import OrderNotFound
from ticketcore.ports import Accepted, Later, Mailer, Refused
from ticketcore_memory import MemoryDeliveries, MemoryFiles, MemoryLedger, MemoryMailer

MINUTE = timedelta(minutes=1)
GREYLISTED = Later("SMTP reply 450")


@attrs.define(eq=False)
class MoodyMailer(Mailer):
    """A mailer that returns or raises ``outcomes``, one for each try, and then accepts everything."""

    outcomes: list[Refused | Later | Exception] = attrs.field(factory=list)
    sent: list[Mail] = attrs.field(factory=list)
    tries: int = 0

    def send(self, mail: Mail) -> Accepted | Refused | Later:
        self.tries += 1
        outcome = self.outcomes.pop(0) if self.outcomes else Accepted()
        if isinstance(outcome, Exception):
            raise outcome
        if outcome == Accepted():
            self.sent.append(mail)
        return outcome

    def forget(self, key: str) -> int:
        return 0

    def check(self) -> None:
        """Nothing to check."""


class Killed(BaseException):
    """The process was killed."""


@attrs.define(eq=False)
class DyingMailer(MemoryMailer):
    """A mailer whose process dies, once, before a mail is sent or after it."""

    after: bool = False
    alive: bool = False

    def send(self, mail: Mail) -> Accepted:
        if self.after:
            super().send(mail)
        if not self.alive:
            self.alive = True
            raise Killed
        return super().send(mail)


@attrs.define(eq=False)
class FailingFiles(MemoryFiles):
    """Files that cannot be stored the first time."""

    failures: int = 1

    def put(self, name: str, content: bytes, content_type: str) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("files", "full")
        super().put(name, content, content_type)


@attrs.define(eq=False)
class LargeEvents(MemoryDeliveries):
    """Deliveries with announcements that have so many orders left."""

    left: int = 15_000

    def announce(self, now: datetime, limit: int) -> int | None:
        piece = min(limit, self.left)
        self.left -= piece
        return piece or None


def paid(place: Office, quantity: int = 2) -> Order:
    """Return an order that was charged and whose mail is still to be sent."""
    order = place.reserve(quantity)
    place.box_office.pay(order.id, "tok_approved")
    place.box_office.work()
    return place.order(order)


def steps(place: Office, order: Order) -> list[Step]:
    return [entry.step for entry in place.organiser.explain(order.id)]


def deliver_until(place: Office, end: timedelta) -> None:
    """Run the delivery lane every minute until ``end`` has passed."""
    for _ in range(end // MINUTE):
        place.box_office.deliver()
        place.clock.move(MINUTE)


def test_a_mail_is_sent_beside_the_charge() -> None:
    """The charge is done without it; the lane then stores the images and sends one mail with the same tickets."""
    mailer = MoodyMailer()
    place = office(mailer=mailer)

    order = paid(place)
    assert (order.status, order.delivery, place.messages) == (OrderStatus.PAID, DeliveryStatus.PENDING, 0)
    assert place.box_office.deliver().done == 1

    tickets = accepted(place.box_office.tickets_of(order))
    files = place.box_office.ports.files
    assert isinstance(files, MemoryFiles)
    assert set(files.contents) == {ticket.image_name for ticket in tickets}
    assert all(ticket.qr_code in mailer.sent[0].text for ticket in tickets)
    assert place.order(order).delivery is DeliveryStatus.DELIVERED
    assert place.box_office.deliver().done == 0


def test_a_mail_that_is_greylisted_arrives() -> None:
    """A refusal for now is tried again at growing intervals, and the journal has the reason and the next try."""
    mailer = MoodyMailer([GREYLISTED] * 3)
    place = office(mailer=mailer)
    order = paid(place)

    deliver_until(place, timedelta(minutes=30))

    assert place.order(order).delivery is DeliveryStatus.DELIVERED
    assert (mailer.tries, len(mailer.sent)) == (4, 1)
    assert steps(place, order)[3:] == [*[Step.MAIL_POSTPONED] * 3, Step.MAILED]
    assert "SMTP reply 450" in place.organiser.explain(order.id)[3].sentence
    assert place.box_office.ports.payment_queue.depth(place.clock.now()).dead == 0


def test_a_mail_is_given_up_after_three_days() -> None:
    """Not before; then nothing is tried any more, and the order says undelivered."""
    mailer = MoodyMailer([GREYLISTED] * 1000)
    place = office(mailer=mailer)
    order = paid(place)

    deliver_until(place, MAX_AGE - MINUTE)
    assert place.order(order).delivery is DeliveryStatus.PENDING
    deliver_until(place, timedelta(days=2))

    assert place.order(order).delivery is DeliveryStatus.UNDELIVERED
    assert steps(place, order)[-1] is Step.MAIL_GIVEN_UP
    assert mailer.tries < 30
    assert place.organiser.delivery_backlog().undelivered == 1


def test_a_mail_that_can_never_arrive_is_undelivered_at_once() -> None:
    """The journal has the reason, and the story never says that it was mailed."""
    mailer = MoodyMailer([Refused("SMTP reply 550")])
    place = office(mailer=mailer)
    order = paid(place)

    deliver_until(place, timedelta(hours=1))

    assert mailer.tries == 1
    assert place.order(order).delivery is DeliveryStatus.UNDELIVERED
    assert steps(place, order)[3:] == [Step.MAIL_REFUSED]
    assert "SMTP reply 550" in place.organiser.explain(order.id)[-1].sentence


@pytest.mark.parametrize("before", [GREYLISTED, Refused("SMTP reply 550"), None], ids=["pending", "refused", "sent"])
def test_a_mail_is_sent_again_once_an_admin_asks(before: Refused | Later | None) -> None:
    """At once, whatever became of it before, under another key and with the same tickets."""
    mailer = MoodyMailer([before] if before else [])
    place = office(mailer=mailer)
    order = paid(place)
    place.box_office.deliver()
    earlier = len(mailer.sent)

    asked = place.organiser.resend(order.id)
    assert isinstance(asked, Order)
    assert asked.delivery is DeliveryStatus.PENDING
    assert place.box_office.deliver().done == 1

    assert place.order(order).delivery is DeliveryStatus.DELIVERED
    assert steps(place, order)[-2:] == [Step.MAIL_ASKED, Step.MAILED]
    assert len(mailer.sent) == earlier + 1
    assert len({mail.key for mail in mailer.sent}) == len(mailer.sent)
    assert len({mail.images for mail in mailer.sent}) == 1


def test_asking_twice_before_the_mail_was_sent_sends_one() -> None:
    """A repeated request does no more."""
    mailer = MoodyMailer()
    place = office(mailer=mailer)
    order = paid(place)
    for _ in range(3):
        place.organiser.resend(order.id)

    deliver_until(place, timedelta(hours=1))

    assert len(mailer.sent) == 1


def test_only_a_paid_order_is_mailed_again() -> None:
    """A reserved or unknown order is refused."""
    place = office()

    assert place.organiser.resend(place.reserve().id) == OrderNotPaid("reserved")
    assert place.organiser.resend(OrderId("nobody")) == OrderNotFound()


def test_an_order_that_was_refunded_meanwhile_gets_the_mail_of_its_refund_alone() -> None:
    """Its tickets count no longer: their mail is withdrawn."""
    mailer = MoodyMailer()
    place = office(mailer=mailer)
    order = paid(place)
    place.organiser.refund(order.id)

    assert place.box_office.deliver().done == 2

    [refund] = mailer.sent
    assert (refund.kind, refund.recipient, refund.images) == (DeliveryKind.REFUND, order.customer_email, ())
    assert "Mailed to the buyer: the refund." in [entry.sentence for entry in place.organiser.explain(order.id)]
    assert place.order(order).delivery is None
    assert place.organiser.delivery_backlog().pending == 0


def test_holders_of_paid_orders_hear_that_their_event_has_moved() -> None:
    """Each of them once, with the place as it then is; a buyer who has not paid hears nothing."""
    mailer = MoodyMailer()
    place = office(mailer=mailer)
    orders = [paid(place), paid(place)]
    place.reserve()
    place.box_office.deliver()
    mailer.sent.clear()
    for location in ("The Globe", "The Rose"):
        accepted(place.organiser.change_event(place.event_id, EventChange(location=location)))

    assert place.box_office.sweep().announced == 2
    assert place.box_office.sweep().announced == 0
    assert place.box_office.deliver().done == 2

    assert [mail.kind for mail in mailer.sent] == [DeliveryKind.CHANGED] * 2
    assert {mail.key.partition("-")[0] for mail in mailer.sent} == {digest(order.id) for order in orders}
    assert place.organiser.delivery_backlog().pending == 0


def test_a_change_that_a_later_one_has_overtaken_is_not_mailed() -> None:
    """A cancellation ends the mail of a change, and a refund both."""
    mailer = MoodyMailer()
    place = office(mailer=mailer)
    kept, refunded = paid(place), paid(place)
    place.box_office.deliver()
    mailer.sent.clear()
    accepted(place.organiser.change_event(place.event_id, EventChange(location="The Globe")))
    place.box_office.sweep()
    accepted(place.organiser.change_event(place.event_id, EventChange(status=EventStatus.CANCELLED)))
    place.box_office.sweep()
    accepted(place.organiser.refund(refunded.id))

    place.box_office.deliver()

    told = {(mail.key.partition("-")[0], mail.kind) for mail in mailer.sent}
    assert told == {(digest(kept.id), DeliveryKind.CANCELLED), (digest(refunded.id), DeliveryKind.REFUND)}
    assert place.organiser.delivery_backlog().pending == 0


def test_a_large_event_is_announced_by_several_sweeps() -> None:
    """No sweep keeps the others waiting."""
    sweeping = BoxOffice(office().box_office.ports.replacing(deliveries=LargeEvents(MemoryLedger())))

    assert [sweeping.sweep().announced for _ in range(3)] == [10_000, 5_000, 0]


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_delays_the_mail_by_its_lease(after: bool) -> None:
    """The next one sends it, at least once, with the same tickets under the same key."""
    mailer = DyingMailer(after=after)
    place = office(mailer=mailer)
    order = paid(place)
    with pytest.raises(Killed):
        place.box_office.deliver()

    assert place.box_office.deliver().done == 0
    place.clock.move(LEASE)
    assert place.box_office.deliver().done == 1

    assert place.order(order).delivery is DeliveryStatus.DELIVERED
    assert len({(mail.key, mail.images) for mail in mailer.sent}) == 1


def test_files_that_fail_delay_the_mail_of_their_order_alone() -> None:
    """The failure is reported and tried again; the order behind it is not held up."""
    place = office(files=FailingFiles())
    first = paid(place)
    place.clock.move(MILLISECOND)
    second = paid(place)

    report = place.box_office.deliver()

    assert [failure.order_id for failure in report.failures] == [first.id]
    assert place.order(second).delivery is DeliveryStatus.DELIVERED
    deliver_until(place, timedelta(minutes=3))
    assert place.order(first).delivery is DeliveryStatus.DELIVERED


def test_a_bug_in_a_mail_is_postponed_like_any_failure() -> None:
    """The reason is the kind of error, without its words, which might quote an address."""
    place = office(mailer=MoodyMailer([ValueError("ann@example.com")]))
    order = paid(place)

    [failure] = place.box_office.deliver().failures

    assert isinstance(failure.error, ValueError)
    entry = place.organiser.explain(order.id)[-1]
    assert (entry.step, entry.facts["reason"]) == (Step.MAIL_POSTPONED, "ValueError")


def _counting_to(number: int) -> Callable[[], bool]:
    left = [True] * number
    return lambda: bool(left) and left.pop()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_mail_is_begun_without_time(number: int) -> None:
    """What is left stays due."""
    place = office()
    for _ in range(3):
        paid(place)

    assert place.box_office.deliver(_counting_to(number)).done == number
    assert place.organiser.delivery_backlog().pending == 3 - number


def test_due_mails_wake_workers_that_wait_for_messages() -> None:
    """Each order with a due mail gets a message; processing it harms nothing."""
    place = office(mailer=MoodyMailer([GREYLISTED]))
    order = paid(place)
    place.box_office.deliver()
    assert place.box_office.publish_due_deliveries() == 0
    place.clock.move(MINUTE)

    assert place.box_office.publish_due_deliveries() == 1
    assert place.box_office.work().done == 1
    place.box_office.deliver()

    assert place.order(order).delivery is DeliveryStatus.DELIVERED
    assert place.charged == 9000

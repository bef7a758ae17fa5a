"""The addresses of buyers are forgotten: of one person, or of events that are long over."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.use_cases.harness import BUYER, HOLD, Office, office
from ticketcore import (
    AddressForgotten,
    BoxOffice,
    ForgetReport,
    InvalidRequest,
    KeptAddress,
    Need,
    Order,
    Organiser,
    Unavailable,
)
from ticketcore.domain import ids
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.retention import FORGOTTEN
from ticketcore_memory import MemoryMailer

SHOW = timedelta(days=30)


@attrs.define(eq=False)
class _FailsOnce(MemoryMailer):
    """Removes nothing at the first request."""

    fails: bool = True

    def forget(self, key: str) -> int:
        if self.fails:
            self.fails = False
            raise Unavailable("mailer", "out of reach")
        return super().forget(key)


def forget(place: Office, email: str = BUYER) -> ForgetReport:
    report = Organiser(place.box_office.ports).forget_customer(email)
    assert isinstance(report, ForgetReport)
    return report


def kept(order: Order, need: Need) -> KeptAddress:
    return KeptAddress(ids.digest(order.id), need)


def test_a_person_is_forgotten_as_far_as_possible() -> None:
    """Orders that ended, swept or not, forget the address; open ones and those of coming events keep it and are named."""
    mailer = MemoryMailer()
    place = office(100, mailer=mailer)
    ended = place.reserve()
    place.clock.move(HOLD)
    declined, paid, reserved = place.pay(place.reserve(), "tok_declined"), place.sold(), place.reserve()
    report = forget(place, BUYER.upper().replace("@EXAMPLE", "@example"))
    assert (report.orders, report.mails) == (2, 0)
    assert set(report.kept) == {kept(paid, Need.COMING), kept(reserved, Need.RESERVED)}
    assert [place.order(each).customer_email for each in (ended, declined)] == [FORGOTTEN] * 2
    assert [place.order(each).customer_email for each in (paid, reserved)] == [BUYER] * 2
    assert len(mailer.sent) == 1
    place.clock.move(SHOW)
    place.box_office.sweep()
    assert forget(place) == ForgetReport(2, 1, ())
    assert mailer.sent == []
    assert forget(place) == ForgetReport(0, 0, ())
    place.check()


def test_no_mail_is_asked_for_where_the_address_was_forgotten() -> None:
    """It is refused, and the order stays as it is, until an admin gives it an address again."""
    place = office()
    order = place.sold()
    place.clock.move(SHOW)
    forget(place)
    before = place.order(order)

    assert place.organiser.resend(order.id) == AddressForgotten()
    assert place.order(order) == before
    place.organiser.correct(order.id, "bob@example.com")
    assert place.order(order).delivery is DeliveryStatus.PENDING
    assert isinstance(place.organiser.resend(order.id), Order)


def test_a_mail_that_is_being_sent_is_waited_for() -> None:
    """It would bring the address back to where mails are kept."""
    place = office()
    order = place.reserve()
    place.box_office.pay(order.id, "tok_approved")
    place.box_office.work()
    place.clock.move(SHOW)
    assert forget(place).kept == (kept(order, Need.MAILING),)
    place.box_office.deliver()
    assert forget(place) == ForgetReport(1, 1, ())


def test_a_mailer_that_fails_leaves_the_rest_to_a_repetition() -> None:
    """An order whose mails are not removed is found again."""
    mailer = _FailsOnce()
    place = office(mailer=mailer)
    place.sold()
    place.clock.move(SHOW)
    with pytest.raises(Unavailable):
        forget(place)
    assert forget(place) == ForgetReport(1, 1, ())
    assert mailer.sent == []


def test_another_person_is_not_forgotten() -> None:
    """Nor one whose address is longer."""
    place = office()
    order = place.reserve()
    place.box_office.cancel(order.id)
    assert forget(place, f"x{BUYER}") == ForgetReport(0, 0, ())
    assert place.order(order).customer_email == BUYER


def test_what_is_no_address_is_refused() -> None:
    """Nothing is looked for."""
    refusal = Organiser(office().box_office.ports).forget_customer("ann")
    assert isinstance(refusal, InvalidRequest)
    assert refusal.errors[0].field == "customer_email"


def test_many_orders_are_forgotten_in_chunks() -> None:
    """However many keep the address in between."""
    place = office(1000)
    for number in range(250):
        order = place.reserve()
        if number % 3:
            place.box_office.cancel(order.id)
    report = forget(place)
    assert (report.orders, len(report.kept)) == (166, 84)


def test_a_sweep_forgets_the_buyers_of_events_that_are_long_over() -> None:
    """After the retention from the event's date, and without one never."""
    place = office()
    order = place.sold()
    keeping = BoxOffice(place.box_office.ports, HOLD, timedelta(days=10))
    place.clock.move(SHOW + timedelta(days=10))
    assert keeping.sweep().forgotten == 0
    place.clock.move(timedelta(milliseconds=1))
    assert place.box_office.sweep().forgotten == 0
    assert place.order(order).customer_email == BUYER
    assert keeping.sweep().forgotten == 1
    assert keeping.sweep().forgotten == 0
    assert place.order(order).customer_email == FORGOTTEN

"""Whatever the mood of a mail server, it decides about mail alone."""

from __future__ import annotations

import threading

import pytest

from tests.servers import smtp
from tests.use_cases.harness import Office, office
from ticketcore import DeliveryStatus, Order, OrderStatus
from ticketcore.domain.deliveries import MAX_AGE
from ticketcore_local import SmtpMailer

SENDER = "tickets@hall.example"
LATER = DeliveryStatus.PENDING

#: What one try leaves of a mail.
MOODS: dict[str, tuple[smtp.Mood, DeliveryStatus]] = {
    "accepts": (smtp.fine, DeliveryStatus.DELIVERED),
    "greylists": (smtp.saying("450 try later", at="RCPT"), LATER),
    "has no room": (smtp.saying("452 disk full", at="MESSAGE"), LATER),
    "closes": (smtp.saying("421 closing", at="MAIL"), LATER),
    "knows no such address": (smtp.saying("550 unknown", at="RCPT"), DeliveryStatus.UNDELIVERED),
    "refuses the message": (smtp.saying("552 too large", at="MESSAGE"), DeliveryStatus.UNDELIVERED),
    "knows no sender": (smtp.saying("550 who are you", at="MAIL"), LATER),
    "is silent": (smtp.silent, LATER),
    "hangs up at once": (smtp.dropping(at="CONNECT"), LATER),
    "hangs up at the message": (smtp.dropping(at="MESSAGE"), LATER),
}


def mailing_to(port: int, timeout_seconds: float = 0.3) -> Office:
    return office(100, mailer=SmtpMailer(SENDER, smtp.HOST, port, timeout_seconds=timeout_seconds))


def charged(place: Office) -> Order:
    order = place.reserve()
    place.box_office.pay(order.id, "tok_approved")
    place.box_office.work()
    return place.order(order)


@pytest.mark.parametrize("mood", MOODS)
def test_a_mood_decides_about_the_mail_alone(mood: str) -> None:
    """The order is paid before the mail is tried; what is not final arrives once the server is well again."""
    said, expected = MOODS[mood]
    with smtp.moody_server(said, smtp.fine) as (server, port):
        place = mailing_to(port)
        order = charged(place)
        assert order.status is OrderStatus.PAID
        place.box_office.deliver()
        assert place.order(order).delivery is expected
        place.clock.move(MAX_AGE / 2)
        place.box_office.deliver()
        final = DeliveryStatus.UNDELIVERED if expected is DeliveryStatus.UNDELIVERED else DeliveryStatus.DELIVERED
        assert place.order(order).delivery is final
        place.organiser.resend(order.id)
        place.box_office.deliver()
        assert place.order(order).delivery is DeliveryStatus.DELIVERED
        assert server.messages


def test_five_buyers_are_charged_while_the_mail_server_hangs() -> None:
    """The delivery lane waits in the silent server's session; none of the charges waits for it."""
    with smtp.moody_server(smtp.silent) as (server, port):
        place = mailing_to(port, timeout_seconds=30)
        first = charged(place)
        lane = threading.Thread(target=place.box_office.deliver, args=(lambda: not server.sessions,), daemon=True)
        lane.start()
        while not server.sessions:
            lane.join(0.01)
        buyers = [charged(place) for _ in range(5)]
        assert lane.is_alive()
        assert {order.status for order in buyers} == {OrderStatus.PAID}
        assert place.order(first).delivery is DeliveryStatus.PENDING
        server.stopped.set()
        lane.join()

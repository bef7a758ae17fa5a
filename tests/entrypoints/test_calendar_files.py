"""The calendar file of a mail, read back by a parser."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import icalendar
import pytest

from tests.core.examples import EVENT, NOW, ORDERS
from tests.entrypoints.test_mail_texts import MAIL
from ticketcore.domain import mime
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.mail import OrderMail
from ticketcore.domain.orders import OrderStatus
from ticketcore_texts.mail import TranslatedMailComposer

COMPOSER = TranslatedMailComposer("pt-BR", "https://tickets.example", "Teatro São Pedro", "tickets@hall.example")


def entry(mail: OrderMail = MAIL, composer: TranslatedMailComposer = COMPOSER) -> Any:
    """Return the one event of a mail's calendar file, which is published."""
    calendar = icalendar.Calendar.from_ical(composer.compose(mail).calendar)
    assert isinstance(calendar, icalendar.Calendar)
    assert (calendar["VERSION"], calendar["METHOD"], calendar.errors) == ("2.0", "PUBLISH", [])
    [found] = calendar.walk("VEVENT")
    assert isinstance(found, icalendar.Event)
    return found


def test_it_has_what_a_calendar_shows() -> None:
    """Name, place, the order's address, who invites, and the facts of the mail."""
    found = entry()
    assert (found["SUMMARY"], found["LOCATION"]) == ("Jazz Night", "Blue Hall")
    assert found["URL"] == f"https://tickets.example/o/{MAIL.order.id}"
    assert (found["ORGANIZER"], found["ORGANIZER"].params["CN"]) == ("mailto:tickets@hall.example", "Teatro São Pedro")
    assert "Código do ingresso: 7QXK2-M3PTV" in found["DESCRIPTION"]
    assert (found["STATUS"], found.decoded("DTSTAMP")) == ("CONFIRMED", NOW)
    assert MAIL.order.id not in found["UID"]


@pytest.mark.parametrize("month", [1, 7])
@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Europe/London", "America/New_York", "Pacific/Kiritimati"])
def test_its_time_is_the_moment_of_the_event_in_summer_and_winter(zone: str, month: int) -> None:
    """In UTC, which no calendar can mistake."""
    local = datetime(2027, month, 15, 20, 30, tzinfo=ZoneInfo(zone))
    mail = attrs.evolve(MAIL, event=attrs.evolve(EVENT, date=local.astimezone(UTC), timezone=zone))
    assert entry(mail).decoded("DTSTART") == local
    assert b"DTSTART:2027" in COMPOSER.compose(mail).calendar
    assert entry(mail)["DTSTART"].to_ical().endswith(b"Z")


def test_a_later_mail_replaces_the_entry() -> None:
    """It has the same UID for the whole life of the order, and the sequence of the event's revision."""
    moved = attrs.evolve(MAIL, kind=DeliveryKind.CHANGED, event=attrs.evolve(EVENT, revision=EVENT.revision + 1))
    assert entry(moved)["UID"] == entry()["UID"]
    assert entry(moved)["SEQUENCE"] == entry()["SEQUENCE"] + 1 == EVENT.revision + 1
    other = attrs.evolve(MAIL, order=attrs.evolve(MAIL.order, id=OrderId("another")))
    assert entry(other)["UID"] != entry()["UID"]


def test_a_cancelled_event_and_a_refunded_order_are_cancelled() -> None:
    """A refund comes after whatever the event's last revision has said."""
    cancelled = attrs.evolve(EVENT, status=EventStatus.CANCELLED, revision=3)
    assert entry(attrs.evolve(MAIL, kind=DeliveryKind.CANCELLED, event=cancelled))["STATUS"] == "CANCELLED"
    refund = attrs.evolve(MAIL, kind=DeliveryKind.REFUND, order=ORDERS[OrderStatus.REFUNDED], tickets=())
    assert (entry(refund)["STATUS"], entry(refund)["SEQUENCE"]) == ("CANCELLED", EVENT.revision + 1)
    partly = attrs.evolve(refund, order=MAIL.order)
    assert entry(partly)["STATUS"] == "CONFIRMED"


@pytest.mark.parametrize("name", ['Jazz; Night, \\ "live"', "Ópera 🎭 " * 20, "A:B\tC"])
def test_any_name_comes_back_as_it_was(name: str) -> None:
    """Escaped and folded where it has to be; the lines stay within 75 octets."""
    mail = attrs.evolve(MAIL, event=attrs.evolve(EVENT, name=name))
    assert entry(mail)["SUMMARY"] == name
    file = COMPOSER.compose(mail).calendar
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert file.endswith(b"END:VCALENDAR\r\n")


def test_a_file_needs_no_setting() -> None:
    """Without the address of the service and of a sender it has neither."""
    found = entry(composer=TranslatedMailComposer())
    assert {"URL", "ORGANIZER"} & set(found) == set()


def test_it_is_attached_to_the_message() -> None:
    """As a calendar that is published, with a name to open it by; the rest of the message stands as before."""
    mail = MAIL.message(COMPOSER.compose(MAIL))
    message = message_from_bytes(mime.to_mime(mail, "tickets@hall.example").as_bytes(), policy=default)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds[:3] == ["multipart/mixed", "multipart/alternative", "text/plain"]
    [file] = message.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "event.ics")
    assert file["Content-Type"].params == {"method": "PUBLISH", "charset": "utf-8"}
    assert file.get_payload(decode=True) == mail.calendar

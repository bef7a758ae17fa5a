"""The message that brings a buyer the tickets: complete, readable in every client, and for one recipient."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader, DateHeader
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses

import attrs
import pytest
from hypothesis import example, given

from tests.core.examples import CODE, DRAFT, EVENT, EVENT_ID, NOW, ORDER_ID, ORDERS, TICKET
from ticketcore.domain import emails, events, ids, mime
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.mail import DrawnTicket, Mail, MailContent, OrderMail, is_wanted
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.retention import FORGOTTEN
from ticketcore_testing.strategies import emails as addresses
from ticketcore_testing.strategies import names

PAID = ORDERS[OrderStatus.PAID]
KEY = f"{ids.digest(ORDER_ID)}-3"
SENDER = "Blue Hall <tickets@hall.example>"
DRAWN = tuple(
    DrawnTicket(attrs.evolve(TICKET, number=number, qr_code=f"THE-QR-TEXT-{number}"), f"PNG {number}".encode())
    for number in (1, 2)
)
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}

#: An event's name that tries to inject a header.
STRANGE_NAMES = [
    "Jazz\r\nBcc: eve@evil.example",
    "Jazz\nBcc: eve@evil.example",
    "Jazz\rBcc: eve@evil.example",
    "Jazz\x85Bcc: eve@evil.example",
    "Jazz\N{LINE SEPARATOR}Bcc: eve@evil.example",
    "Jazz\r\n\r\nAnother body",
    "=?utf-8?q?Jazz=0D=0ABcc:_eve@evil.example?=",
    "=?utf-8?b?SmF6egpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
    "Jazz =?utf-8?q?=0D=0A=0D=0AAnother_body?=",
]

#: Addresses whose syntax a browser accepts and which mail programs understand in another way.
STRANGE_ADDRESSES = [
    "=?utf-8?q?eve?=@example.com",
    "=?utf-8?q?eve=40evil.example=2C_ann?=@example.com",
    "=?utf-8?q?a=3Ceve=40evil.example=3E?=@example.com",
    "=?utf-8?q?a=0AB?=@example.com",
    ".ann@example.com",
    "ann.@example.com",
    "ann..lee@example.com",
    "ann@" + "a-long-label." * 15 + "example.com",
    "a" * 64 + "@example.com",
    "!#$%&'*+/=?^_`{|}~-@example.com",
]


TICKET_MAIL = OrderMail(DeliveryKind.TICKETS, KEY, EVENT, PAID, DRAWN, NOW)


def sent(about: OrderMail = TICKET_MAIL) -> Mail:
    """Return the message of a mail, which names the event and shows every image."""
    images = "".join(f'<img src="cid:{about.content_id(each.image)}">' for each in about.tickets)
    return about.message(MailContent(f"Your tickets for {about.event.name}", f"{about.event.name}\n", images))


def addressed(address: str) -> Mail:
    return sent(attrs.evolve(TICKET_MAIL, order=attrs.evolve(PAID, customer_email=address)))


def received(mailed: Mail) -> EmailMessage:
    """Return the message as the recipient's client parses it."""
    arrived = message_from_bytes(mime.to_mime(mailed, SENDER).as_bytes(), policy=default)
    assert isinstance(arrived, EmailMessage)
    return arrived


def part(message: EmailMessage, kind: str) -> EmailMessage:
    (found,) = (part for part in message.walk() if part.get_content_type() == kind)
    assert isinstance(found, EmailMessage)
    return found


def recipients(message: EmailMessage) -> list[str]:
    header = message["To"]
    assert isinstance(header, AddressHeader)
    return [address.addr_spec for address in header.addresses]


def test_the_text_stands_beside_the_html() -> None:
    """A mail client shows the HTML with its images if it can, and otherwise the same facts as text."""
    message = received(sent())

    assert [inner.get_content_type() for inner in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
    ]
    assert part(message, "text/plain").get_content().splitlines() == sent().text.splitlines()
    assert part(message, "text/html").get_content().rstrip() == sent().html


def test_every_image_is_where_the_html_looks_for_it() -> None:
    """Each content id is named once in the page and carried once in the message, with the right image."""
    message = received(sent())
    images = {inner["Content-ID"]: inner for inner in message.walk() if inner.get_content_type() == "image/png"}

    for drawn, (content_id, image) in zip(DRAWN, images.items(), strict=True):
        assert isinstance(image, EmailMessage)
        assert sent().html.count(f'src="cid:{content_id.strip("<>")}"') == 1
        assert (image.get_content(), image.get_content_disposition()) == (drawn.png, "inline")
        assert image.get_filename() == f"ticket-{drawn.ticket.number}.png"


LONG_ARABIC = "مهرجان الموسيقى العربية \N{EN DASH} الليلة الأولى"


@given(names)
@example(LONG_ARABIC)
@example("=?utf-8?q?Jazz=0D=0ABcc:_eve@evil.example?=")
@example("a " * 100 + "b")
def test_subjects_and_senders_arrive_as_written_in_every_decoder(name: str) -> None:
    """Any script, spaces and symbols come through encoding and folding, in two decoders that share no code."""
    named = attrs.evolve(TICKET_MAIL, event=attrs.evolve(EVENT, name=name))
    raw = mime.to_mime(sent(named), f"{name} <tickets@hall.example>").as_bytes()
    modern, legacy = message_from_bytes(raw, policy=default), message_from_bytes(raw)

    assert modern["Subject"] == decoded(legacy["Subject"]) == f"Your tickets for {name}"
    assert decoded(legacy["From"].rpartition(" <")[0].rstrip()) == name.rstrip()
    assert modern["From"].addresses[0].addr_spec == "tickets@hall.example"
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
    assert all(octet < 128 for octet in raw.partition(b"\r\n\r\n")[0])


def decoded(header: str) -> str:
    """Return a header as the older of the standard library's decoders reads it."""
    return str(make_header(decode_header(header)))


@given(addresses)
def test_the_buyer_is_the_only_recipient(address: str) -> None:
    """The address arrives as it was given."""
    assert recipients(received(addressed(address))) == [address]


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_no_name_adds_a_header(name: str) -> None:
    """An event's name, whatever it contains, changes only the text of a message."""
    event = events.create(EVENT_ID, attrs.evolve(DRAFT, name=name), NOW)
    if not isinstance(event, Event):
        return  # No message mentions an event of this name.
    message = received(sent(attrs.evolve(TICKET_MAIL, event=event)))

    assert set(message.keys()) == HEADERS
    assert recipients(message) == ["ann@example.com"]


@pytest.mark.parametrize("address", STRANGE_ADDRESSES)
def test_a_strange_address_is_refused_or_reached(address: str) -> None:
    """An address that a buyer may give is the one that the message goes to, and never stops the mail."""
    try:
        accepted = emails.parse(address)
    except ValueError:
        return  # No order has this address.
    message = received(addressed(accepted))

    assert recipients(message) == [accepted]
    assert set(message.keys()) == HEADERS


def test_a_message_has_one_identity() -> None:
    """Sent again later it has the same Message-ID; one with another key has another."""
    again = sent(attrs.evolve(TICKET_MAIL, date=NOW + timedelta(hours=1)))
    other = sent(attrs.evolve(TICKET_MAIL, key="another"))

    assert received(sent())["Message-ID"] == f"<{KEY}@hall.example>"
    assert received(again)["Message-ID"] == received(sent())["Message-ID"]
    assert received(other)["Message-ID"] != received(sent())["Message-ID"]
    assert ORDER_ID not in mime.to_mime(sent(), SENDER).as_string()


@pytest.mark.parametrize("sender", [SENDER, "tickets@hall.example"])
def test_the_sender_may_have_a_name(sender: str) -> None:
    """With or without it the message comes from the address, under its domain."""
    message = mime.to_mime(sent(), sender)

    assert message["From"] == sender
    assert str(message["Message-ID"]) == f"<{KEY}@hall.example>"


@pytest.mark.parametrize(
    "name",
    [
        "Teatro São Pedro",
        "Foo, Bar",
        "Foo <eve@evil.example>",
        '"Foo" <eve@evil.example>, Bar',
        "eve@evil.example, Foo",
        "Foo; Bar:",
        "=?utf-8?q?Foo?= <eve@evil.example>",
        "(Foo)",
        "Foo\\",
    ],
)
def test_no_name_of_a_sender_is_taken_for_another_address(name: str) -> None:
    """Both decoders read one address, the sender's, whatever the name looks like."""
    sender = f"{name} <tickets@hall.example>"
    raw = mime.to_mime(sent(), sender).as_bytes()

    assert mime.address_of(sender) == "tickets@hall.example"
    assert [each.addr_spec for each in message_from_bytes(raw, policy=default)["From"].addresses] == [
        "tickets@hall.example"
    ]
    assert [address for _, address in getaddresses([message_from_bytes(raw)["From"]])] == ["tickets@hall.example"]
    assert f"<{KEY}@hall.example>" in raw.decode()


def test_the_message_is_dated() -> None:
    """Its date is the moment it was made."""
    header = received(sent())["Date"]

    assert isinstance(header, DateHeader)
    assert header.datetime == NOW


def test_a_message_does_not_show_its_contents() -> None:
    """Address, text and tickets stay out of logs."""
    shown = f"{sent()!r} {TICKET_MAIL!r} {MailContent('a subject', 'THE-QR-TEXT', 'THE-QR-TEXT')!r}"

    for secret in ("ann@example.com", "THE-QR-TEXT", "PNG 1", CODE):
        assert secret not in shown


@pytest.mark.parametrize("event_status", EventStatus)
@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.REFUNDED])
def test_a_mail_that_has_become_pointless_is_not_wanted(status: OrderStatus, event_status: EventStatus) -> None:
    """A refund ends all mails but its own, a cancellation that of a change, and a resumption that of the cancellation."""
    event, is_paid = attrs.evolve(EVENT, status=event_status), status is OrderStatus.PAID
    is_cancelled = event_status is EventStatus.CANCELLED
    of_event = {DeliveryKind.CANCELLED} if is_cancelled else {DeliveryKind.CHANGED, DeliveryKind.REOPENED}

    assert {kind for kind in DeliveryKind if is_wanted(kind, ORDERS[status], event)} == {
        DeliveryKind.REFUND,
        *([DeliveryKind.TICKETS] if is_paid else []),
        *(of_event if is_paid else ()),
    }


@pytest.mark.parametrize("kind", DeliveryKind)
def test_no_mail_to_a_forgotten_address_is_wanted(kind: DeliveryKind) -> None:
    """There is no one to be told."""
    assert not is_wanted(kind, attrs.evolve(PAID, customer_email=FORGOTTEN), EVENT)

"""The message that brings a buyer the tickets."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import attrs

from ticketcore.domain import ids
from ticketcore.domain.events import Event
from ticketcore.domain.orders import Order
from ticketcore.domain.tickets import Ticket


@attrs.frozen
class InlineImage:
    """A PNG shown inside the message; ``name`` is its file name and, with the order, its content id."""

    name: str
    png: bytes = attrs.field(repr=False)


@attrs.frozen
class TicketMail:
    """One message to one buyer.  ``key`` is the same for every repetition of it."""

    key: str
    date: datetime
    recipient: str = attrs.field(repr=False)
    subject: str
    text: str = attrs.field(repr=False)
    html: str = attrs.field(repr=False)
    images: tuple[InlineImage, ...] = attrs.field(repr=False)


def _facts(event: Event, order: Order) -> list[tuple[str, str]]:
    return [
        ("Event", event.name),
        ("Date", f"{event.date.astimezone(UTC):%A, %d %B %Y, %H:%M} UTC"),
        ("Place", event.location),
        ("Tickets", str(order.quantity)),
        ("Paid", str(order.total)),
        ("Ticket code", order.ticket_code or ""),
    ]


def compose(event: Event, order: Order, tickets: Sequence[tuple[Ticket, bytes]], now: datetime) -> TicketMail:
    """Answer the message for a paid order; ``tickets`` go with the PNGs of their QR codes."""
    key = ids.digest(order.id)
    facts = _facts(event, order)
    images = tuple(InlineImage(f"ticket-{ticket.number}.png", png) for ticket, png in tickets)
    text = "\n".join(
        [
            "Here are your tickets. Show each QR code once at the gate.",
            "",
            *(f"{name}: {value}" for name, value in facts),
            *(f"\nTicket {ticket.number} of {order.quantity}, QR code:\n{ticket.qr_code}" for ticket, _ in tickets),
            "",
        ]
    )
    rows = "".join(f"<tr><th align=left>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in facts)
    codes = "".join(
        f'<p>Ticket {ticket.number} of {order.quantity}<br><img src="cid:{image.name}@{key}" alt="QR code"></p>'
        for (ticket, _), image in zip(tickets, images, strict=True)
    )
    page = f"<p>Here are your tickets. Show each QR code once at the gate.</p><table>{rows}</table>{codes}"
    return TicketMail(key, now, order.customer_email, f"Your tickets for {event.name}", text, page, images)


def to_mime(mail: TicketMail, sender: str) -> EmailMessage:
    """Return the message as MIME (RFC 2387): plain text beside HTML with the images inline.

    Its ``Message-ID`` is the same for every repetition, so that mail programs show one message.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.recipient
    # What looks like an encoded word (RFC 2047) would be decoded here, line breaks and all.
    message["Subject"] = mail.subject.replace("=?", "= ?")
    message["Date"] = mail.date
    message["Message-ID"] = f"<{mail.key}@{sender.rpartition('@')[2].rstrip('>')}>"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    page = message.get_payload(1)
    assert isinstance(page, EmailMessage)
    for image in mail.images:
        page.add_related(
            image.png, "image", "png", cid=f"<{image.name}@{mail.key}>", disposition="inline", filename=image.name
        )
    return message

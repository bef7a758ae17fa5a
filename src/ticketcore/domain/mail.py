"""Mail to buyers: what a mail is about, whether it is still wanted, its content, and its images."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

import attrs

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.retention import FORGOTTEN
from ticketcore.domain.tickets import Ticket


@attrs.frozen
class InlineImage:
    """A PNG shown inside a message; ``name`` is its file name and, with the message's key, its content id."""

    name: str
    png: bytes = attrs.field(repr=False)


@attrs.frozen
class MailContent:
    """What a mail says to its recipient; ``calendar`` is a file of the event (RFC 5545), empty for none."""

    subject: str
    text: str = attrs.field(repr=False)
    html: str = attrs.field(repr=False)
    calendar: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen
class Mail:
    """One message to one buyer.  ``key`` is the same for every repetition of it."""

    kind: DeliveryKind
    key: str
    date: datetime
    recipient: str = attrs.field(repr=False)
    subject: str
    text: str = attrs.field(repr=False)
    html: str = attrs.field(repr=False)
    images: tuple[InlineImage, ...] = attrs.field(repr=False)
    calendar: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen
class DrawnTicket:
    """A ticket with the image of its QR code, a PNG."""

    ticket: Ticket = attrs.field(repr=False)
    png: bytes = attrs.field(repr=False)

    @property
    def image(self) -> InlineImage:
        return InlineImage(f"ticket-{self.ticket.number}.png", self.png)


@attrs.frozen
class OrderMail:
    """A mail to the buyer of an order, before it is composed.

    ``tickets`` are those that it brings, if any; ``refunded`` is the number of those whose money goes or went back, and
    ``newly_refunded`` are the numbers of those of which a refund mail tells for the first time.
    """

    kind: DeliveryKind
    key: str
    event: Event
    order: Order = attrs.field(repr=False)
    tickets: tuple[DrawnTicket, ...]
    date: datetime
    refunded: int = 0
    newly_refunded: tuple[int, ...] = ()

    @property
    def quantity(self) -> int:
        """The number of tickets that it is about."""
        is_refund = self.kind is DeliveryKind.REFUND
        return len(self.newly_refunded) if is_refund else self.order.quantity - self.refunded

    @property
    def amount(self) -> Money:
        """The money that it is about."""
        return self.order.ticket_price.times(self.quantity)

    @property
    def refunded_amount(self) -> Money:
        """All the money of the order that goes or went back."""
        return self.order.ticket_price.times(self.refunded)

    def content_id(self, image: InlineImage) -> str:
        """Return the id under which the message carries an image: HTML shows it as ``cid:…`` (RFC 2392)."""
        return content_id(image, self.key)

    def message(self, content: MailContent) -> Mail:
        """Return the message with this content, to the order's buyer and with the images of its tickets."""
        images = tuple(each.image for each in self.tickets)
        recipient = self.order.customer_email
        texts = (content.subject, content.text, content.html)
        return Mail(self.kind, self.key, self.date, recipient, *texts, images, content.calendar)


def content_id(image: InlineImage, key: str) -> str:
    """Return the content id of an image in the message with this key (RFC 2392)."""
    return f"{image.name}@{key}"


def is_wanted(kind: DeliveryKind, order: Order, event: Event) -> bool:
    """Return whether a mail still has a point: later changes of its order or event may have ended it."""
    if order.customer_email == FORGOTTEN:
        return False
    is_paid, is_cancelled = order.status is OrderStatus.PAID, event.status is EventStatus.CANCELLED
    match kind:
        case DeliveryKind.TICKETS:
            return is_paid
        case DeliveryKind.CHANGED | DeliveryKind.REOPENED:
            return is_paid and not is_cancelled
        case DeliveryKind.CANCELLED:
            return is_paid and is_cancelled
        case DeliveryKind.REFUND:
            return True
        case _:
            assert_never(kind)

"""What a buyer has of an order: its tickets, their images and the mails, and whether they belong together."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import attrs

from ticketcore import DeliveryStatus, OrderStatus
from ticketcore.domain.ids import OrderId
from ticketcore.ports import QrImages
from ticketcore_bootstrap import Assembly

_QR_TEXT = re.compile(r"^Ticket \d+ of \d+, QR code:\n(\S+)$", re.MULTILINE)


@attrs.frozen
class Mail:
    """One message as it lies in the buyer's box."""

    message_id: str
    qr_codes: tuple[str, ...]
    images: tuple[bytes, ...]


@attrs.frozen
class Goods:
    """All that an order's buyer has at one moment; ``images`` are the stored ones, by the QR text."""

    status: OrderStatus
    delivery: DeliveryStatus | None
    numbers: tuple[int, ...]
    qr_codes: tuple[str, ...]
    images: dict[str, bytes]
    mails: tuple[Mail, ...]


def goods_of(assembly: Assembly, order_id: str) -> Goods:
    """Return what the buyer of an order has now."""
    ports = assembly.ports
    order = ports.orders.get(OrderId(order_id))
    assert order is not None, "there is no such order"
    tickets = ports.tickets.of_order(order.id)
    stored = {ticket.qr_code: ports.files.get(ticket.image_name) for ticket in tickets}
    return Goods(
        order.status,
        order.delivery,
        tuple(ticket.number for ticket in tickets),
        tuple(ticket.qr_code for ticket in tickets),
        {qr_code: png for qr_code, png in stored.items() if png is not None},
        tuple(read_mail(path.read_bytes()) for path in sorted((assembly.settings.data / "mail").glob("[!.]*.eml"))),
    )


def read_mail(raw: bytes) -> Mail:
    """Read a message as a mail program does."""
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    text = message.get_body(("plain",))
    assert isinstance(text, EmailMessage)
    images = [part.get_content() for part in message.walk() if part.get_content_type() == "image/png"]
    qr_codes = _QR_TEXT.findall(text.get_content().replace("\r\n", "\n"))
    return Mail(message["Message-ID"], tuple(qr_codes), tuple(images))


def assert_whole(before: Goods, after: Goods, quantity: int, draw: QrImages) -> None:
    """The order is fulfilled, once and completely; what the buyer had before a crash is still what counts."""
    reached = (after.status, after.delivery)
    assert reached == (OrderStatus.PAID, DeliveryStatus.DELIVERED), f"the order has come no further than {reached}"
    assert after.numbers == tuple(range(1, quantity + 1)), f"the tickets are numbered {after.numbers}"
    assert len(set(after.qr_codes)) == quantity, "a QR code stands on two tickets"
    drawn = {qr_code: draw.draw(qr_code) for qr_code in after.qr_codes}
    assert after.images == drawn, "an image is missing, or is another ticket's"
    [mail] = after.mails
    assert mail.qr_codes == after.qr_codes, "the mail brings other tickets"
    assert mail.images == tuple(drawn.values()), "the mail brings other images"

    assert before.qr_codes in {(), after.qr_codes}, "tickets were replaced by others"
    assert before.images.items() <= drawn.items(), "images were replaced by others"
    assert {one.message_id for one in before.mails} <= {mail.message_id}, "the mail came twice, as two"
    assert {one.qr_codes for one in before.mails} <= {after.qr_codes}, "a mail brought tickets that do not count"

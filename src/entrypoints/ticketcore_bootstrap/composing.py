"""The mail composer that the settings choose, with its templates tried out."""

from __future__ import annotations

from datetime import UTC, datetime

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.ids import EventId, OrderId, TicketCode, TicketId
from ticketcore.domain.mail import DrawnTicket, OrderMail
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Order, OrderStatus
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import MailComposer
from ticketcore_bootstrap.extras import requires
from ticketcore_bootstrap.settings import Settings
from ticketcore_bootstrap.variables import SettingError, shown
from ticketcore_texts.mail import TranslatedMailComposer
from ticketcore_texts.mail_templates import NAMES, WrongTemplates

_TEMPLATES = "TICKETCORE_MAIL_TEMPLATES"


def mail_composer(settings: Settings) -> MailComposer:
    """Return the composer; raise ``SettingError`` for templates that no mail can be made of."""
    composer = TranslatedMailComposer(
        settings.language, settings.mail_url, settings.organiser, settings.mail.sender, settings.mail_templates
    )
    if settings.mail_templates is None:
        return composer
    try:
        with requires("http", _TEMPLATES):
            composer.check(_a_mail())
    except WrongTemplates as wrong:
        held = f'"{shown(str(settings.mail_templates))}", which {wrong.fault}'
        raise SettingError(
            _TEMPLATES, held, f"a directory with {' or '.join(NAMES)} that mails can be made of"
        ) from None
    return composer


def _a_mail() -> OrderMail:
    """Return a mail with everything that a mail may have."""
    at, price = datetime(2027, 1, 1, tzinfo=UTC), Money(4500, Currency("BRL"))
    event = Event(EventId("event"), "Event", at, "Place", 1, price, EventStatus.ON_SALE, 1, at)
    code = TicketCode("00000-00000")
    order_id = OrderId("order")
    order = Order(order_id, event.id, "ann@example.com", 1, price, OrderStatus.PAID, at, at, 1, ticket_code=code)
    ticket = Ticket(TicketId("ticket"), order_id, event.id, 1, "QR TEXT")
    return OrderMail(DeliveryKind.TICKETS, "key", event, order, (DrawnTicket(ticket, b""),), at)

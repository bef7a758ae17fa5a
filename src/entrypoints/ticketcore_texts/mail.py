"""The texts of mails, in the language of their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.mail import DrawnTicket, MailContent, OrderMail
from ticketcore.domain.texts import Text
from ticketcore.ports import MailComposer
from ticketcore_texts.calendar_files import calendar_file
from ticketcore_texts.catalogues import ENGLISH
from ticketcore_texts.mail_templates import HTML, TEXT, check_templates, rendered_template
from ticketcore_texts.negotiation import known_language
from ticketcore_texts.rendering import render, rendered

_SUBJECTS = {
    DeliveryKind.TICKETS: Text("Your tickets for %(event)s"),
    DeliveryKind.CHANGED: Text("New date or place: %(event)s"),
    DeliveryKind.CANCELLED: Text("Cancelled: %(event)s"),
    DeliveryKind.REFUND: Text("Refund: %(event)s"),
}
_INTRODUCTIONS = {
    DeliveryKind.TICKETS: Text("Here are your tickets. Show each QR code once at the gate."),
    DeliveryKind.CHANGED: Text(
        "The date or the place of your event has changed. Below is where it stands now. Your tickets stay valid."
    ),
    DeliveryKind.CANCELLED: Text(
        "Your event was cancelled, and your tickets are no longer valid. A refund is confirmed by a mail of its own."
    ),
    DeliveryKind.REFUND: Text(
        "Your payment goes back to you the way it came. The refunded tickets are no longer valid."
    ),
}
_AMOUNTS = {DeliveryKind.REFUND: Text("Refunded")}
_REFUNDED_EVENT = Text("Your event was cancelled.")


@attrs.frozen(eq=False)
class TranslatedMailComposer(MailComposer):
    """Composes mails in the language of their order, or else in ``language``.

    With a ``public_url`` they link to the order.  ``organiser`` is who sells, ``sender`` the address that mails come from.
    Templates in the directory ``templates`` stand in for ours.
    """

    language: str = ENGLISH
    public_url: str | None = None
    organiser: str | None = None
    sender: str | None = None
    templates: Path | None = None

    def compose(self, mail: OrderMail) -> MailContent:
        language = known_language(mail.order.language or "") or self.language
        values = _values(self, mail, language)
        subject: str = values["subject"]
        text, html = (rendered_template(self.templates, name, values) for name in (TEXT, HTML))
        return MailContent(subject, text, html, self._calendar(mail, values))

    def check(self, mail: OrderMail) -> None:
        """Raise ``WrongTemplates`` if templates of the directory cannot be filled with the values of a mail."""
        if self.templates is not None:
            check_templates(self.templates, _values(self, mail, self.language))

    def _calendar(self, mail: OrderMail, values: dict[str, Any]) -> bytes:
        facts = "\n".join(f"{fact['name']}: {fact['value']}" for fact in values["facts"])
        link = values["link"]
        organiser = (self.organiser, self.sender) if self.sender else None
        return calendar_file(mail.event, mail.order, mail.date, facts, link and link["url"], organiser)


def _values(composer: TranslatedMailComposer, mail: OrderMail, language: str) -> dict[str, Any]:
    """Return the values that templates are filled with, rendered in a language."""
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import; processes that send no mail need none.

    event, order = mail.event, mail.order
    facts = [
        (Text("Event"), event.name),
        (Text("Date"), formats.day_and_time(event.date, event.timezone, language)),
        (Text("Place"), event.location),
        (Text("Tickets"), formats.number(mail.quantity, language)),
        (_AMOUNTS.get(mail.kind, Text("Paid")), formats.money(mail.amount, language)),
        (Text("Ticket code"), order.ticket_code or ""),
    ]
    values = {
        "language": language,
        "kind": mail.kind.value,
        "subject": _SUBJECTS[mail.kind].with_values(event=event.name),
        "introduction": _introduction(mail, language),
        "event": event.name,
        "organiser": composer.organiser,
        "ticket_code": order.ticket_code or "",
        "facts": [{"name": name, "value": value} for name, value in facts],
        "tickets": [_ticket(mail, each) for each in mail.tickets],
        "link": _link(f"{composer.public_url}/o/{order.id}") if composer.public_url else None,
    }
    return {name: rendered(value, language) for name, value in values.items()}


def _introduction(mail: OrderMail, language: str) -> str:
    is_cancelled = mail.kind is DeliveryKind.REFUND and mail.event.status is EventStatus.CANCELLED
    said = [*([_REFUNDED_EVENT] if is_cancelled else []), _INTRODUCTIONS[mail.kind]]
    return " ".join(render(each, language) for each in said)


def _ticket(mail: OrderMail, drawn: DrawnTicket) -> dict[str, Any]:
    number = drawn.ticket.number
    return {
        "title": Text("Ticket %(number)s of %(quantity)s", number=number, quantity=mail.order.quantity),
        "code_title": Text("QR code:"),
        "qr_text": drawn.ticket.qr_code,
        "image": mail.content_id(drawn.image),
        "image_title": Text("QR code"),
    }


def _link(url: str) -> dict[str, Any]:
    return {
        "url": url,
        "title": Text("Show the order"),
        "sentence": Text("The order with its tickets: %(url)s", url=url),
    }

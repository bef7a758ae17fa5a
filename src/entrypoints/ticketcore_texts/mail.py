"""The texts of mails, in the language of their order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.mail import DrawnTicket, MailContent, OrderMail
from ticketcore.domain.texts import Text, plural_text
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
    DeliveryKind.REOPENED: Text("Takes place after all: %(event)s"),
    DeliveryKind.REFUND: Text("Refund: %(event)s"),
}
_INTRODUCTIONS = {
    DeliveryKind.TICKETS: Text("Here are your tickets. Show each QR code once at the gate."),
    DeliveryKind.CHANGED: Text(
        "The date or the place of your event was changed. Below is when and where it takes place now, whatever you heard "
        "before. Your tickets stay valid."
    ),
    DeliveryKind.CANCELLED: Text(
        "Your event was cancelled, and your tickets are no longer valid. A refund is confirmed by a mail of its own."
    ),
    DeliveryKind.REOPENED: Text(
        "Your event takes place: if you heard that it was cancelled, that no longer holds. Below is when and where. "
        "Your tickets are valid."
    ),
}
_CANCELLED_FREE = Text("Your event was cancelled, and your tickets are no longer valid. They cost nothing.")
_WITHDRAWN = Text("No longer valid: your tickets for %(event)s")
_REFUNDED_EVENT = Text("Your event was cancelled.")
_REFUNDED = Text("Your payment goes back to you the way it came. The refunded tickets are no longer valid.")
_REFUNDED_PART = plural_text(
    "The money of the ticket named below goes back to you the way it came. This ticket is no longer valid.",
    "The money of the tickets named below goes back to you the way it came. These tickets are no longer valid.",
    "count",
)
_REFUNDED_FREE = plural_text(
    "The ticket named below is no longer valid. It cost nothing, so that no money goes back.",
    "The tickets named below are no longer valid. They cost nothing, so that no money goes back.",
    "count",
)
#: By their numbers, of as many as the order has.
_TICKETS = plural_text("ticket %(numbers)s of %(quantity)s", "tickets %(numbers)s of %(quantity)s", "count")
_OTHERS_STAY = plural_text("Your other ticket stays valid.", "Your other tickets stay valid.", "count")


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
    counted = _refund_facts if mail.kind is DeliveryKind.REFUND else _ticket_facts
    facts = [
        (Text("Event"), event.name),
        (Text("Date"), formats.day_and_time(event.date, event.timezone, language)),
        (Text("Place"), event.location),
        *counted(mail, language),
        (Text("Ticket code"), order.ticket_code or ""),
    ]
    values = {
        "language": language,
        "kind": mail.kind.value,
        "subject": _subject(mail).with_values(event=event.name),
        "introduction": _introduction(mail, language),
        "event": event.name,
        "organiser": composer.organiser,
        "ticket_code": order.ticket_code or "",
        "facts": [{"name": name, "value": value} for name, value in facts],
        "tickets": [_ticket(mail, each) for each in mail.tickets],
        "link": _link(f"{composer.public_url}/o/{order.id}") if composer.public_url else None,
    }
    return {name: rendered(value, language) for name, value in values.items()}


def _subject(mail: OrderMail) -> Text:
    return _WITHDRAWN if mail.kind is DeliveryKind.REFUND and not mail.order.total.minor else _SUBJECTS[mail.kind]


def _introduction(mail: OrderMail, language: str) -> str:
    return " ".join(render(each, language) for each in _sentences(mail))


def _sentences(mail: OrderMail) -> Iterator[Text]:
    is_free, is_cancelled = not mail.order.total.minor, mail.event.status is EventStatus.CANCELLED
    if mail.kind is not DeliveryKind.REFUND:
        yield _CANCELLED_FREE if is_free and mail.kind is DeliveryKind.CANCELLED else _INTRODUCTIONS[mail.kind]
        return
    if is_cancelled:
        yield _REFUNDED_EVENT
    now, others = len(mail.newly_refunded), mail.order.quantity - mail.refunded
    if is_free:
        yield _REFUNDED_FREE.with_values(count=now)
    else:
        yield _REFUNDED if mail.quantity == mail.order.quantity else _REFUNDED_PART.with_values(count=now)
    if others and not is_cancelled:
        yield _OTHERS_STAY.with_values(count=others)


def _ticket_facts(mail: OrderMail, language: str) -> Iterator[tuple[Text, str]]:
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import, as above.

    yield Text("Tickets"), formats.number(mail.quantity, language)
    yield Text("Paid"), formats.money(mail.amount, language)


def _refund_facts(mail: OrderMail, language: str) -> Iterator[tuple[Text, str]]:
    """Yield which tickets are refunded now and their money, and after an earlier refund the money of both."""
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import, as above.

    numbers = ", ".join(map(str, mail.newly_refunded))
    yield (
        Text("No longer valid"),
        render(
            _TICKETS.with_values(count=len(mail.newly_refunded), numbers=numbers, quantity=mail.order.quantity),
            language,
        ),
    )
    if mail.amount.minor:
        yield Text("Refunded"), formats.money(mail.amount, language)
    if mail.refunded_amount != mail.amount:
        yield Text("Refunded in all"), formats.money(mail.refunded_amount, language)


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

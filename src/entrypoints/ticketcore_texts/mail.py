"""The texts of mails, in a language."""

from __future__ import annotations

from html import escape

import attrs

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.mail import DrawnTicket, MailContent, OrderMail
from ticketcore.domain.texts import Text
from ticketcore.ports import MailComposer
from ticketcore_texts.catalogues import ENGLISH
from ticketcore_texts.negotiation import known_language
from ticketcore_texts.rendering import render

_LINK = Text("The order with its tickets: %(url)s")
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
    """Composes mails in the language of their order, or else in ``language``; with a ``public_url`` they link to the order."""

    language: str = ENGLISH
    public_url: str | None = None
    organiser: str | None = None

    def compose(self, mail: OrderMail) -> MailContent:
        language = known_language(mail.order.language or "") or self.language
        return attrs.evolve(self, language=language)._content(mail)

    def _content(self, mail: OrderMail) -> MailContent:
        subject = _SUBJECTS[mail.kind].with_values(event=mail.event.name)
        facts = self._facts(mail)
        return MailContent(self._say(subject), self._text(mail, facts), self._html(mail, facts))

    def _say(self, text: Text) -> str:
        return render(text, self.language)

    def _facts(self, mail: OrderMail) -> list[tuple[str, str]]:
        from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import; processes that send no mail need none.

        event, order = mail.event, mail.order
        facts = [
            (Text("Event"), event.name),
            (Text("Date"), formats.day_and_time(event.date, event.timezone, self.language)),
            (Text("Place"), event.location),
            *([(Text("Organiser"), self.organiser)] if self.organiser else []),
            (Text("Tickets"), formats.number(order.quantity, self.language)),
            (_AMOUNTS.get(mail.kind, Text("Paid")), formats.money(order.total, self.language)),
            (Text("Ticket code"), order.ticket_code or ""),
        ]
        return [(self._say(name), value) for name, value in facts]

    def _text(self, mail: OrderMail, facts: list[tuple[str, str]]) -> str:
        qr_code = Text("QR code:")
        tickets = (f"\n{self._title(mail, each)}, {self._say(qr_code)}\n{each.ticket.qr_code}" for each in mail.tickets)
        link = [self._say(_LINK.with_values(url=url)), ""] if (url := self._order_url(mail)) else []
        lines = [self._introduction(mail), "", *link, *(f"{name}: {value}" for name, value in facts), *tickets, ""]
        return "\n".join(lines)

    def _html(self, mail: OrderMail, facts: list[tuple[str, str]]) -> str:
        rows = (f"<tr><th align=left>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
        tickets = (f"<p>{escape(self._title(mail, each))}<br>{self._image(mail, each)}</p>" for each in mail.tickets)
        return f"<p>{escape(self._introduction(mail))}</p>{self._html_link(mail)}<table>{''.join(rows)}</table>{''.join(tickets)}"

    def _introduction(self, mail: OrderMail) -> str:
        is_cancelled = mail.kind is DeliveryKind.REFUND and mail.event.status is EventStatus.CANCELLED
        said = [*([_REFUNDED_EVENT] if is_cancelled else []), _INTRODUCTIONS[mail.kind]]
        return " ".join(self._say(each) for each in said)

    def _html_link(self, mail: OrderMail) -> str:
        url, show = self._order_url(mail), Text("Show the order")
        return f'<p><a href="{escape(url)}">{escape(self._say(show))}</a></p>' if url else ""

    def _order_url(self, mail: OrderMail) -> str | None:
        return f"{self.public_url}/o/{mail.order.id}" if self.public_url else None

    def _title(self, mail: OrderMail, drawn: DrawnTicket) -> str:
        title = Text("Ticket %(number)s of %(quantity)s", number=drawn.ticket.number, quantity=mail.order.quantity)
        return self._say(title)

    def _image(self, mail: OrderMail, drawn: DrawnTicket) -> str:
        description = self._say(Text("QR code"))
        return f'<img src="cid:{mail.content_id(drawn.image)}" alt="{escape(description)}">'

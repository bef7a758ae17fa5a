"""The texts of mails, in a language."""

from __future__ import annotations

from html import escape

import attrs

from ticketcore.domain.mail import DrawnTicket, MailContent, TicketMail
from ticketcore.domain.texts import Text
from ticketcore.ports import MailComposer
from ticketcore_texts.catalogues import ENGLISH
from ticketcore_texts.rendering import render

_LINK = Text("The order with its tickets: %(url)s")
_INTRODUCTION = Text("Here are your tickets. Show each QR code once at the gate.")


@attrs.frozen(eq=False)
class TranslatedMailComposer(MailComposer):
    """Composes mails in a language; with a ``public_url`` they link to the order."""

    language: str = ENGLISH
    public_url: str | None = None

    def compose(self, mail: TicketMail) -> MailContent:
        subject = Text("Your tickets for %(event)s", event=mail.event.name)
        facts = self._facts(mail)
        return MailContent(self._say(subject), self._text(mail, facts), self._html(mail, facts))

    def _say(self, text: Text) -> str:
        return render(text, self.language)

    def _facts(self, mail: TicketMail) -> list[tuple[str, str]]:
        from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import; processes that send no mail need none.

        event, order = mail.event, mail.order
        facts = [
            (Text("Event"), event.name),
            (Text("Date"), formats.day_and_time(event.date, event.timezone, self.language)),
            (Text("Place"), event.location),
            (Text("Tickets"), formats.number(order.quantity, self.language)),
            (Text("Paid"), formats.money(order.total, self.language)),
            (Text("Ticket code"), order.ticket_code or ""),
        ]
        return [(self._say(name), value) for name, value in facts]

    def _text(self, mail: TicketMail, facts: list[tuple[str, str]]) -> str:
        qr_code = Text("QR code:")
        tickets = (f"\n{self._title(mail, each)}, {self._say(qr_code)}\n{each.ticket.qr_code}" for each in mail.tickets)
        link = [self._say(_LINK.with_values(url=url)), ""] if (url := self._order_url(mail)) else []
        lines = [self._say(_INTRODUCTION), "", *link, *(f"{name}: {value}" for name, value in facts), *tickets, ""]
        return "\n".join(lines)

    def _html(self, mail: TicketMail, facts: list[tuple[str, str]]) -> str:
        rows = (f"<tr><th align=left>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
        tickets = (f"<p>{escape(self._title(mail, each))}<br>{self._image(mail, each)}</p>" for each in mail.tickets)
        return f"<p>{escape(self._say(_INTRODUCTION))}</p>{self._html_link(mail)}<table>{''.join(rows)}</table>{''.join(tickets)}"

    def _html_link(self, mail: TicketMail) -> str:
        url, show = self._order_url(mail), Text("Show the order")
        return f'<p><a href="{escape(url)}">{escape(self._say(show))}</a></p>' if url else ""

    def _order_url(self, mail: TicketMail) -> str | None:
        return f"{self.public_url}/o/{mail.order.id}" if self.public_url else None

    def _title(self, mail: TicketMail, drawn: DrawnTicket) -> str:
        title = Text("Ticket %(number)s of %(quantity)s", number=drawn.ticket.number, quantity=mail.order.quantity)
        return self._say(title)

    def _image(self, mail: TicketMail, drawn: DrawnTicket) -> str:
        description = self._say(Text("QR code"))
        return f'<img src="cid:{mail.content_id(drawn.image)}" alt="{escape(description)}">'

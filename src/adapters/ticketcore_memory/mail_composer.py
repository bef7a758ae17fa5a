"""Mails without prose."""

from __future__ import annotations

from html import escape

import attrs

from ticketcore.domain.mail import MailContent, TicketMail
from ticketcore.ports import MailComposer


@attrs.frozen(eq=False)
class PlainMailComposer(MailComposer):
    """Composes mails that hold the event's name, the ticket code and the tickets, in no language."""

    def compose(self, mail: TicketMail) -> MailContent:
        lines = [mail.event.name, mail.order.ticket_code or "", *(each.ticket.qr_code for each in mail.tickets)]
        images = "".join(f'<img src="cid:{mail.content_id(each.image)}" alt="">' for each in mail.tickets)
        return MailContent(mail.event.name, "".join(f"{line}\n" for line in lines), f"{escape(lines[0])}{images}\n")

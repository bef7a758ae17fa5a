"""Mails without prose."""

from __future__ import annotations

from html import escape

import attrs

from ticketcore.domain.mail import MailContent, OrderMail
from ticketcore.ports import MailComposer


@attrs.frozen(eq=False)
class PlainMailComposer(MailComposer):
    """Composes mails that hold the event's name, the kind of mail, the ticket code and the tickets, in no language."""

    def compose(self, mail: OrderMail) -> MailContent:
        lines = [
            mail.event.name,
            mail.kind.value,
            mail.order.ticket_code or "",
            *(each.ticket.qr_code for each in mail.tickets),
        ]
        images = "".join(f'<img src="cid:{mail.content_id(each.image)}" alt="">' for each in mail.tickets)
        text = "".join(f"{line}\n" for line in lines)
        return MailContent(mail.event.name, text, f"{escape(mail.event.name)} {mail.kind.value}{images}\n")

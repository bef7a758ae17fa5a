"""Box offices with one rule broken each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import attrs

from ticketcore import BoxOffice, mail, processing
from ticketcore.codes import Claim
from ticketcore.ids import AttemptId, EventId, TicketCode
from ticketcore.orders import Change
from ticketcore.ports import (
    Orders,
    Ports,
    TicketCodeTaken,
)
from ticketcore.processing import WorkReport
from ticketcore.refusals import TicketAlreadyUsed
from ticketcore.tickets import Ticket
from ticketcore.validation import AdmitRefusal


@attrs.define(eq=False)
class MailsFirst(BoxOffice):
    """Sends the tickets as soon as the charge is approved, and then records the sale."""

    def work(self, limit: int = 10) -> WorkReport:
        orders = cast("Orders", _MailsBeforeTheSale(self.ports))
        return processing.work(attrs.evolve(self.ports, orders=orders), limit)


@attrs.frozen
class _MailsBeforeTheSale:
    _ports: Ports

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._ports.orders, verb)

    def capture(
        self, attempt_id: AttemptId, tickets: Sequence[Ticket], code: TicketCode, now: datetime
    ) -> Change | TicketCodeTaken:
        order = self._ports.orders.get(tickets[0].order_id)
        event = self._ports.events.get(tickets[0].event_id)
        assert order
        assert event
        images = [(ticket, self._ports.qr_images.draw(ticket.qr_code)) for ticket in tickets]
        self._ports.mailer.send(mail.compose(event, attrs.evolve(order, ticket_code=code), images, now))
        return self._ports.orders.capture(attempt_id, tickets, code, now)


@attrs.define(eq=False)
class JudgesByText(BoxOffice):
    """Lets every text in once, whatever ticket it stands for."""

    seen: set[str] = attrs.field(kw_only=True)

    def validate(
        self, qr_code: str, gate: str, event_id: EventId | None = None, scan_id: str | None = None
    ) -> Ticket | AdmitRefusal:
        outcome = super().validate(qr_code, gate, event_id, scan_id)
        is_new = qr_code not in self.seen
        self.seen.add(qr_code)
        claim = self.ports.seal.open(qr_code)
        if isinstance(outcome, TicketAlreadyUsed) and is_new and isinstance(claim, Claim):
            return self.ports.tickets.get(claim.ticket_id) or outcome
        return outcome

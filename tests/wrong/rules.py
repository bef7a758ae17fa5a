"""Processes that use their ports wrongly."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs

from ticketcore import BoxOffice, Holder, Role, TicketNumber
from ticketcore.domain.api_keys import LIBRARY
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.mail import DrawnTicket, OrderMail
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import InvalidRequest, TicketAlreadyUsed
from ticketcore.domain.reservations import DEFAULT_HOLD
from ticketcore.domain.validation import AdmitRefusal, Admitted, Undo
from ticketcore.ports import Ports


@attrs.frozen
class Careless:
    """A port as a careless process uses it; everything else is passed on."""

    ports: Ports
    port: Any

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.port, verb)

    def load_all(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, OrderRecord]:
        """Load orders one by one, each as this process does."""
        loaded = ((order_id, self.load(order_id)) for order_id in order_ids)
        return {order_id: record for order_id, record in loaded if record}

    def write_all(self, decided: Sequence[tuple[OrderRecord, Decision]]) -> Sequence[object]:
        """Write decisions one by one, each as this process does."""
        return [self.write(record, decision) for record, decision in decided]


class MailsFirst(Careless):
    """Mails tickets as soon as the charge is approved, and records the sale afterwards."""

    def write(self, record: OrderRecord, decision: Decision) -> object:
        order, tickets = decision.order, decision.issued
        if tickets:
            event = self.ports.events.get(order.event_id)
            assert event is not None
            drawn = tuple(DrawnTicket(ticket, self.ports.qr_images.draw(ticket.qr_code)) for ticket in tickets)
            [asked] = decision.deliveries
            early = OrderMail(DeliveryKind.TICKETS, asked.key, event, order, drawn, self.ports.clock.now())
            self.ports.mailer.send(early.message(self.ports.mail_composer.compose(early)))
        return self.port.write(record, decision)


class JudgesByText(BoxOffice):
    """Admits every text once, whatever its ticket."""

    def __init__(self, ports: Ports, hold: timedelta = DEFAULT_HOLD, *, seen: set[str] | None = None) -> None:
        super().__init__(ports, hold)
        self.seen: set[str] = set() if seen is None else seen

    def validate(
        self,
        presented: str | TicketNumber,
        gate: str,
        event_id: EventId | None = None,
        scan_id: str | None = None,
        holder: Holder = LIBRARY,
    ) -> Admitted | AdmitRefusal | InvalidRequest:
        outcome = super().validate(presented, gate, event_id, scan_id, holder)
        assert isinstance(presented, str)
        is_new = presented not in self.seen
        self.seen.add(presented)
        claim = self.ports.seal.open(presented)
        if not isinstance(outcome, TicketAlreadyUsed) or not is_new or not isinstance(claim, Claim):
            return outcome
        own = Holder(holder.id, holder.name, Role.ADMIN)
        self.ports.tickets.undo(claim.ticket_id, Undo(holder=own), self.ports.clock.now())
        return super().validate(presented, gate, event_id, scan_id, holder)

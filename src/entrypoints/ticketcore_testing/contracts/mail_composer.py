"""The contract of the mail composer."""

from __future__ import annotations

from html import unescape

import attrs
import pytest
from hypothesis import example, given

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.mail import DrawnTicket, OrderMail
from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import MailComposer
from ticketcore_testing.samples import NOW, new_code, new_reservation, new_show, new_tickets
from ticketcore_testing.strategies import names, order_mails


def _a_mail() -> OrderMail:
    event = new_show(name="Jazz Night")
    reserved = new_reservation(event, 2).placed(event.price, NOW)
    order = reserved.to(OrderStatus.PROCESSING).paid(new_code(), NOW)
    return OrderMail(
        DeliveryKind.TICKETS,
        "key",
        event,
        order,
        tuple(DrawnTicket(ticket, b"PNG") for ticket in new_tickets(order)),
        NOW,
    )


A_MAIL = _a_mail()


class MailComposerContract:
    """Hold ``MailComposer`` to its contract; override ``composer``."""

    @pytest.fixture
    def composer(self) -> MailComposer:
        """Return a composer: the one fixture to override."""
        raise NotImplementedError("override composer")

    def test_every_ticket_is_in_the_text(self, composer: MailComposer) -> None:
        """Plain text has each ticket's QR text on a line of its own."""

        @given(mail=order_mails)
        def holds(mail: OrderMail) -> None:
            qr_codes = [each.ticket.qr_code for each in mail.tickets]
            assert [line for line in composer.compose(mail).text.splitlines() if line in qr_codes] == qr_codes

        holds()

    def test_every_image_is_shown_once(self, composer: MailComposer) -> None:
        """HTML names the content id of each ticket's image once, and no other."""

        @given(mail=order_mails)
        def holds(mail: OrderMail) -> None:
            page = composer.compose(mail).html
            assert page.count('src="') == len(mail.tickets)
            assert all(page.count(f'src="cid:{mail.content_id(each.image)}"') == 1 for each in mail.tickets)

        holds()

    def test_names_are_escaped_in_html(self, composer: MailComposer) -> None:
        """An event's name is shown, whatever it is, and adds no markup."""

        @given(mail=order_mails, name=names)
        @example(mail=A_MAIL, name="<b>&amp;</b>")
        def holds(mail: OrderMail, name: str) -> None:
            plain, page = (composer.compose(_named(mail, each)).html for each in ("Jazz", name))
            assert name in unescape(page)
            assert page.count("<") == plain.count("<")

        holds()

    def test_the_event_and_the_ticket_code_are_named(self, composer: MailComposer) -> None:
        """The subject names the event, the text both."""

        @given(mail=order_mails)
        def holds(mail: OrderMail) -> None:
            content = composer.compose(mail)
            assert mail.event.name in content.subject
            assert mail.event.name in content.text
            assert (mail.order.ticket_code or "") in content.text

        holds()

    def test_a_repeated_mail_says_the_same(self, composer: MailComposer) -> None:
        """Composing again gives the same content."""
        assert composer.compose(A_MAIL) == composer.compose(A_MAIL)


def _named(mail: OrderMail, name: str) -> OrderMail:
    return attrs.evolve(mail, event=attrs.evolve(mail.event, name=name))

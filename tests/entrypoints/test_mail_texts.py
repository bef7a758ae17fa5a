"""The mail that brings a buyer the tickets says all that a buyer needs, in the buyer's language."""

from __future__ import annotations

from datetime import timedelta, timezone

import attrs
import pytest

from tests.core.examples import CODE, EVENT, NOW, ORDERS, TICKET
from ticketcore.domain.mail import DrawnTicket, MailContent, TicketMail
from ticketcore.domain.orders import OrderStatus
from ticketcore_texts.mail import TranslatedMailComposer

DRAWN = tuple(
    DrawnTicket(attrs.evolve(TICKET, number=number, qr_code=f"THE-QR-TEXT-{number}"), b"PNG") for number in (1, 2)
)
MAIL = TicketMail("key", EVENT, ORDERS[OrderStatus.PAID], DRAWN, NOW)

FACTS = {
    "en": ("Jazz Night", "Saturday, 5 June 2027, 20:30, UTC", "Blue Hall", "2", "R$90.00", CODE),
    "pt-BR": ("Jazz Night", "sábado, 5 de junho de 2027 20:30, UTC", "Blue Hall", "2", "R$\xa090,00", CODE),
}
SUBJECTS = {"en": "Your tickets for Jazz Night", "pt-BR": "Seus ingressos para Jazz Night"}
TITLES = {"en": "Ticket {} of 2", "pt-BR": "Ingresso {} de 2"}


def composed(language: str, mail: TicketMail = MAIL) -> MailContent:
    return TranslatedMailComposer(language).compose(mail)


@pytest.mark.parametrize("language", FACTS)
def test_the_message_tells_all_that_a_buyer_needs(language: str) -> None:
    """Event, date, place, number, price and code stand both in the text and beside it in HTML."""
    content = composed(language)

    for fact in FACTS[language]:
        assert f": {fact}\n" in content.text
        assert f"<td>{fact}</td>" in content.html
    assert content.subject == SUBJECTS[language]


@pytest.mark.parametrize("public_url", [None, "https://tickets.example/shop"])
def test_the_message_links_to_the_order(public_url: str | None) -> None:
    """In the text and in HTML, if the service knows its own address."""
    content = TranslatedMailComposer(public_url=public_url).compose(MAIL)
    link = f"https://tickets.example/shop/o/{MAIL.order.id}"

    assert (f"The order with its tickets: {link}\n" in content.text) == (public_url is not None)
    assert (f'<a href="{link}">Show the order</a>' in content.html) == (public_url is not None)
    assert ("http" in content.text + content.html) == (public_url is not None)


def test_the_date_is_in_the_zone_of_the_event() -> None:
    """Whatever offset it was written with."""
    date = EVENT.date.astimezone(timezone(timedelta(hours=2)))
    in_sao_paulo = attrs.evolve(EVENT, date=date, timezone="America/Sao_Paulo")

    assert "17:30, America/Sao_Paulo" in composed("en", attrs.evolve(MAIL, event=in_sao_paulo)).text


@pytest.mark.parametrize("language", TITLES)
def test_every_ticket_is_numbered(language: str) -> None:
    """A reader knows which of the tickets is which, in the text and in HTML."""
    content = composed(language)

    for drawn in DRAWN:
        title, image = TITLES[language].format(drawn.ticket.number), f"cid:{MAIL.content_id(drawn.image)}"
        assert f"\n{title}, QR code:\n{drawn.ticket.qr_code}\n" in content.text
        assert f'{title}<br><img src="{image}" alt="QR code">' in content.html

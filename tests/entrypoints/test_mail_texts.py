"""The mail that brings a buyer the tickets says all that a buyer needs, in the buyer's language."""

from __future__ import annotations

from datetime import timedelta, timezone

import attrs
import pytest

from tests.core.examples import CODE, EVENT, NOW, ORDERS, TICKET
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.mail import DrawnTicket, MailContent, OrderMail
from ticketcore.domain.money import Money
from ticketcore.domain.orders import OrderStatus
from ticketcore_texts.mail import TranslatedMailComposer

DRAWN = tuple(
    DrawnTicket(attrs.evolve(TICKET, number=number, qr_code=f"THE-QR-TEXT-{number}"), b"PNG") for number in (1, 2)
)
MAIL = OrderMail(DeliveryKind.TICKETS, "key", EVENT, ORDERS[OrderStatus.PAID], DRAWN, NOW)

FACTS = {
    "en": ("Jazz Night", "Saturday, 5 June 2027, 20:30, UTC", "Blue Hall", "2", "R$90.00", CODE),
    "es": ("Jazz Night", "sábado, 5 de junio de 2027, 20:30, UTC", "Blue Hall", "2", "90,00\xa0BRL", CODE),
    "pt-BR": ("Jazz Night", "sábado, 5 de junho de 2027, 20:30, UTC", "Blue Hall", "2", "R$\xa090,00", CODE),
}
SUBJECTS = {
    "en": "Your tickets for Jazz Night",
    "es": "Sus entradas para Jazz Night",
    "pt-BR": "Seus ingressos para Jazz Night",
}
QR_CODES = {"en": "QR code", "es": "Código QR", "pt-BR": "QR code"}
TITLES = {"en": "Ticket {} of 2", "es": "Entrada {} de 2", "pt-BR": "Ingresso {} de 2"}


def composed(language: str, mail: OrderMail = MAIL) -> MailContent:
    return TranslatedMailComposer(language).compose(mail)


@pytest.mark.parametrize("language", FACTS)
def test_the_message_tells_all_that_a_buyer_needs(language: str) -> None:
    """Event, date, place, number, price and code stand both in the text and beside it in HTML."""
    content = composed(language)

    for fact in FACTS[language]:
        assert f": {fact}\n" in content.text
        assert f">{fact}<" in content.html
    assert content.subject == SUBJECTS[language]


@pytest.mark.parametrize(
    ("language", "said"), [(None, "es"), ("pt-BR", "pt-BR"), ("en", "en"), ("fr", "es"), ("pt", "pt-BR")]
)
def test_a_mail_is_in_the_language_of_its_order(language: str | None, said: str) -> None:
    """That of the service, if the order has none, or one that there are no texts in."""
    order = attrs.evolve(MAIL.order, language=language)

    assert TranslatedMailComposer("es").compose(attrs.evolve(MAIL, order=order)).subject == SUBJECTS[said]


def test_a_mail_names_the_organiser() -> None:
    """Where there is one, escaped in HTML."""
    content = TranslatedMailComposer(organiser="Blue <b>Hall</b>").compose(MAIL)

    assert content.text.endswith("\n-- \nBlue <b>Hall</b>\n")
    assert "Blue &lt;b&gt;Hall&lt;/b&gt;" in content.html
    assert "\n-- \n" not in composed("en").text


def of_kind(kind: DeliveryKind) -> OrderMail:
    return attrs.evolve(MAIL, kind=kind, tickets=())


def refund_of(*numbers: int, in_all: int | None = None) -> OrderMail:
    refunded = len(numbers) if in_all is None else in_all
    return attrs.evolve(of_kind(DeliveryKind.REFUND), refunded=refunded, newly_refunded=numbers)


#: The kinds that bring no tickets, with their subject and a part of what they say.
KINDS = {
    ("en", DeliveryKind.CHANGED): ("New date or place: Jazz Night", "Your tickets stay valid."),
    ("en", DeliveryKind.CANCELLED): ("Cancelled: Jazz Night", "your tickets are no longer valid."),
    ("en", DeliveryKind.REOPENED): ("Takes place after all: Jazz Night", "Your tickets are valid."),
    ("en", DeliveryKind.REFUND): ("Refund: Jazz Night", "Your payment goes back to you"),
    ("pt-BR", DeliveryKind.CHANGED): ("Nova data ou novo local: Jazz Night", "Seus ingressos continuam válidos."),
    ("pt-BR", DeliveryKind.CANCELLED): ("Cancelado: Jazz Night", "seus ingressos não valem mais."),
    ("pt-BR", DeliveryKind.REFUND): ("Reembolso: Jazz Night", "Seu pagamento será devolvido"),
}


@pytest.mark.parametrize(("language", "kind"), KINDS)
def test_every_kind_of_mail_tells_what_has_happened(language: str, kind: DeliveryKind) -> None:
    """Beside the facts, which stand in each of them, both in the text and in HTML."""
    content = composed(language, refund_of(1, 2) if kind is DeliveryKind.REFUND else of_kind(kind))
    subject, said = KINDS[language, kind]

    assert content.subject == subject
    for fact in (said, *(fact for fact in FACTS[language] if fact != "2")):
        assert fact in content.text
        assert fact in content.html


def test_a_mail_tells_what_is_left_of_an_order() -> None:
    """The number of its tickets and what was paid for them."""
    text = composed("en", attrs.evolve(MAIL, refunded=1)).text

    assert "Tickets: 1\n" in text
    assert "Paid: R$45.00" in text


def test_a_refund_tells_which_tickets_it_is_of_and_how_much_money() -> None:
    """The money of this refund, and after an earlier one that of both; whether other tickets stay valid."""
    part, rest = composed("en", refund_of(2)).text, composed("en", refund_of(1, in_all=2)).text
    whole = composed("en", refund_of(1, 2)).text

    assert "No longer valid: ticket 2 of 2\nRefunded: R$45.00\nTicket code" in part
    assert "Your other ticket stays valid." in part
    assert "No longer valid: ticket 1 of 2\nRefunded: R$45.00\nRefunded in all: R$90.00\n" in rest
    assert "No longer valid: tickets 1, 2 of 2\nRefunded: R$90.00\nTicket code" in whole
    assert "other ticket" not in rest + whole


def test_nothing_of_a_free_order_goes_back() -> None:
    """Its buyer is told that the tickets are no longer valid, and of no money."""
    free = attrs.evolve(MAIL.order, total=Money(0, MAIL.order.total.currency))
    refund = composed("en", attrs.evolve(refund_of(1, 2), order=free))
    cancelled = composed("en", attrs.evolve(of_kind(DeliveryKind.CANCELLED), order=free))

    assert refund.subject == "No longer valid: your tickets for Jazz Night"
    assert "no money goes back" in refund.text
    assert "efunded: " not in refund.text
    assert "refund" not in cancelled.text.lower()


def test_the_refund_of_a_cancelled_event_says_so() -> None:
    """Its buyer may get no other mail about it."""
    refund = refund_of(1, 2)
    cancelled = attrs.evolve(refund, event=attrs.evolve(EVENT, status=EventStatus.CANCELLED))

    assert composed("en", cancelled).text.startswith("Your event was cancelled. Your payment goes back")
    assert composed("en", refund).text.startswith("Your payment goes back")


@pytest.mark.parametrize("public_url", [None, "https://tickets.example/shop"])
def test_the_message_links_to_the_order(public_url: str | None) -> None:
    """In the text and in HTML, if the service knows its own address."""
    content = TranslatedMailComposer(public_url=public_url).compose(MAIL)
    link = f"https://tickets.example/shop/o/{MAIL.order.id}"

    assert (f"The order with its tickets: {link}\n" in content.text) == (public_url is not None)
    assert (f'href="{link}">Show the order</a>' in content.html) == (public_url is not None)
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
        assert f"\n{title}, {QR_CODES[language]}:\n{drawn.ticket.qr_code}\n" in content.text
        assert f"<h2>{title}</h2>" in content.html
        assert f'<img src="{image}" alt="{QR_CODES[language]}"' in content.html

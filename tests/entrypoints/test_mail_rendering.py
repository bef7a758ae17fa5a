"""Mails in a real browser: legible on a phone and on a desk, in light and dark, and fetching nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Literal

import attrs
import pytest
from playwright.sync_api import Browser, Page

from tests.core.examples import EVENT, NOW, ORDERS, TICKET
from tests.servers.chromium import running_chromium
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.mail import DrawnTicket, OrderMail
from ticketcore.domain.orders import OrderStatus
from ticketcore_codes import QrcodeQrImages
from ticketcore_texts import languages
from ticketcore_texts.mail import TranslatedMailComposer

Scheme = Literal["light", "dark"]

_QR_TEXT = "TC1.A1B2C3D4." + "7QXK2M3PTV" * 12
_DRAWN = tuple(
    DrawnTicket(attrs.evolve(TICKET, number=number), QrcodeQrImages().draw(_QR_TEXT + str(number))) for number in (1, 2)
)
_LONG = "Wolkenkuckucksheimopernfestspielgesellschaftsabend" * 3
MAIL = OrderMail(DeliveryKind.TICKETS, "key", EVENT, ORDERS[OrderStatus.PAID], _DRAWN, NOW)
COMPOSER = TranslatedMailComposer("en", "https://tickets.example", "Teatro São Pedro", "tickets@hall.example")
#: Every kind in every language, and names that are as long as they may be.
MAILS = {
    **{
        f"{kind.value} in {language}": attrs.evolve(
            MAIL,
            kind=kind,
            tickets=_DRAWN if kind is DeliveryKind.TICKETS else (),
            order=attrs.evolve(MAIL.order, language=language),
        )
        for kind in DeliveryKind
        for language in languages()
    },
    "long names": attrs.evolve(MAIL, event=attrs.evolve(EVENT, name=_LONG, location=_LONG)),
}

#: The least contrast of normal text (WCAG 2.2, 1.4.3).
_CONTRAST = 4.5
_FAINT = """(least) => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b]
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = numbers(getComputedStyle(each).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const contrast = (element) => {
        const [a, b] = [numbers(getComputedStyle(element).color), behind(element)].map(luminance).sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        if (text && contrast(walker.currentNode.parentElement) < least) found.push(text);
    }
    return found;
}"""
_BROKEN = (
    "() => [...document.images].filter((image) => !image.complete || !image.naturalWidth).map((image) => image.src)"
)
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, width: int, scheme: Scheme) -> Iterator[Page]:
    """Yield a page of a mail program of this width and colour scheme."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def show(page: Page, mail: OrderMail) -> list[str]:
    """Show a mail as mail programs do, its images from within, and return what it asked the network for."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    html = COMPOSER.compose(mail).html
    for drawn in mail.tickets:
        image = f"data:image/png;base64,{b64encode(drawn.png).decode()}"
        html = html.replace(f"cid:{mail.content_id(drawn.image)}", image)
    page.set_content(html, wait_until="load")
    return [address for address in asked if not address.startswith("data:")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_mail_is_legible(page: Page) -> None:
    """No line is wider than the screen, every text stands out, every image is shown, and nothing is fetched."""
    for name, mail in MAILS.items():
        assert show(page, mail) == [], name
        assert page.evaluate(_OVERFLOW) <= 0, name
        assert page.evaluate(_FAINT, _CONTRAST) == [], name
        assert page.evaluate(_BROKEN) == [], name


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark")])
def test_a_code_is_dark_on_light_whatever_the_scheme(page: Page) -> None:
    """A scanner reads it from the screen: it fits, and is surrounded by white."""
    show(page, MAIL)
    for box in page.locator(".qr").all():
        assert box.evaluate("(each) => getComputedStyle(each).backgroundColor") == "rgb(255, 255, 255)"
    for image in page.locator(".qr img").all():
        shown = image.bounding_box()
        assert shown is not None
        assert shown["width"] == shown["height"] == 240


@pytest.mark.parametrize(("width", "scheme"), [(360, "light")])
def test_what_is_wrong_is_found(page: Page) -> None:
    """Faint text, a line that is too wide, a broken image and a picture from elsewhere: the checks can fail."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(
        '<body style="background: #fff"><p style="color: #ccc">faint</p><p style="width: 500px">wide</p>'
        '<img src="http://127.0.0.1:9/tracking.png"></body>',
        wait_until="load",
    )
    assert page.evaluate(_FAINT, _CONTRAST) == ["faint"]
    assert page.evaluate(_OVERFLOW) > 0
    assert page.evaluate(_BROKEN) == asked == ["http://127.0.0.1:9/tracking.png"]

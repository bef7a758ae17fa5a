"""Pages in a real browser: from the list to the tickets on a phone and on a desk, for every reader, with and without script."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import attrs
import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # It has no types.
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.entrypoints.http import ADMIN, json_of, tickets_of
from tests.servers.chromium import running_chromium
from tests.web.screenshots import pages_of
from tests.web.shop import Shop, open_shop, serving

Scheme = Literal["light", "dark"]

_PHONE, _DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_LEAST_TARGET = 24
#: Links and buttons that are smaller than what a finger hits, unless they stand in a sentence (WCAG 2.2, 2.5.8).
_SMALL = """(least) => [...document.querySelectorAll("a, button, input:not([type=hidden]), textarea")]
    .filter((each) => each.checkVisibility() && !each.matches(".skip"))
    .map((each) => [each.outerHTML, (each.closest("label") || each).getBoundingClientRect()])
    .filter(([, box]) => box.width < least || box.height < least)
    .map(([html]) => html)"""
_SHIFTED = """() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((each) => { sum += each.value; }))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 300);
})"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@attrs.frozen
class Visit:
    """A browser's page at a shop, and all that it asked other origins for and wrote to its console."""

    page: Page
    shop: Shop
    address: str
    strange: list[str]

    def open(self, path: str) -> None:
        """Open one of the shop's pages."""
        self.page.goto(self.address + path)


def visit(browser: Browser, shop: Shop, address: str, **options: object) -> Visit:
    """Return a visit in a context of its own."""
    context = browser.new_context(**{"viewport": _PHONE, "locale": "en", **options})  # type: ignore[arg-type]  # Options of many types.
    page, strange = context.new_page(), []
    page.on("request", lambda request: strange.append(request.url) if not request.url.startswith(address) else None)
    # An unknown address is a message of the browser's own.
    page.on("console", lambda message: strange.append(message.text) if "404" not in message.text else None)
    page.on("pageerror", lambda error: strange.append(str(error)))
    return Visit(page, shop, address, strange)


_STYLES = Path(__file__).parents[2] / "src/entrypoints/ticketcore_web/static"
_DECLARATION = re.compile(r"(?:[{;]|^)\s*([a-z-]+):\s*([^;{}]+)(?=[;}])", re.MULTILINE)
_UNKNOWN = "(found) => found.filter(([name, value]) => !CSS.supports(name, value.trim()))"


def test_a_browser_knows_every_declaration(chromium: Browser) -> None:
    """What it does not know in our own style sheets it leaves out without a word."""
    page = chromium.new_page()
    for path in sorted(_STYLES.glob("*.css")):
        if path.name != "pico.css":
            declared = [list(each) for each in _DECLARATION.findall(path.read_text())]
            assert declared, path
            assert page.evaluate(_UNKNOWN, declared) == [], path
    page.close()


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    with serving(shop) as found:
        yield found


@pytest.mark.parametrize(
    ("viewport", "scheme", "language", "script"),
    [
        (_PHONE, "light", "en", True),
        (_PHONE, "dark", "pt-BR", False),
        (_DESK, "dark", "es", True),
        (_DESK, "light", "pt-BR", False),
    ],
)
def test_a_buyer_gets_tickets(
    chromium: Browser, shop: Shop, address: str, viewport: dict[str, int], scheme: Scheme, language: str, script: bool
) -> None:
    """From the list to QR codes that a scanner reads, in the reader's language, and nothing comes from elsewhere."""
    visited = visit(
        chromium, shop, address, viewport=viewport, color_scheme=scheme, locale=language, java_script_enabled=script
    )
    page = visited.page
    visited.open("/")
    page.get_by_role("link", name="A Flauta Mágica").click()
    page.locator("#quantity").fill("2")
    page.locator("#customer_email").fill("ann@example.com")
    page.locator("form button[type=submit]").click()
    page.wait_for_url("**/o/*")
    assert page.locator("html").get_attribute("lang") == language
    page.locator("input[value=tok_approved]").check()
    page.locator("form[action$=payment] button").click()
    page.wait_for_selector("[data-status=processing]")
    shop.service.box_office.work()
    if not script:
        page.reload()
    page.wait_for_selector("[data-status=paid]")
    order = {"id": page.url.rsplit("/", 1)[1]}
    expected = {ticket["qr_code"] for ticket in tickets_of(shop.service, order)}
    assert {read_code(page, number) for number in range(2)} == expected
    assert page.evaluate(_OVERFLOW) <= 0
    assert visited.strange == []
    page.context.close()


def read_code(page: Page, number: int) -> str:
    """Return the text of a ticket's QR code as a scanner reads it from the screen."""
    shown = page.locator("img.qr").nth(number)
    shown.scroll_into_view_if_needed()
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(shown.screenshot())))
    return str(code.text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [_PHONE, _DESK], ids=["phone", "desk"])
def test_every_page_is_accessible(
    chromium: Browser, shop: Shop, address: str, viewport: dict[str, int], scheme: Scheme
) -> None:
    """No violation that axe knows, no line wider than the screen, no target too small, nothing that moves or complains."""
    visited = visit(chromium, shop, address, viewport=viewport, color_scheme=scheme, locale="pt-BR")
    page, axe = visited.page, Axe()
    for name, path in pages_of(shop):
        visited.open(path)
        found = axe.run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate(_OVERFLOW) <= 0, name
        assert page.evaluate(_SMALL, _LEAST_TARGET) == [], name
        assert page.evaluate(_SHIFTED) < 0.01, name
    assert visited.strange == []
    page.context.close()


def test_a_refusal_is_read_with_its_field(chromium: Browser, shop: Shop, address: str) -> None:
    """The page with a refused form is accessible, and each fault is its field's description."""
    visited = visit(chromium, shop, address, locale="es")
    page = visited.page
    visited.open(f"/e/{shop.opera['id']}")
    page.locator("#quantity").fill("0")
    page.locator("#customer_email").fill("ann")
    page.locator("form button[type=submit]").click()
    page.wait_for_selector("[role=alert]")
    assert page.locator("#quantity").input_value() == "0"
    for field in ("quantity", "customer_email"):
        fault = re.escape(page.locator(f"#{field}-fault").inner_text())
        expect(page.locator(f"#{field}")).to_have_accessible_description(re.compile(f"^{fault}"))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.context.close()


def test_a_page_is_used_by_keyboard_alone(chromium: Browser, shop: Shop, address: str) -> None:
    """The first key leads past the header; Enter reserves; what has the focus is seen."""
    page = visit(chromium, shop, address).page
    page.goto(f"{address}/e/{shop.opera['id']}")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#quantity")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("ann@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/o/*")
    page.context.close()


def test_availability_follows_the_sale(chromium: Browser, shop: Shop, address: str) -> None:
    """Without loading the page again."""
    page = visit(chromium, shop, address).page
    page.clock.install()
    page.goto(f"{address}/e/{shop.opera['id']}")
    expect(page.locator("#availability")).to_have_text("320 tickets left")
    shop.reserve(shop.opera, 4)
    page.clock.fast_forward(6000)
    expect(page.locator("#availability")).to_have_text("316 tickets left")
    page.context.close()


def test_a_reservation_counts_down_to_its_end(chromium: Browser, shop: Shop, address: str) -> None:
    """In minutes and seconds; then the page says that it has expired."""
    order = shop.reserve(shop.opera)
    page = visit(chromium, shop, address).page
    page.clock.install()
    page.goto(address + order)
    expect(page.locator("#countdown")).to_have_text("15:00")
    page.clock.fast_forward(61_000)
    expect(page.locator("#countdown")).to_have_text("13:59")
    shop.service.clock.move(timedelta(minutes=15))
    page.clock.fast_forward(timedelta(minutes=14) // timedelta(milliseconds=1))
    page.clock.fast_forward(2000)
    expect(page.locator("[data-status=expired]")).to_be_visible()
    page.context.close()


def test_the_text_of_a_pix_code_is_copied(chromium: Browser, shop: Shop, address: str) -> None:
    """It is what the QR code holds."""
    order = shop.reserve(shop.opera)
    shop.pay(order, "tok_pending")
    page = visit(chromium, shop, address, permissions=["clipboard-read", "clipboard-write"]).page
    page.goto(address + order)
    page.locator("#copy").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.locator(".pix").screenshot())))
    assert copied == code.text
    page.context.close()


def test_a_ticket_opens_without_network(chromium: Browser, shop: Shop, address: str) -> None:
    """Once opened, with its QR code, on white also in a dark scheme; another ticket does not."""
    order = shop.buy(shop.opera, 2)
    opened, other = shop.tickets_of(order)
    visited = visit(chromium, shop, address, color_scheme="dark")
    page = visited.page
    visited.open(opened)
    expect(page.locator("#kept")).to_have_text("Kept on this device: it opens without network, too.")
    code = read_code(page, 0)
    page.context.set_offline(True)
    page.reload()
    assert read_code(page, 0) == code
    colour = page.locator(".ticket").evaluate("(each) => getComputedStyle(each).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
    assert page.evaluate("async (path) => (await caches.match(path)) === undefined", other)
    page.context.set_offline(False)
    json_of(
        shop.service.client.post(f"{order.replace('/o/', '/orders/')}/refund", json={"tickets": [1]}, headers=ADMIN)
    )
    page.reload()
    expect(page.locator("img.qr")).to_have_count(0)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("img.qr")).to_have_count(0)
    page.context.close()

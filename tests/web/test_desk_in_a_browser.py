"""The desk in a browser: an evening of an organiser, at both widths, in each language, with and without script."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # It has no types.
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.entrypoints.http import ADMIN_KEY
from tests.servers.chromium import running_chromium
from tests.web.desk_pages import pages_of
from tests.web.shop import Shop, open_shop, serving

_PHONE = {"width": 360, "height": 740}
_DESK = {"width": 1280, "height": 800}
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    with serving(shop) as found:
        yield found


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    page.locator("#key").fill(ADMIN_KEY)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/desk")


def is_accessible(page: Page, name: str) -> None:
    """Assert that axe finds no violation, also in what is folded away, and no line is wider than the screen."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate(_OVERFLOW) <= 0, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [_PHONE, _DESK], ids=["phone", "desk"])
def test_every_page_of_the_desk_is_accessible(
    chromium: Browser, shop: Shop, address: str, viewport: dict[str, int], scheme: str
) -> None:
    """No violation that axe knows, and no line wider than the screen."""
    context = chromium.new_context(viewport=viewport, color_scheme=scheme, locale="es")  # type: ignore[arg-type]  # Of many types.
    page = context.new_page()
    page.goto(f"{address}/desk")
    is_accessible(page, "sign-in")
    sign_in(page, address)
    for name, path in pages_of(shop):
        page.goto(address + path)
        is_accessible(page, name)
    context.close()


@pytest.mark.parametrize(("viewport", "script"), [(_PHONE, True), (_DESK, False)], ids=["phone", "desk-without-script"])
def test_an_organiser_sells_and_mends(
    chromium: Browser, shop: Shop, address: str, viewport: dict[str, int], script: bool
) -> None:
    """Makes an event, sells at its door, finds the order, refunds a ticket of it, and makes a key whose QR code a phone reads."""
    context = chromium.new_context(viewport=viewport, java_script_enabled=script, locale="en")  # type: ignore[arg-type]  # Of many types.
    page = context.new_page()
    sign_in(page, address)
    page.get_by_role("link", name="New event").click()
    for field, value in {"name": "Recital", "location": "Hall", "capacity": "50", "price": "12,50"}.items():
        page.locator(f"#{field}").fill(value)
    page.locator("#date").fill("2027-06-01T20:00")
    page.get_by_role("button", name="Make the event").click()
    expect(page.get_by_role("status").first).to_have_text("The event was made.")
    page.get_by_role("link", name="Sell at the door").click()
    page.locator("#quantity").fill("2")
    page.locator("#customer_email").fill("door@example.com")
    page.get_by_role("button", name="Sell", exact=True).click()
    page.wait_for_selector("[data-status=processing]")
    shop.service.box_office.work()
    if not script:
        page.get_by_role("link", name="Look again").click()
    expect(page.locator("img.qr")).to_have_count(2)
    page.goto(f"{address}/desk/orders")
    page.locator("#search").fill("door@example.com")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="door@example.com").click()
    page.locator("summary", has_text="Refund some tickets").click()
    page.get_by_label("Ticket 2 of 2").check()
    page.get_by_role("button", name="Refund some tickets").click()
    expect(page.get_by_role("status").first).to_have_text("The refund has begun. The buyer is mailed.")
    page.get_by_role("link", name="Keys", exact=True).click()
    page.locator("#name").fill("North")
    page.get_by_role("button", name="Make a key").click()
    [code] = zxingcpp.read_barcodes(Image.open(_shot(page)))
    assert code.text == f"{address}/gate#key={page.locator('#key-text').input_value()}"
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#key")).to_be_visible()
    context.close()


def _shot(page: Page) -> io.BytesIO:
    return io.BytesIO(page.locator(".pix").screenshot())

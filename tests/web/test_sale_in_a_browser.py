"""One sale played in browsers alone: made at the desk, bought and paid on a phone, admitted at a gate."""

from __future__ import annotations

import io
from collections.abc import Iterator

import attrs
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.entrypoints.http import ADMIN_KEY
from tests.servers.chromium import running_chromium
from tests.web.gate import GatePage
from tests.web.shop import Shop, open_shop, serving

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
EVENT = {"name": "Recital", "location": "Blue Hall", "capacity": "40", "price": "12.50"}
BUYER = "carla@example.com"


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


@attrs.frozen
class Evening:
    """The people of a sale, each with a browser of their own, and all that went wrong in these."""

    shop: Shop
    address: str
    organiser: Page
    buyer: Page
    gate: GatePage
    faults: list[str]

    def make_event(self) -> None:
        """Make the event at the desk, and leave its page open."""
        page = self.organiser
        page.goto(f"{self.address}/desk")
        page.locator("#key").fill(ADMIN_KEY)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="New event").click()
        for field, value in EVENT.items():
            page.locator(f"#{field}").fill(value)
        page.locator("#date").fill("2027-06-01T20:00")
        page.get_by_role("button", name="Make the event").click()
        expect(page.get_by_role("status").first).to_have_text("The event was made.")

    def buy(self) -> None:
        """Find the event, reserve two places and pay, and see the tickets."""
        page = self.buyer
        page.goto(self.address)
        page.get_by_role("link", name=EVENT["name"]).click()
        page.locator("#quantity").fill("2")
        page.locator("#customer_email").fill(BUYER)
        page.get_by_role("button", name="Reserve").click()
        page.get_by_role("button", name="Pay").click()
        page.wait_for_selector("[data-status=processing]")
        self.shop.service.box_office.work()
        page.wait_for_selector("[data-status=paid]")

    def open_ticket(self, number: int) -> str:
        """Open one ticket of the order alone, and return what a scanner reads from the phone's screen."""
        page = self.buyer
        order = page.url
        page.get_by_role("link", name="Open alone").nth(number - 1).click()
        page.wait_for_url("**/t/*")
        expect(page.locator("#kept")).to_contain_text("Kept on this device")
        text = read_code(page)
        page.goto(order)
        return text

    def sell_at_the_door(self) -> str:
        """Sell a ticket for cash, and return what a scanner reads from the organiser's screen."""
        page = self.organiser
        page.get_by_role("link", name="Sell at the door").click()
        page.locator("#quantity").fill("1")
        page.locator("#customer_email").fill("door@example.com")
        page.get_by_role("button", name="Sell", exact=True).click()
        page.wait_for_selector("[data-status=processing]")
        self.shop.service.box_office.work()
        expect(page.locator("img.qr")).to_have_count(1)
        return read_code(page)

    def open_the_gate(self) -> None:
        """Make a key for the gate at the desk, and sign a phone in with what a camera reads from the desk's screen."""
        page, gate = self.organiser, self.gate.page
        page.goto(f"{self.address}/desk/keys")
        page.locator("#name").fill("North door")
        page.get_by_role("button", name="Make a key").click()
        gate.goto(scanned(page.locator(".pix")))
        offered = gate.locator("#event option", has_text=EVENT["name"])
        gate.locator("#event").select_option(offered.get_attribute("value"))
        gate.locator("input[name=gate]").fill("North")
        gate.locator("main .card button").click()
        self.gate.is_ready()

    def admit(self, text: str) -> None:
        """Have the gate admit a ticket once."""
        for result in ("admitted", "refused"):
            self.gate.scan(text)
            self.gate.sees(result)
            self.gate.page.keyboard.press("Escape")

    def count(self) -> str:
        """Return the figures of the event at the desk."""
        page = self.organiser
        page.goto(f"{self.address}/desk")
        page.get_by_role("link", name=EVENT["name"]).click()
        return page.locator("main").inner_text()


def read_code(page: Page) -> str:
    """Return what a scanner reads from the screen, once the QR code is drawn."""
    shown = page.locator("img.qr")
    shown.evaluate("(image) => image.decode()")
    return scanned(shown)


def scanned(shown: Locator) -> str:
    """Return the text of the one QR code in what is shown."""
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(shown.screenshot())))
    return str(code.text)


def watched(context: BrowserContext, address: str, faults: list[str]) -> Page:
    """Return a page that records what it asks other origins for and writes to its console."""
    page = context.new_page()
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith(address) else None)
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    return page


@pytest.fixture
def evening(chromium: Browser, shop: Shop, address: str) -> Iterator[Evening]:
    """Yield a sale that has not begun."""
    faults: list[str] = []
    desk = chromium.new_context(viewport=DESK, locale="en")  # type: ignore[arg-type]  # A width and a height.
    phone, door = (
        chromium.new_context(viewport=PHONE, locale="en", has_touch=True, is_mobile=True)  # type: ignore[arg-type]  # As above.
        for _ in range(2)
    )
    pages = [watched(context, address, faults) for context in (desk, phone, door)]
    yield Evening(shop, address, pages[0], pages[1], GatePage(pages[2], shop, address), faults)
    for context in (desk, phone, door):
        context.close()


def test_a_sale_from_the_desk_to_the_door(evening: Evening) -> None:
    """An organiser makes an event, a buyer pays for it on a phone, another at the door, and each ticket is admitted once."""
    evening.make_event()
    evening.buy()
    bought = [evening.open_ticket(1), evening.open_ticket(2)]
    evening.count()
    sold = evening.sell_at_the_door()
    evening.open_the_gate()
    assert len({*bought, sold}) == 3
    for text in (*bought, sold):
        evening.admit(text)
    expect(evening.buyer.locator("main")).to_contain_text("Your tickets")
    evening.buyer.reload()
    expect(evening.buyer.get_by_text("Admitted", exact=True)).to_have_count(2)
    shown = evening.count()
    for figure in ("Sold\n3", "Capacity\n40", "3 people admitted so far", "R$37.50"):
        assert figure in shown, shown
    assert evening.faults == []

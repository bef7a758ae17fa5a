"""Screenshots of every page: ``python -m tests.web.screenshots DIRECTORY [LANGUAGE]``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, StorageState

from tests.entrypoints.http import ADMIN_KEY
from tests.servers.chromium import running_chromium
from tests.web import desk_pages
from tests.web.gate_pages import states_of
from tests.web.shop import Shop, open_shop, serving

Scheme = Literal["light", "dark"]
#: A phone and a desk, in pixels.
SIZES = ((360, 740), (1280, 800))


def pages_of(shop: Shop) -> Iterator[tuple[str, str]]:
    """Yield the name and the address of a page for each state that pages have."""
    yield "home", "/"
    yield "home-nothing-found", "/?search=nothing"
    yield "event", f"/e/{shop.opera['id']}"
    yield "event-sold-out", f"/e/{shop.sold_out['id']}"
    yield "event-not-yet-on-sale", f"/e/{shop.later['id']}"
    yield "unknown-address", "/nothing"
    yield "gate-sign-in", "/gate"
    reserved = shop.reserve(shop.opera, 2)
    yield "order-reserved", reserved
    yield "order-free", shop.reserve(shop.free)
    processing = shop.reserve(shop.opera)
    shop.post(processing, f"{processing}/payment", payment_token="tok_down")
    yield "order-processing", processing
    pending = shop.reserve(shop.opera)
    shop.pay(pending, "tok_pending")
    yield "order-pending", pending
    declined = shop.reserve(shop.opera)
    shop.pay(declined, "tok_declined")
    yield "order-declined", declined
    cancelled = shop.reserve(shop.opera)
    shop.post(cancelled, f"{cancelled}/cancellation")
    yield "order-cancelled", cancelled
    paid = shop.buy(shop.opera, 3)
    yield "order-paid", paid
    yield "ticket", shop.tickets_of(paid)[0]
    expired = shop.reserve(shop.opera)
    shop.service.clock.move(timedelta(minutes=16))
    yield "order-expired", expired


def shoot(browser: Browser, url: str, to: Path, language: str, signed_in: StorageState | None = None) -> None:
    """Write a screenshot of a page at both widths and in both colour schemes."""
    for page, name in _readers(browser, language, signed_in):
        page.goto(url)
        page.screenshot(path=f"{to}-{name}.png", full_page=True)


def shoot_gate(browser: Browser, shop: Shop, address: str, to: Path, language: str) -> None:
    """Write screenshots of a gate in each of its states into a directory."""
    for page, name in _readers(browser, language):
        for state in states_of(page, shop, address):
            page.screenshot(path=to / f"{state}-{name}.png", full_page=not page.locator("dialog[open]").count())


def _readers(browser: Browser, language: str, signed_in: StorageState | None = None) -> Iterator[tuple[Page, str]]:
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for (width, height), scheme in product(SIZES, schemes):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=language, storage_state=signed_in
        )
        yield context.new_page(), f"{width}-{scheme}"
        context.close()


def sign_in(browser: Browser, address: str) -> StorageState:
    """Return the cookies of a browser that has signed in at the desk."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/desk")
    page.locator("#key").fill(ADMIN_KEY)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/desk")
    state = context.storage_state()
    context.close()
    return state


def main(directory: str, language: str = "en") -> None:
    """Write the screenshots into a directory."""
    to = Path(directory)
    to.mkdir(parents=True, exist_ok=True)
    with running_chromium() as browser:
        shop = open_shop()
        with serving(shop) as address:
            # One state after another: what is reserved expires before the last.
            for name, path in pages_of(shop):
                shoot(browser, address + path, to / name, language)
            shoot_gate(browser, shop, address, to, language)
        shop = open_shop()
        with serving(shop) as address:
            shoot(browser, f"{address}/desk/sign-in", to / "desk-sign-in", language)
            pages = [*desk_pages.pages_of(shop)]
            # A session ends twelve hours after it began, and selling takes ten.
            signed_in = sign_in(browser, address)
            for name, path in pages:
                shoot(browser, address + path, to / name, language, signed_in)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Screenshots of every page: ``python -m tests.web.screenshots DIRECTORY``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from tests.servers.chromium import running_chromium
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


def shoot(browser: Browser, url: str, to: Path) -> None:
    """Write a screenshot of a page at both widths and in both colour schemes."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for (width, height), scheme in product(SIZES, schemes):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        page.goto(url)
        page.screenshot(path=f"{to}-{width}-{scheme}.png", full_page=True)
        context.close()


def main(directory: str) -> None:
    """Write the screenshots into a directory."""
    to = Path(directory)
    to.mkdir(parents=True, exist_ok=True)
    shop = open_shop()
    with running_chromium() as browser, serving(shop) as address:
        # One state after another: what is reserved expires before the last.
        for name, path in pages_of(shop):
            shoot(browser, address + path, to / name)


if __name__ == "__main__":
    main(sys.argv[1])

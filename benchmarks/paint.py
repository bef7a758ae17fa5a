"""``python -m benchmarks.paint``: how long a phone shows nothing of each page, beside a page of one line of text."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from statistics import median

import attrs
from flask import Flask
from playwright.sync_api import Browser, StorageState

from tests.servers.chromium import running_chromium
from tests.web import desk_pages
from tests.web.screenshots import pages_of, sign_in
from tests.web.shop import open_shop, serving, serving_app

#: A cheap phone on a bad network: one of Lighthouse's (mobile, "slow 4G").
_SLOWER = 4
_LATENCY_MS, _DOWN_BITS, _UP_BITS = 150, 1_638_400, 750_000
_PHONE = {"width": 360, "height": 740}
_FIRST_PAINT = """() => new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntriesByName("first-contentful-paint")[0].startTime))
        .observe({ type: "paint", buffered: true });
})"""
_LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map((each) => each.transferSize)"""
_HEAD = "| page | first paint ms (least to most) | one line ms | ratio | requests | KB |\n| --- | --: | --: | --: | --: | --: |"


@attrs.frozen
class Painted:
    """One page that was opened by a browser without a cache: milliseconds to its first content, and the octets of each response."""

    first_paint: float
    loaded: Sequence[int]


def main() -> None:
    """Print the first contentful paint of each page on a slow phone, by turns with a page of one line of text."""
    chosen = _arguments()
    unknown = {*chosen.pages}
    print(_HEAD)
    with running_chromium() as browser, serving_app(_one_line()) as yardstick:
        for name, url, signed_in in _pages(browser):
            if not chosen.pages or name in chosen.pages:
                unknown.discard(name)
                rounds = [(_paint(browser, url, signed_in), _paint(browser, yardstick)) for _ in range(chosen.rounds)]
                print(_row(name, rounds), flush=True)
    if unknown:
        raise SystemExit(f"there is no page {', '.join(sorted(unknown))}")


def _one_line() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "<!doctype html><title>One line</title><p>One line of text")
    return app


def _pages(browser: Browser) -> Iterator[tuple[str, str, StorageState | None]]:
    """Yield the name of each page, its address, and the session that it needs; the page of one yield is gone at the next."""
    shop = open_shop()
    with serving(shop) as address:
        for name, path in pages_of(shop):
            yield name, address + path, None
    shop = open_shop()
    with serving(shop) as address:
        pages = [*desk_pages.pages_of(shop)]
        signed_in = sign_in(browser, address)
        for name, path in pages:
            yield name, address + path, signed_in


def _paint(browser: Browser, url: str, signed_in: StorageState | None = None) -> Painted:
    context = browser.new_context(viewport=_PHONE, storage_state=signed_in)  # type: ignore[arg-type]  # A size by its names.
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    conditions = {
        "offline": False,
        "latency": _LATENCY_MS,
        "downloadThroughput": _DOWN_BITS / 8,
        "uploadThroughput": _UP_BITS / 8,
    }
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", conditions)
    page.goto(url)
    painted = Painted(page.evaluate(_FIRST_PAINT), page.evaluate(_LOADED))
    context.close()
    return painted


def _row(name: str, rounds: Sequence[tuple[Painted, Painted]]) -> str:
    ours, its = zip(*rounds, strict=True)
    times = sorted(each.first_paint for each in ours)
    bare = median(each.first_paint for each in its)
    ratio = median(mine.first_paint / bare_one.first_paint for mine, bare_one in rounds)
    loaded = ours[0].loaded
    shown = f"{median(times):.0f} ({times[0]:.0f} to {times[-1]:.0f})"
    return f"| {name} | {shown} | {bare:.0f} | {ratio:.2f} | {len(loaded)} | {sum(loaded) / 1000:.0f} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paint", description=main.__doc__)
    parser.add_argument("pages", nargs="*", help="the names of pages, as screenshots have them (all)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is opened (5)")
    return parser.parse_args()


if __name__ == "__main__":
    main()

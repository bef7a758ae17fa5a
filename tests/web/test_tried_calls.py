"""Calls of the API tried from its documentation in a real browser: at the root, under a prefix, and behind a proxy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # It has no types.
from playwright.sync_api import Browser, Page, expect

from tests.entrypoints.http import ADMIN_KEY
from tests.entrypoints.server import serving as serving_process
from tests.servers.chromium import running_chromium
from tests.servers.nginx import PREFIX, running_nginx
from tests.web.shop import open_shop, serving

KEY = "an-admin-key-from-outside"
_PHONE, _DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Swagger UI draws when a message of its own arrives.
_DRAW_LATE = """
  const send = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (...args) { setTimeout(() => send.apply(this, args), 100); };
"""
_EXPAND = ".json-schema-2020-12-expand-deep-button"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


def watched(browser: Browser, address: str, **options: object) -> tuple[Page, list[str]]:
    """Return a page, and the list of what it asks other origins for and writes to its console."""
    page, strange = browser.new_context(**options).new_page(), list[str]()  # type: ignore[arg-type]  # Options of many types.
    own = (address, f"blob:{address.removesuffix(PREFIX)}")
    page.on("request", lambda request: strange.append(request.url) if not request.url.startswith(own) else None)
    page.on("console", lambda message: strange.append(message.text))
    page.on("pageerror", lambda error: strange.append(str(error)))
    return page, strange


def create_event(page: Page, docs: str, key: str) -> str:
    """Follow the link of the documentation to a call, give the key, send the example, and return what is shown."""
    page.goto(docs)
    page.locator("#create_event a.try").click()
    operation = page.locator("#operations-events-create_event")
    expect(operation.locator("textarea")).to_be_in_viewport()
    page.locator("button.authorize").click()
    page.locator(".auth-container input").fill(key)
    page.locator(".auth-container button[type=submit]").click()
    page.locator(".btn-done").click()
    operation.locator("button.execute").click()
    shown = operation.locator(".live-responses-table")
    expect(shown).to_contain_text("Night of the Proms")
    return shown.inner_text()


@pytest.mark.parametrize(("viewport", "scheme"), [(_PHONE, "light"), (_DESK, "dark")])
def test_a_call_is_tried_with_a_key(chromium: Browser, viewport: dict[str, int], scheme: str) -> None:
    """It gets its response, without a word on the console or a request to another origin."""
    with serving(open_shop()) as address:
        page, strange = watched(chromium, address, viewport=viewport, color_scheme=scheme)
        shown = create_event(page, f"{address}/docs", ADMIN_KEY)
        assert re.search(r"^201\b", shown, re.MULTILINE)
        assert page.evaluate(_OVERFLOW) <= 0
        assert strange == []
        page.context.close()


def test_a_call_is_in_view_when_it_is_drawn_late(chromium: Browser) -> None:
    """A slow machine draws what was opened long after the script told it to."""
    with serving(open_shop()) as address:
        page, strange = watched(chromium, address)
        page.add_init_script(_DRAW_LATE)
        page.goto(f"{address}/docs/try#create_event")
        expect(page.locator("#operations-events-create_event textarea")).to_be_in_viewport()
        assert strange == []
        page.context.close()


def test_an_image_is_shown(chromium: Browser) -> None:
    """The QR code of a ticket, which needs no key."""
    shop = open_shop()
    [ticket] = shop.tickets_of(shop.buy(shop.opera))
    with serving(shop) as address:
        page, strange = watched(chromium, address)
        page.goto(f"{address}/docs/try#show_qr_image")
        operation = page.locator("#operations-tickets-show_qr_image")
        operation.locator("input").fill(ticket.removeprefix("/t/"))
        operation.locator("button.execute").click()
        image = operation.locator(".live-responses-table img")
        expect(image).to_be_visible()
        assert image.evaluate("(each) => each.decode().then(() => each.naturalWidth)") > 100
        assert strange == []
        page.context.close()


def test_calls_are_tried_behind_a_proxy(chromium: Browser, tmp_path: Path) -> None:
    """Under the path that nginx takes off, of which the service knows nothing."""
    with (
        serving_process(tmp_path, ADMIN_KEY=KEY, TRUSTED_PROXIES="1") as service,
        running_nginx(service.port) as proxy,
    ):
        address = f"http://127.0.0.1:{proxy}{PREFIX}"
        page, strange = watched(chromium, address)
        assert re.search(r"^201\b", create_event(page, f"{address}/docs", KEY), re.MULTILINE)
        assert strange == []
        page.context.close()


def test_without_script_the_page_says_where_to_read(chromium: Browser) -> None:
    """A browser without script is led back to the page that needs none."""
    with serving(open_shop()) as address:
        page = chromium.new_context(java_script_enabled=False).new_page()
        page.goto(f"{address}/docs/try")
        expect(page.locator("body")).to_contain_text("by a script")
        page.locator("a").click()
        expect(page.locator("h1")).to_contain_text("ticketcore")
        page.context.close()


def states_of(page: Page, docs: str) -> Iterator[str]:
    """Lead the page through what it draws: calls, one that was sent, the dialog for the key, and schemas; yield each state's name."""
    page.goto(f"{docs}/try#list_events")
    page.wait_for_selector("#operations-events-list_events select")
    yield "a call with parameters"
    page.goto(f"{docs}/try#create_event")
    page.reload()
    operation = page.locator("#operations-events-create_event")
    operation.locator("button.execute").click()
    operation.locator(".live-responses-table").wait_for()
    operation.locator(".responses-table [data-name=model]").first.click()
    operation.locator(_EXPAND).first.click()
    yield "a call that was sent, with a schema"
    page.locator("button.authorize").click()
    page.wait_for_selector(".auth-container input")
    yield "the dialog for the key"
    page.locator(".btn-done").click()
    page.locator("section.models h4 button").click()
    page.locator(f"section.models {_EXPAND}").first.click()
    page.locator("section.models .json-schema-2020-12-property").first.wait_for()
    yield "schemas"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [_PHONE, _DESK], ids=["phone", "desk"])
def test_the_page_is_accessible(chromium: Browser, viewport: dict[str, int], scheme: str) -> None:
    """No violation that axe knows in any of its states, and no line wider than the screen."""
    with serving(open_shop()) as address:
        page, _ = watched(chromium, address, viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
        for state in states_of(page, f"{address}/docs"):
            found = Axe().run(page)
            assert found.violations_count == 0, f"{state}: {found.generate_report()}"
            assert page.evaluate(_OVERFLOW) <= 0, state
        page.context.close()

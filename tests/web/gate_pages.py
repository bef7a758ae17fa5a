"""The page of a gate in all its states, for screenshots and for what looks at every page."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

from tests.entrypoints.http import ADMIN_KEY, json_of, scan
from tests.web.gate import GATE, GatePage, codes_of, open_doors
from tests.web.shop import Shop
from ticketcore.application.organiser import NewKey
from ticketcore.domain.api_keys import Role


def states_of(page: Page, shop: Shop, address: str) -> Iterator[str]:
    """Lead a page through its states, and yield the name of each while it has it."""
    gate, key = GatePage(page, shop, address), shop.service.organiser.create_key("Night", Role.GATE)
    assert isinstance(key, NewKey)
    open_doors(shop)
    first, second, third = (ticket["qr_code"] for ticket in codes_of(shop, 3))
    page.goto(address + GATE)
    yield "gate-sign-in"
    page.locator("#key").fill(ADMIN_KEY)
    page.locator("main button[type=submit]").click()
    yield "gate-key-refused"
    page.goto(f"{address}{GATE}#key={key.text}")
    page.wait_for_selector("select#event")
    yield "gate-choice"
    gate.enter(key.text)
    gate.is_ready()
    yield "gate-door"
    gate.scan(first)
    gate.sees("admitted")
    yield "gate-admitted"
    page.keyboard.press("Escape")
    yield "gate-after-a-verdict"
    gate.scan(first)
    gate.sees("refused")
    yield "gate-refused"
    page.context.set_offline(True)
    gate.scan(second)
    gate.sees("unchecked")
    yield "gate-unchecked"
    _admit_elsewhere(shop, second)
    page.context.set_offline(False)
    page.keyboard.press("Escape")
    page.wait_for_selector("#doubles:not([hidden])")
    yield "gate-double-admission"
    page.locator("#qr_code").fill(third)
    page.evaluate("document.getElementById('by-text').submit()")
    page.wait_for_selector("#shown-verdict")
    yield "gate-without-script"
    shop.service.organiser.revoke_key(key.key.id)
    gate.scan(third)
    page.wait_for_selector("#session-over[open]")
    yield "gate-session-over"


def _admit_elsewhere(shop: Shop, text: str) -> None:
    json_of(scan(shop.service, text, gate="South"))

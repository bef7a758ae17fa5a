"""What a gate says in a browser: why it judges nothing, what it keeps, and fields and times as the page writes them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.entrypoints.http import ADMIN, json_of
from tests.web.gate import GatePage, codes_of
from tests.web.shop import Shop
from tests.web.test_gate_in_a_browser import Doors, address, chromium, doors, shop, summary

__all__ = ["address", "chromium", "doors", "shop"]


def test_a_session_whose_time_is_over_says_so(shop: Shop, doors: Doors) -> None:
    """It blames no key."""
    gate = doors.open()
    shop.service.clock.move(timedelta(hours=13))
    gate.page.evaluate("dispatchEvent(new Event('online'))")
    expect(gate.page.locator("#over-title")).to_have_text("Your session has ended")
    gate.page.get_by_role("link", name="Sign in again").click()
    expect(gate.page.locator("#key-over")).to_have_count(0)


def test_signing_out_needs_the_network(shop: Shop, doors: Doors) -> None:
    """Without it the page says so, with how many scans wait; with it they are handed in first."""
    [ticket] = codes_of(shop)
    gate = doors.open()
    gate.page.context.set_offline(True)
    gate.scan(ticket["qr_code"])
    gate.sees("unchecked")
    gate.page.keyboard.press("Escape")
    gate.page.get_by_role("button", name="Sign out").click()
    expect(gate.page.locator("#sign-out-note")).to_contain_text(
        "signing out needs the network. Scans that wait on this device: 1."
    )
    gate.page.context.set_offline(False)
    gate.page.get_by_role("button", name="Sign out").click()
    expect(gate.page.locator("#key")).to_be_visible()
    expect(gate.page.locator("#kept-scans")).to_be_hidden()
    assert summary(shop)["gates"] == {"North": 1}


def test_what_was_typed_stays_unless_it_was_admitted(shop: Shop, doors: Doors) -> None:
    """A fault has the name that its field has on the page."""
    [ticket] = codes_of(shop)
    gate = doors.open()
    code, number = gate.page.locator("#ticket_code"), gate.page.locator("#number")
    code.fill(ticket["ticket_code"])
    number.fill("x")
    gate.page.locator("#by-hand button").click()
    gate.sees("refused", "Number of the ticket must be")
    expect(gate.page.locator("#verdict-title")).to_have_text("This could not be read")
    expect(gate.page.locator("#verdict-detail")).not_to_have_text(re.compile("^number"))
    gate.page.keyboard.press("Escape")
    expect(code).to_have_value(ticket["ticket_code"])
    expect(number).to_have_value("x")
    number.fill("1")
    gate.page.locator("#by-hand button").click()
    gate.sees("admitted")
    expect(code).to_have_value("")
    expect(number).to_have_value("")


@pytest.mark.parametrize("locale", ["en", "pt-BR", "es"])
def test_doors_open_at_one_time_with_network_and_without(
    chromium: Browser, shop: Shop, address: str, locale: str
) -> None:
    """With its day and zone, written alike."""
    [ticket] = codes_of(shop)
    change = {"doors_at": "2027-05-01T08:05:00Z"}
    json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json=change, headers=ADMIN))
    page = chromium.new_context(locale=locale).new_page()
    gate = GatePage(page, shop, address)
    gate.enter()
    gate.is_ready()
    said = [refused(page, gate, ticket["qr_code"])]
    page.context.set_offline(True)
    said.append(refused(page, gate, ticket["qr_code"]))
    assert said[0] == said[1]
    assert "05:05, America/Sao_Paulo" in said[0]
    page.context.close()


def refused(page: Page, gate: GatePage, text: str) -> str:
    """Return why a scan is refused, in the words of the page."""
    gate.scan(text)
    gate.sees("refused")
    detail = page.locator("#verdict-detail").inner_text()
    page.keyboard.press("Escape")
    expect(page.locator("#verdict")).to_be_hidden()
    return detail

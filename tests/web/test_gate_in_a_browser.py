"""The gate in a browser: by scanner and by hand, without network, at two doors, in every state for every reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # It has no types.
from playwright.sync_api import Browser, Page, Route, expect

from tests.entrypoints.http import ADMIN, GATE_KEY, Json, json_of, refund, scan
from tests.servers.chromium import running_chromium
from tests.web.gate import GATE, GatePage, codes_of, open_doors
from tests.web.gate_pages import states_of
from tests.web.shop import Shop, open_shop, serving
from ticketcore.application.organiser import NewKey
from ticketcore.domain.api_keys import Role

_PHONE, _DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: What a browser says of a response that is no success, or of none, is no message of ours.
_OF_THE_BROWSER = "Failed to load resource"
_NO_ED25519 = """
    const imported = crypto.subtle.importKey.bind(crypto.subtle);
    crypto.subtle.importKey = (...given) =>
        given[2].name === "Ed25519" ? Promise.reject(new DOMException("", "NotSupportedError")) : imported(...given);
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    open_doors(shop)
    return shop


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    with serving(shop) as found:
        yield found


@attrs.frozen
class Doors:
    """Opens gates, each in a browser context of its own, which are closed after the test."""

    chromium: Browser
    shop: Shop
    address: str
    pages: list[Page] = attrs.field(factory=list)

    def open(self, gate: str = "North", key: str = GATE_KEY, script: str | None = None) -> GatePage:
        """Return a gate that has signed in and can work without network."""
        context = self.chromium.new_context(viewport=_PHONE, locale="en")  # type: ignore[arg-type]  # Of the right type.
        if script is not None:
            context.add_init_script(script)
        page = context.new_page()
        self.pages.append(page)
        opened = GatePage(page, self.shop, self.address)
        opened.enter(key, gate)
        opened.is_ready()
        return opened


@pytest.fixture
def doors(chromium: Browser, shop: Shop, address: str) -> Iterator[Doors]:
    doors = Doors(chromium, shop, address)
    yield doors
    for page in doors.pages:
        page.context.close()


def summary(shop: Shop) -> Json:
    return json_of(shop.service.client.get(f"/events/{shop.opera['id']}/summary", headers=ADMIN))


def verdict_count(gate: GatePage) -> int:
    found: int = gate.page.evaluate("performance.getEntriesByName('verdict').length")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("viewport", "locale"), [(_PHONE, "pt-BR"), (_DESK, "es")], ids=["phone", "desk"])
def test_every_state_of_a_gate_is_accessible(
    chromium: Browser, shop: Shop, address: str, viewport: dict[str, int], locale: str, scheme: str
) -> None:
    """No violation that axe knows, no line wider than the screen, no message, nothing from another origin."""
    context = chromium.new_context(viewport=viewport, color_scheme=scheme, locale=locale)  # type: ignore[arg-type]  # Of many types.
    page, strange = context.new_page(), list[str]()
    page.on("request", lambda request: strange.append(request.url) if not request.url.startswith(address) else None)
    page.on("console", lambda said: strange.append(said.text) if _OF_THE_BROWSER not in said.text else None)
    page.on("pageerror", lambda error: strange.append(str(error)))
    for state in states_of(page, shop, address):
        found = Axe().run(page)
        assert found.violations_count == 0, f"{state}: {found.generate_report()}"
        assert page.evaluate(_OVERFLOW) <= 0, state
        assert page.locator("html").get_attribute("lang") == locale
    assert strange == []
    context.close()


def test_a_key_leaves_the_address_at_once(chromium: Browser, shop: Shop, address: str) -> None:
    """Also on a gate that has signed in; no storage that scripts read has it."""
    made = shop.service.organiser.create_key("Side", Role.GATE, [shop.opera["id"]])
    assert isinstance(made, NewKey)
    page = chromium.new_context(locale="en").new_page()
    for _ in range(2):
        page.goto(f"{address}{GATE}#key={made.text}")
        page.wait_for_selector("#gate.scripted")
        assert page.url == f"{address}{GATE}"
    assert made.text not in page.content()
    kept = page.evaluate("JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])")
    assert kept == '["",{},{}]'
    page.context.close()


def test_a_scanner_types_anywhere(shop: Shop, doors: Doors) -> None:
    """A verdict covers the screen, with what a field held left as it was; another key goes on, and a person's typing is none."""
    first, second = codes_of(shop, 2)
    gate = doors.open()
    gate.page.keyboard.type(first["qr_code"])
    gate.page.keyboard.press("Enter")
    gate.sees("admitted", "Ticket 1 of 2", "Let one person in.")
    box = gate.page.locator("#verdict").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (_PHONE["width"], _PHONE["height"])
    gate.page.keyboard.press("Escape")
    expect(gate.page.locator("#verdict")).to_be_hidden()
    gate.page.locator("#ticket_code").fill("7QX")
    gate.page.locator("#ticket_code").focus()
    gate.scan(second["qr_code"])
    gate.sees("admitted", "Ticket 2 of 2")
    expect(gate.page.locator("#ticket_code")).to_have_value("7QX")
    gate.counts(admitted="2", refused="0", waiting="0", all="2 of 2")
    gate.page.keyboard.press("Escape")
    before = verdict_count(gate)
    gate.page.locator("#number").focus()
    gate.page.keyboard.type("12345678", delay=120)
    expect(gate.page.locator("#number")).to_have_value("12345678")
    assert verdict_count(gate) == before


@pytest.mark.parametrize("end", ["Enter", "Tab"])
@pytest.mark.parametrize("text", ["ANOTHER TEXT WITH BLANKS", "short"])
def test_a_scanned_text_presses_no_button(doors: Doors, text: str, end: str) -> None:
    """Not that of the verdict before, by a blank within the text or by its end."""
    gate = doors.open()
    gate.scan("NO TICKET OF OURS")
    gate.sees("refused")
    before = verdict_count(gate)
    gate.page.keyboard.type(text)
    gate.page.keyboard.press(end)
    gate.page.wait_for_function("(before) => performance.getEntriesByName('verdict').length > before", arg=before)
    gate.sees("refused")


def test_a_ticket_is_admitted_by_hand_and_taken_back(shop: Shop, doors: Doors) -> None:
    """With its code and number; undone, also after a reload, it can be used again, and there is nothing more to undo."""
    [ticket] = codes_of(shop)
    gate = doors.open()
    for button in ("#undo", "#last-undo"):
        gate.page.locator("#ticket_code").fill(ticket["ticket_code"].lower())
        gate.page.locator("#number").fill("1")
        gate.page.locator("#by-hand button").click()
        gate.sees("admitted", ticket["ticket_code"])
        gate.counts(admitted="1")
        if button == "#last-undo":
            gate.page.reload()
        gate.page.locator(button).click()
        gate.sees("undone", "The ticket can be used again.")
        gate.counts(admitted="0")
        expect(gate.page.locator("#undo")).to_be_hidden()
        gate.page.locator("#go-on").click()
        expect(gate.page.locator("#last-undo")).to_be_hidden()
    assert summary(shop)["gates"] == {}
    gate.scan("NO TICKET OF OURS")
    gate.sees("refused", "Ask for the mail with the ticket.")


def test_without_network_a_gate_judges_by_itself(shop: Shop, doors: Doors) -> None:
    """It admits what is genuine once, and refuses what is used, void, forged or for another event; all of it survives a reload, and is handed in."""
    used, void, genuine, other = codes_of(shop, 4)
    json_of(scan(shop.service, used["qr_code"]))
    json_of(shop.service.client.post(f"/orders/{void['order_id']}/refund", json={"tickets": [2]}, headers=ADMIN))
    concert = shop.buy(shop.free).replace("/o/", "/orders/")
    [elsewhere] = json_of(shop.service.client.get(f"{concert}/ticket"))["tickets"]
    gate = doors.open()
    gate.page.context.set_offline(True)
    gate.page.reload()
    expect(gate.page.locator("#network")).to_have_text("No network: this gate judges by itself.")
    forged = f"{genuine['qr_code'][:-2]}{'A' if genuine['qr_code'][-2] != 'A' else 'B'}{genuine['qr_code'][-1]}"
    for text, words in {
        used["qr_code"]: "This ticket was used before",
        void["qr_code"]: "This ticket was refunded and is void",
        elsewhere["qr_code"]: "This ticket is for another event",
        forged: "Ask for the mail with the ticket.",
    }.items():
        gate.scan(text)
        gate.sees("refused", words)
    gate.scan(genuine["qr_code"])
    gate.sees("unchecked", "Not checked with the service", "Let one person in.")
    gate.counts(admitted="1", refused="4", waiting="1")
    gate.page.reload()
    expect(gate.page.locator("#last-title")).to_have_text("Not checked with the service")
    gate.scan(f"]Q1{genuine['qr_code'].lower()}")
    gate.sees("refused", "This ticket was used before", "Admitted at this gate at")
    gate.scan(other["qr_code"])
    gate.sees("unchecked")
    gate.page.locator("#undo").click()
    gate.sees("undone")
    gate.counts(admitted="1", refused="5", waiting="1")
    gate.page.locator("#ticket_code").evaluate("(field) => { field.value = 'AAAAA-AAAAA'; }")
    gate.page.locator("#number").evaluate("(field) => { field.value = '1'; }")
    gate.page.evaluate("document.getElementById('by-hand').requestSubmit()")
    gate.sees("refused", "A ticket code cannot be checked without network.")
    assert summary(shop)["gates"] == {"gate": 1}
    gate.page.context.set_offline(False)
    gate.counts(waiting="0", all="2 of 3")
    assert summary(shop)["gates"] == {"gate": 1, "North": 1}
    gate.scan(genuine["qr_code"])
    gate.sees("refused", "This ticket was admitted at North on")


def test_two_gates_that_let_the_same_ticket_in_both_hear_of_it(shop: Shop, doors: Doors) -> None:
    """By its code and number, and the names of the gates."""
    [ticket] = codes_of(shop)
    gates = [doors.open("North"), doors.open("South")]
    for gate in gates:
        gate.page.context.set_offline(True)
        gate.scan(ticket["qr_code"])
        gate.sees("unchecked")
    for gate in gates:
        gate.page.context.set_offline(False)
        gate.counts(waiting="0")
    [double] = summary(shop)["double_admissions"]
    assert sorted(double["gates"]) == ["North", "South"]
    named = f"Ticket 1, {ticket['ticket_code']}: {', '.join(double['gates'])}"
    for gate in gates:
        expect(gate.page.locator("#doubles-list")).to_have_text(named)


def test_what_the_service_refuses_afterwards_is_named(shop: Shop, doors: Doors) -> None:
    """Such as a ticket that was refunded after the list was loaded."""
    [ticket] = codes_of(shop)
    gate = doors.open()
    gate.page.context.set_offline(True)
    gate.scan(ticket["qr_code"])
    gate.sees("unchecked")
    assert refund(shop.service, {"id": ticket["order_id"]}).status_code == 200
    gate.page.context.set_offline(False)
    rejected = gate.page.locator("#rejected-list")
    expect(rejected).to_contain_text("This ticket was refunded and is void")
    expect(rejected).to_contain_text(f"ticket 1, {ticket['ticket_code']}")
    gate.counts(waiting="0")


@pytest.mark.parametrize("fault", ["away", "silent", "strange"])
def test_a_service_that_does_not_respond_delays_no_door(shop: Shop, doors: Doors, fault: str) -> None:
    """The gate judges by itself; what the service had done before its response was lost is no double admission."""
    [ticket] = codes_of(shop)
    gate = doors.open()

    def fail(route: Route) -> None:
        if fault == "away":
            route.fulfill(status=503, json={"code": "unavailable"})
        elif fault == "strange":
            route.fulfill(status=200, body="<h1>Hotel Wi-Fi: please sign in</h1>", content_type="text/html")
        else:
            route.fetch()

    gate.page.route("**/gate/calls/*", fail)
    gate.scan(ticket["qr_code"])
    gate.sees("unchecked")
    gate.counts(waiting="1")
    gate.page.unroute("**/gate/calls/*")
    gate.counts(waiting="0", all="1 of 1")
    assert summary(shop)["double_admissions"] == []
    assert summary(shop)["gates"] == {"North": 1}


def test_a_list_that_has_the_very_scan_refuses_no_ticket(shop: Shop, doors: Doors) -> None:
    """The service admits a ticket, the list is read again, and only then is the response lost."""
    [ticket] = codes_of(shop)
    gate = doors.open()

    def lose(route: Route) -> None:
        route.fetch()
        with gate.page.expect_response("**/gate/calls/state*"):
            gate.page.evaluate("dispatchEvent(new Event('online'))")
        route.abort()

    gate.page.route("**/gate/calls/admission*", lose)
    gate.scan(ticket["qr_code"])
    gate.sees("unchecked")
    gate.page.unroute("**/gate/calls/admission*")
    gate.counts(waiting="0", all="1 of 1")
    assert summary(shop)["double_admissions"] == []


def test_an_admission_without_network_is_taken_back_at_the_service_too(shop: Shop, doors: Doors) -> None:
    """Where its response was lost, the service is told once it is reached."""
    [ticket] = codes_of(shop)
    gate = doors.open()
    gate.page.route("**/gate/calls/admission*", lambda route: route.fetch() and None)
    gate.scan(ticket["qr_code"])
    gate.sees("unchecked")
    gate.page.context.set_offline(True)
    assert summary(shop)["gates"] == {"North": 1}
    gate.page.locator("#undo").click()
    gate.sees("undone")
    gate.page.context.set_offline(False)
    gate.counts(waiting="0", admitted="0")
    assert summary(shop)["gates"] == {}


def test_a_session_that_ends_loses_no_scan(shop: Shop, doors: Doors) -> None:
    """The page asks to sign in again, judges nothing until then, and hands in what it has kept."""
    made = shop.service.organiser.create_key("Lost", Role.GATE)
    assert isinstance(made, NewKey)
    [kept, other] = codes_of(shop, 2)
    gate = doors.open(key=made.text)
    gate.page.context.set_offline(True)
    gate.scan(kept["qr_code"])
    gate.sees("unchecked")
    shop.service.organiser.revoke_key(made.key.id)
    gate.page.context.set_offline(False)
    over = gate.page.locator("#session-over")
    expect(over).to_be_visible()
    expect(over).to_contain_text("This key is no longer valid")
    expect(gate.page.locator("#verdict")).to_be_hidden()
    expect(over).to_contain_text("Scans that are kept on this device: 1.")
    expect(gate.page.locator("#network")).to_have_text("This gate judges nothing until you sign in again.")
    expect(gate.page.locator("#ready")).to_have_text("")
    gate.page.keyboard.press("Escape")
    gate.page.keyboard.press("Escape")
    before = verdict_count(gate)
    gate.scan(other["qr_code"])
    gate.page.context.set_offline(True)
    gate.scan(other["qr_code"])
    gate.page.context.set_offline(False)
    gate.counts(waiting="1", admitted="1", refused="0")
    assert verdict_count(gate) == before
    assert summary(shop)["gates"] == {}
    over.get_by_role("link").click()
    expect(gate.page.locator("#key-over")).to_contain_text("Sign in with another key to go on.")
    expect(gate.page.locator("#kept-scans")).to_contain_text("Scans that are kept on this device: 1.")
    gate.page.locator("#key").fill(GATE_KEY)
    gate.page.get_by_role("button", name="Sign in").click()
    gate.counts(waiting="0", all="1 of 2")
    assert summary(shop)["gates"] == {"North": 1}


def test_signatures_are_verified_by_a_browser_that_knows_no_ed25519(shop: Shop, doors: Doors) -> None:
    """By a library that is loaded then, and is there without network."""
    [ticket] = codes_of(shop)
    gate = doors.open(script=_NO_ED25519)
    gate.page.context.set_offline(True)
    gate.page.reload()
    code = ticket["qr_code"]
    gate.scan(f"{code[:60]}{'A' if code[60] != 'A' else 'B'}{code[61:]}")
    gate.sees("refused", "Ask for the mail with the ticket.")
    gate.scan(code)
    gate.sees("unchecked")


def test_a_gate_that_has_signed_out_opens_without_network_no_more(shop: Shop, doors: Doors) -> None:
    """The device has forgotten the page."""
    gate = doors.open()
    gate.page.get_by_role("button", name="Sign out").click()
    expect(gate.page.locator("#key")).to_be_visible()
    gate.page.wait_for_timeout(300)
    assert gate.page.evaluate("async () => (await caches.keys()).length") == 0


def test_a_gate_works_without_script(chromium: Browser, shop: Shop, address: str) -> None:
    """It says what it needs, and admits by text, and by code and number."""
    first, second = codes_of(shop, 2)
    page = chromium.new_context(viewport=_PHONE, locale="en", java_script_enabled=False).new_page()  # type: ignore[arg-type]  # Of the right type.
    page.goto(address + GATE)
    page.locator("#key").fill(GATE_KEY)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#event").select_option(shop.opera["id"])
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text(re.compile("need JavaScript"))).to_be_visible()
    page.locator("#qr_code").fill(first["qr_code"])
    page.locator("#by-text button").click()
    expect(page.locator("section.verdict.admitted")).to_contain_text("Ticket 1 of 2")
    box = page.locator("section.verdict").bounding_box()
    assert box is not None
    assert box["width"] * box["height"] > _PHONE["width"] * _PHONE["height"] / 3
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("section.verdict.undone")).to_be_visible()
    page.locator("#ticket_code").fill(second["ticket_code"])
    page.locator("#number").fill("2")
    page.locator("#by-hand button").click()
    expect(page.locator("section.verdict.admitted")).to_contain_text("Ticket 2 of 2")
    page.context.close()

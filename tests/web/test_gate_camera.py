"""The gate's camera, played from a file: what it sees is judged once, fast, with the browser's own detector or without."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.entrypoints.http import ADMIN, json_of
from tests.servers.chromium import running_chromium
from tests.web.camera import camera
from tests.web.gate import GatePage, codes_of, open_doors
from tests.web.shop import Shop, open_shop, serving

_GREEN = (18, 112, 47)
_DURATIONS = "performance.getEntriesByName('verdict').map((each) => Math.round(each.duration))"
#: What is kept for working without network is fetched, not imported.
_IMPORTED = (
    "performance.getEntriesByType('resource').filter((each) => each.initiatorType !== 'fetch').map((each) => each.name)"
)
#: A detector such as phones have, that sees one code.
_DETECTOR = """
    window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code"]; }
        async detect() { return [{ rawValue: "%s" }]; }
    };
"""
_BROKEN = """
    window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code"]; }
        async detect() { throw new DOMException("", "NotSupportedError"); }
    };
"""


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    open_doors(shop)
    return shop


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    with serving(shop) as found:
        yield found


def enter(browser: Browser, shop: Shop, address: str, script: str = "") -> GatePage:
    """Return a gate that has signed in on a phone with a camera."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en", permissions=["camera"])
    context.add_init_script(script)
    gate = GatePage(context.new_page(), shop, address)
    gate.enter()
    return gate


def durations(gate: GatePage) -> list[int]:
    """Return how many milliseconds each verdict took, from when the code was seen."""
    found: list[int] = gate.page.evaluate(_DURATIONS)
    return found


def share_of(colour: tuple[int, int, int], gate: GatePage) -> float:
    """Return how much of the screen has a colour."""
    shot = Image.open(io.BytesIO(gate.page.screenshot())).convert("RGB")
    counted = shot.getcolors(shot.width * shot.height) or []
    return sum(count for count, found in counted if found == colour) / (shot.width * shot.height)


def test_a_ticket_in_view_is_admitted_once(shop: Shop, address: str, tmp_path: Path) -> None:
    """Its verdict covers the screen while it is in view, and comes again after a reload without network only."""
    [ticket] = codes_of(shop)
    with running_chromium(*camera(tmp_path / "ticket.y4m", [(ticket["qr_code"], 2)])) as browser:
        gate = enter(browser, shop, address)
        gate.sees("admitted", "Ticket 1 of 1")
        gate.page.wait_for_timeout(5000)
        gate.sees("admitted")
        assert len(durations(gate)) == 1, f"verdicts took {durations(gate)} ms"
        assert share_of(_GREEN, gate) > 1 / 3
        gate.is_ready()
        gate.page.locator("#undo").click()
        gate.sees("undone")
        gate.page.context.set_offline(True)
        gate.page.reload()
        gate.sees("unchecked", "Not checked with the service")
        assert len(durations(gate)) == 1, f"verdicts took {durations(gate)} ms"
        gate.page.reload()
        gate.sees("refused", "Admitted at this gate at")
        gate.page.context.set_offline(False)
        gate.counts(admitted="1", refused="1", waiting="0")
    summary = json_of(shop.service.client.get(f"/events/{shop.opera['id']}/summary", headers=ADMIN))
    assert (summary["gates"], summary["double_admissions"]) == ({"North": 1}, [])


def test_a_code_is_judged_again_after_it_has_left(shop: Shop, address: str, tmp_path: Path) -> None:
    """And another one at once."""
    first, second = (ticket["qr_code"] for ticket in codes_of(shop, 2))
    scenes = [(first, 2), (second, 2), (None, 5)]
    with running_chromium(*camera(tmp_path / "tickets.y4m", scenes)) as browser:
        gate = enter(browser, shop, address)
        gate.counts(admitted="2")
        expect(gate.page.locator("#count-refused")).not_to_have_text("0")
        assert len(durations(gate)) >= 3, f"verdicts took {durations(gate)} ms"


def test_a_browsers_own_detector_is_used_where_it_works(shop: Shop, address: str, tmp_path: Path) -> None:
    """The library is loaded where there is none, or where the system has none for it."""
    native, seen = (ticket["qr_code"] for ticket in codes_of(shop, 2))
    with running_chromium(*camera(tmp_path / "ticket.y4m", [(seen, 2)])) as browser:
        for script, words, is_loaded in (
            (_DETECTOR % native, "Ticket 1 of 2", False),
            (_BROKEN, "Ticket 2 of 2", True),
        ):
            gate = enter(browser, shop, address, script)
            gate.sees("admitted", words)
            imported = gate.page.evaluate(_IMPORTED)
            assert any("qr-decoder" in each for each in imported) is is_loaded
            gate.page.context.close()

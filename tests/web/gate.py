"""A gate of a shop: with a browser's forms and calls alone, and in a browser."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import attrs
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

from tests.entrypoints.http import ADMIN, GATE_KEY, Json, json_of
from tests.web.desk import DeskClient
from tests.web.shop import Shop

GATE = "/gate"
_TYPED = """(text) => {
    for (const key of [...text, "Enter"]) {
        (document.activeElement || document.body).dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
        );
    }
}"""


def open_doors(shop: Shop) -> None:
    """Have the doors of the opera open at any time."""
    json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json={"doors_at": None}, headers=ADMIN))


def codes_of(shop: Shop, quantity: int = 1) -> list[Json]:
    """Buy tickets for the opera, and return each as the API shows it, with its ticket code and number."""
    order = shop.buy(shop.opera, quantity).removeprefix("/o/")
    bought = json_of(shop.service.client.get(f"/orders/{order}/ticket"))
    return [
        {**ticket, "ticket_code": bought["ticket_code"], "number": number}
        for number, ticket in enumerate(bought["tickets"], 1)
    ]


@attrs.frozen
class GateClient(DeskClient):
    """A browser at a gate of a shop, of which forms and calls are tried."""

    def enter(self, key: str = GATE_KEY, gate: str = "North") -> GateClient:
        """Sign in, and choose the opera."""
        assert self.act("/gate/sign-in", on=GATE, key=key) == GATE
        assert self.act("/gate/post", on=f"{GATE}?choose", event=self.shop.opera["id"], gate=gate) == GATE
        return self

    def call(self, name: str, body: Any = None, token: str | None = None, **query: str) -> TestResponse:
        """Make a call of the page's script, by default with the page's token; without a body it changes nothing."""
        path = f"/gate/calls/{name}"
        if body is None:
            return self.client.get(path, query_string=query)
        headers = {"X-Form-Token": self.token if token is None else token}
        return self.client.post(path, json=body, headers=headers)

    @property
    def token(self) -> str:
        """The token of the page."""
        found = re.search(r'name="form_token" value="([^"]*)"', self.get(GATE).text)
        assert found is not None
        return unescape(found[1])


def client_of(shop: Shop) -> GateClient:
    """Return a browser that has not signed in."""
    return GateClient(shop, shop.service.app.test_client())


@attrs.frozen
class GatePage:
    """The page of a gate in a browser."""

    page: Page
    shop: Shop
    address: str

    def enter(self, key: str = GATE_KEY, gate: str = "North") -> None:
        """Sign in by a key in the address, and choose the opera."""
        self.page.goto(f"{self.address}{GATE}#key={key}")
        self.page.locator("#event").select_option(self.shop.opera["id"])
        self.page.locator("input[name=gate]").fill(gate)
        self.page.locator("main .card button").click()
        self.page.wait_for_selector("#gate.scripted")

    def is_ready(self) -> None:
        """Wait until the gate can work without network, and its page opens then."""
        expect(self.page.locator("#ready")).to_have_text(re.compile("Ready|Lista|Pronta"))
        self.page.evaluate(
            """async () => {
                await navigator.serviceWorker.ready;
                while (!(await caches.match("/gate", { ignoreVary: true }))) await new Promise((done) => setTimeout(done, 50));
            }"""
        )

    def scan(self, text: str) -> None:
        """Type a text as a scanner does."""
        self.page.evaluate(_TYPED, text)

    def sees(self, result: str, *words: str) -> None:
        """Expect a verdict over the whole screen with these words."""
        verdict = self.page.locator(f"#verdict.{result}")
        expect(verdict).to_be_visible()
        for each in words:
            expect(verdict).to_contain_text(each)

    def counts(self, **expected: str) -> None:
        """Expect the counts of these names."""
        for name, value in expected.items():
            expect(self.page.locator(f"#count-{name}")).to_have_text(value)

"""The desk without a browser: signing in, pages, and forms with their tokens."""

from __future__ import annotations

import re
from html import unescape

import attrs
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.entrypoints.http import ADMIN_KEY
from tests.web.shop import HTML, Shop
from ticketcore.domain import ids

SIGN_IN = "/desk/sign-in"


@attrs.frozen
class DeskClient:
    """A browser at the desk of a shop."""

    shop: Shop
    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """Return a page."""
        return self.client.get(path, headers=HTML)

    def page(self, path: str) -> str:
        """Return the text of a page that is there."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.text

    def post(self, path: str, *, on: str | None = None, **typed: str | list[str]) -> TestResponse:
        """Send the form with the action ``path`` of a page, its hidden fields and what was typed; by default the page has its address."""
        fields = hidden_fields(self.get(on or path).text, path)
        return self.client.post(path, data={**fields, **typed}, headers=HTML)

    def act(self, path: str, *, on: str | None = None, **typed: str | list[str]) -> str:
        """Send a form, and return the address to which it leads."""
        response = self.post(path, on=on, **typed)
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def sign_in(self, key: str = ADMIN_KEY) -> TestResponse:
        """Sign in with a key."""
        return self.post(SIGN_IN, key=key)


def hidden_fields(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the form of a page that is sent to an address."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*method="post".*?</form>', page, re.DOTALL)
    assert found is not None, page
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', found[0])
    return {name: unescape(value) for name, value in hidden}


def desk_of(shop: Shop) -> DeskClient:
    """Return a browser that has signed in at the desk of a shop."""
    desk = DeskClient(shop, shop.service.app.test_client())
    response = desk.sign_in()
    assert response.status_code == 303, response.text
    return desk


def page_of(order: str) -> str:
    """Return the desk's address of an order whose buyer has it under ``/o/``."""
    return f"/desk/o/{ids.digest(order.removeprefix('/o/'))}"

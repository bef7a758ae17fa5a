"""Pages against other sites, other readers of an address, and texts that want to be run."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from werkzeug.test import Client

from tests.entrypoints.http import ADMIN, BUYER, Service, available, create_event, json_of, serve
from tests.web.shop import HTML, Shop, open_shop
from ticketcore.domain.attempts import ActionType, PaymentAction
from ticketcore_memory import MemoryLedger, memory_ledger
from ticketcore_web import forms
from ticketcore_web.orders import link_to_pay

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7919*7907 }}\u200f"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def sent_by(shop: Shop, page: str) -> dict[str, str]:
    fields: dict[str, str] = shop.fields_of(page)
    return fields


def test_every_page_is_protected(shop: Shop) -> None:
    """It runs no script but files of its own, is not framed, sniffed, kept or sent in a Referer."""
    order = shop.buy(shop.opera)
    pages = ("/", f"/e/{shop.opera['id']}", order, f"{order}.ics", *shop.tickets_of(order), "/nothing", "/o/nothing")
    for path in pages:
        headers = shop.get(path).headers
        policy = dict(each.strip().split(" ", 1) for each in headers["Content-Security-Policy"].split(";"))
        assert policy == POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_good(shop: Shop) -> None:
    """Under an address with a digest of their content, compressed for whom that is right; any other digest is unknown."""
    page = shop.get(f"/e/{shop.opera['id']}").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) == 4
    for address in addresses:
        plain, zipped = shop.get(address), shop.get(address, Accept_Encoding="gzip")
        assert "immutable" in plain.headers["Cache-Control"]
        assert zipped.headers["Content-Encoding"] == "gzip"
        assert len(zipped.data) < len(plain.data)
        digest = address.split("/")[2]
        assert shop.get(address.replace(digest, "0" * len(digest))).status_code == 404


def test_a_page_weighs_little(shop: Shop) -> None:
    """With all that it loads, uncompressed."""
    order = shop.buy(shop.opera)
    for path in ("/", f"/e/{shop.opera['id']}", order, shop.tickets_of(order)[0]):
        page = shop.get(path)
        loaded = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
        assert len(page.data) + sum(len(shop.get(each).data) for each in loaded) < 100_000


def test_no_page_needs_what_the_policy_forbids(shop: Shop) -> None:
    """No inline style or script, no handler in an attribute."""
    order = shop.reserve(shop.opera)
    shop.pay(order, "tok_pending")
    for path in ("/", f"/e/{shop.opera['id']}", order, shop.reserve(shop.opera)):
        page = shop.get(path).text
        assert not re.search(r"<style|style=|\son\w+=|javascript:", page)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


@pytest.mark.parametrize("page", ["reserve", "payment", "cancellation"])
@pytest.mark.parametrize(
    "change",
    [
        {"form_token": None},
        {"form_token": ""},
        {"form_token": "A" * 43},
        {"form_token": "\N{SNOWMAN}"},
    ],
)
def test_a_form_without_its_token_is_refused(shop: Shop, page: str, change: dict[str, str | None]) -> None:
    """Whatever other headers say; nothing is changed, and what was typed stays."""
    order, event = shop.reserve(shop.opera), f"/e/{shop.opera['id']}"
    shown, path = (event, event) if page == "reserve" else (order, f"{order}/{page}")
    typed = {"quantity": "1", "customer_email": BUYER, "payment_token": "tok_approved"}
    fields = {name: value for name, value in {**sent_by(shop, shown), **typed, **change}.items() if value is not None}
    before = available(shop.service, shop.opera)
    headers = {
        **HTML,
        "Origin": "http://localhost",
        "Referer": f"http://localhost{shown}",
        "Sec-Fetch-Site": "same-origin",
        "X-Requested-With": "XMLHttpRequest",
    }
    response = shop.service.client.post(path, data=fields, headers=headers)
    assert response.status_code == 403
    assert "This form is no longer valid" in response.text or "Nothing was changed." in response.text
    assert available(shop.service, shop.opera) == before
    assert json_of(shop.service.client.get(order.replace("/o/", "/orders/")))["status"] == "reserved"
    if page == "reserve":
        assert f'value="{BUYER}"' in response.text


def test_a_token_belongs_to_one_browser(shop: Shop) -> None:
    """Another browser's is refused, with its cookie or without; a process that shares the ledger takes it."""
    path = f"/e/{shop.opera['id']}"
    form = sent_by(shop, path) | {"quantity": "1", "customer_email": BUYER}
    other = shop.service.app.test_client()
    assert other.post(path, data=form).status_code == 403
    other.get(path)
    assert other.post(path, data=form).status_code == 403
    assert shop.service.client.post(path, data=form).status_code == 303


def test_processes_on_one_ledger_agree_on_tokens() -> None:
    """And on another ledger the same cookie has another token."""
    rows = MemoryLedger()
    first, second = (serve(ledger=memory_ledger(rows)) for _ in range(2))
    stranger = serve()
    path = f"/e/{create_event(first)['id']}"
    foreign = f"/e/{create_event(stranger)['id']}"
    page = first.client.get(path)
    cookie = page.headers["Set-Cookie"].split(";")[0]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page.text))
    form = {**fields, "quantity": "1", "customer_email": BUYER}
    assert _post(second, path, form, cookie) == 303
    assert _post(stranger, foreign, form, cookie) == 403


def _post(service: Service, path: str, form: dict[str, str], cookie: str) -> int:
    return Client(service.app, use_cookies=False).post(path, data=form, headers={"Cookie": cookie}).status_code


def test_cookies_are_the_hosts_own(shop: Shop) -> None:
    """No script reads them; over TLS they are bound to the host, also where only the public address says so."""
    for cookie in shop.get(f"/e/{shop.opera['id']}?language=es").headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    secure = open_shop(public_url="https://tickets.example")
    page = secure.service.app.test_client().get(f"/e/{secure.opera['id']}?language=es")
    found = page.headers.getlist("Set-Cookie")
    assert len(found) == 2
    for cookie in found:
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        assert "Domain" not in cookie


class _Markup(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, set[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a tag."""
        self.tags.append((tag, {name for name, _ in attrs}))


def markup(page: str) -> list[tuple[str, set[str]]]:
    parser = _Markup()
    parser.feed(page)
    return parser.tags


def test_nothing_that_is_shown_can_be_run() -> None:
    """Names, places and what was typed have the same markup as plain texts."""
    tags = []
    for text in ("Plain", HOSTILE):
        shop = open_shop()
        change = {"name": text, "location": text, "description": text}
        json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json=change, headers=ADMIN))
        path = f"/e/{shop.opera['id']}"
        order = shop.buy(shop.opera)
        pages = [
            shop.get("/"),
            shop.get(f"/?search={text}"),
            shop.post(path, path, quantity=text, customer_email=text),
            shop.get(order),
            shop.get(shop.tickets_of(order)[0]),
        ]
        # A search for other words finds other events.
        tags.append([markup(page.text) for number, page in enumerate(pages) if number != 1])
        assert all("{{" not in page.text or "62615533" not in page.text for page in pages)
    assert tags[0] == tags[1]


def test_a_link_to_pay_leads_to_a_page() -> None:
    """What a browser would run is none."""
    assert link_to_pay(PaymentAction(ActionType.REDIRECT, "https://pay.example/1")) == "https://pay.example/1"
    for wrong in ("javascript:alert(1)", "data:text/html,x", "http://[", ""):
        assert link_to_pay(PaymentAction(ActionType.REDIRECT, wrong)) is None


def test_the_field_of_the_token_has_one_name(shop: Shop) -> None:
    """Every form that changes something has it."""
    order = shop.reserve(shop.opera)
    for path in (f"/e/{shop.opera['id']}", order):
        posts = re.findall(r'<form[^>]*method="post".*?</form>', shop.get(path).text, re.DOTALL)
        assert posts
        assert all(f'name="{forms.FIELD}"' in form for form in posts)

"""Sessions at the desk: who is let in, for how long, and what ends them."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from tests.entrypoints.http import ADMIN_KEY, GATE_KEY, serve
from tests.web.desk import SIGN_IN, DeskClient, desk_of, hidden_fields
from tests.web.shop import HTML, Shop, open_shop
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.limits import Limit
from ticketcore_memory import MemoryLedger, memory_ledger
from ticketcore_web import create_pages

COOKIE = "ticketcore-admin"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def stranger(shop: Shop) -> DeskClient:
    """Return a browser that has not signed in."""
    return DeskClient(shop, shop.service.app.test_client())


def stored_key(shop: Shop, role: Role = Role.ADMIN) -> tuple[str, str]:
    """Return the id and the text of a new key."""
    made = shop.service.organiser.create_key("Ann", role)
    return made.key.id, made.text  # type: ignore[union-attr]  # A right name is not refused.


def rules_of_the_desk(shop: Shop) -> list[tuple[str, str]]:
    """Return the method and an address of every page and form under /desk but those to sign in."""

    pages = create_pages(shop.service.assembly)
    values = {"event_id": shop.opera["id"], "digest": "0" * 16, "key_id": "a" * 8}
    found = []
    for rule in pages._app.url_map.iter_rules():
        if rule.rule.startswith("/desk") and rule.rule not in {SIGN_IN, "/desk/sign-out"}:
            path = rule.rule.replace("<", "{").replace(">", "}").format(**values)
            found += [(method, path) for method in (rule.methods or ()) if method in {"GET", "POST"}]
    return found


def test_every_page_is_for_those_who_have_signed_in(shop: Shop) -> None:
    """All others are led to where one signs in, whatever they send, and nothing is shown or changed."""
    rules = rules_of_the_desk(shop)
    assert len(rules) > 30
    for method, path in rules:
        response = stranger(shop).client.open(path, method=method, headers=HTML, data={} if method == "POST" else None)
        assert (response.status_code, response.headers["Location"]) == (303, SIGN_IN), (method, path)
        assert not response.data


def test_the_cookie_is_for_this_site_alone_and_holds_no_key(shop: Shop) -> None:
    """HttpOnly, SameSite=Strict, of twelve hours, signed; over TLS it is Secure and of the host itself."""
    key_id, text = stored_key(shop)
    cookie = next(each for each in stranger(shop).sign_in(text).headers.getlist("Set-Cookie") if COOKIE in each)
    assert {"HttpOnly", "SameSite=Strict", "Max-Age=43200", "Path=/"} <= {each.strip() for each in cookie.split(";")}
    assert text not in cookie
    assert text.split("_")[2] not in cookie
    assert cookie.startswith(f"{COOKIE}={key_id}.")
    behind_tls = open_shop(public_url="https://tickets.example")
    secure = stranger(behind_tls)
    page = secure.client.get(SIGN_IN, base_url="https://tickets.example")
    assert page.status_code == 200
    token = page.text.split('name="form_token" value="')[1].split('"')[0]
    sent = {"key": ADMIN_KEY, "form_token": token}
    response = secure.client.post(SIGN_IN, data=sent, base_url="https://tickets.example")
    [cookie] = [each for each in response.headers.getlist("Set-Cookie") if COOKIE in each]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in cookie


@pytest.mark.parametrize("key", ["", "nonsense", "tck_aaaaaaaa_b", GATE_KEY, "\N{SNOWMAN}", "x" * 5000])
def test_a_key_that_is_no_admins_is_refused(shop: Shop, key: str) -> None:
    """In words, with no session, and without showing again what was typed."""
    desk = stranger(shop)
    response = desk.sign_in(key)
    assert response.status_code == 403
    assert "The key is unknown or revoked, or made for something else." in response.text
    assert not key or f'value="{key}"' not in response.text
    assert desk.get("/desk").status_code == 303


def test_a_gates_stored_key_is_refused(shop: Shop) -> None:
    """It opens no desk, in a form or in a cookie that it would sign."""
    _, text = stored_key(shop, Role.GATE)
    assert stranger(shop).sign_in(text).status_code == 403


def test_signing_in_needs_the_forms_token(shop: Shop) -> None:
    """Another site cannot sign a browser in."""
    response = stranger(shop).client.post(SIGN_IN, data={"key": ADMIN_KEY}, headers=HTML)
    assert response.status_code == 403
    assert COOKIE not in str(response.headers.getlist("Set-Cookie"))


def test_refused_keys_are_limited_and_logged(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Together with those of the API, without their text; a right key is not limited."""
    limited = open_shop(rate_limit=Limit(1000, timedelta(minutes=1)))
    desk = stranger(limited)
    with caplog.at_level(logging.WARNING, "ticketcore"):
        statuses = [desk.sign_in(f"wrong-{number}").status_code for number in range(25)]
    assert statuses.count(403) == 20
    assert statuses[-1] == 429
    assert "was refused" in caplog.text
    assert "wrong-" not in caplog.text
    assert desk.sign_in().status_code == 303


def test_a_session_ends_after_twelve_hours(shop: Shop) -> None:
    """Not a moment before."""
    desk = desk_of(shop)
    shop.service.clock.move(timedelta(hours=12, milliseconds=-1))
    assert desk.get("/desk").status_code == 200
    shop.service.clock.move(timedelta(milliseconds=1))
    assert desk.get("/desk").status_code == 303


def test_a_form_that_is_sent_after_the_end_says_that_nothing_was_saved(shop: Shop) -> None:
    """Those who only look are asked to sign in, without more."""
    desk = desk_of(shop)
    fields = hidden_fields(desk.page("/desk/new-event"), "/desk/new-event")
    shop.service.clock.move(timedelta(hours=12))
    response = desk.client.post("/desk/new-event", data={**fields, "name": "Recital"}, headers=HTML)
    assert "nothing was saved" in desk.page(response.headers["Location"])
    assert "nothing was saved" not in desk.page(desk.get("/desk").headers["Location"])


def test_signing_out_ends_every_copy_of_the_cookie(shop: Shop) -> None:
    """A cookie that was kept opens nothing any more, in other processes either; other sessions of the key go on."""
    rows = MemoryLedger()
    first, second = (open_shop_on(rows) for _ in range(2))
    desk, other = desk_of(first), desk_of(first)
    cookie = desk.client.get_cookie(COOKIE)
    assert cookie is not None
    assert desk.act("/desk/sign-out", on="/desk") == SIGN_IN
    assert desk.get("/desk").status_code == 303
    for each in (first, second):
        copy = stranger(each)
        copy.client.set_cookie(COOKIE, cookie.value)
        assert copy.get("/desk").status_code == 303
    assert other.get("/desk").status_code == 200


def open_shop_on(rows: MemoryLedger) -> Shop:

    service = serve(ledger=memory_ledger(rows))
    return Shop(service, {}, {}, {}, {})


def test_revoking_the_key_ends_its_sessions(shop: Shop) -> None:
    """Also one's own, at once."""
    key_id, text = stored_key(shop)
    desk, admin = stranger(shop), desk_of(shop)
    assert desk.sign_in(text).status_code == 303
    assert desk.get("/desk").status_code == 200
    admin.act(f"/desk/keys/{key_id}/revocation", on="/desk/keys")
    assert desk.get("/desk").status_code == 303


def test_a_cookie_is_none_that_was_altered(shop: Shop) -> None:
    """Of another key, another time, without a signature, or with that of a gate's session."""
    desk = desk_of(shop)
    cookie = desk.client.get_cookie(COOKIE)
    assert cookie is not None
    key, session, began, signature = cookie.value.split(".")
    other = ids.text_of(b"0123456789abcdef")
    for value in (
        f"gate.{session}.{began}.{signature}",
        f"{key}.{other}.{began}.{signature}",
        f"{key}.{session}.{int(began) + 1000}.{signature}",
        f"{key}.{session}.{began}",
        f"{key}.{session}.{began}.",
        "admin",
        "",
        "." * 9,
        "\N{SNOWMAN}",
    ):
        forged = stranger(shop)
        forged.client.set_cookie(COOKIE, value)
        assert forged.get("/desk").status_code == 303, value


def test_a_key_that_is_exchanged_in_the_settings_ends_its_sessions() -> None:
    """The new one signs other cookies."""
    rows = MemoryLedger()
    cookie = desk_of(open_shop_on(rows)).client.get_cookie(COOKIE)
    assert cookie is not None

    service = serve({"admin_key": "another-admin-key"}, ledger=memory_ledger(rows))
    client = service.app.test_client()
    client.set_cookie(COOKIE, cookie.value)
    assert client.get("/desk", headers=HTML).status_code == 303

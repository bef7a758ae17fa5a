"""Forms that a browser sends again, as it does when the page that came of one is reloaded: nothing is done twice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask

from tests.entrypoints.http import ADMIN_KEY
from tests.web.desk import DeskClient, desk_of, hidden_fields, page_of
from tests.web.desk_pages import furnish
from tests.web.shop import HTML, Shop, open_shop
from tests.web.test_desk import NEW, shown_fields
from ticketcore import accepted
from ticketcore.domain.api_keys import Role
from ticketcore_web import web_blueprint

#: What is typed into each form of the desk that leads to another page, by its path.
_LEADING: Mapping[str, Mapping[str, str]] = {
    "/desk/sign-in": {"key": ADMIN_KEY},
    "/desk/sign-out": {},
    "/desk/new-event": NEW,
    "/desk/e/<event_id>/status": {"status": "closed"},
    "/desk/e/<event_id>/change": {"name": "Other"},
    "/desk/e/<event_id>/cancellation": {},
    "/desk/e/<event_id>/refund": {},
    "/desk/e/<event_id>/sale": {"quantity": "1", "customer_email": "a@example.com", "method": "cash"},
    "/desk/o/<digest>/mail": {},
    "/desk/o/<digest>/address": {"customer_email": "b@example.com"},
    "/desk/o/<digest>/refund": {"ticket": "1"},
    "/desk/o/<digest>/whole-refund": {},
    "/desk/o/<digest>/given-up-payment": {},
    "/desk/keys/<key_id>/revocation": {},
    "/desk/operation/redrive": {},
    "/desk/operation/mail/<digest>": {},
    "/desk/operation/stock/<event_id>": {},
}
#: Forms whose page is their own result: one makes a key once, the other only reads.
_SHOWING = {"/desk/keys", "/desk/orders"}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def desk(shop: Shop) -> DeskClient:
    return desk_of(shop)


def test_every_form_of_the_desk_is_known(shop: Shop) -> None:
    """A new form leads to another page, or says here why it need not."""
    app = Flask(__name__)
    app.register_blueprint(web_blueprint(shop.service.box_office, shop.service.organiser))
    rules = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()) and "/desk" in rule.rule}
    assert rules == {*_LEADING, *_SHOWING}


@pytest.mark.parametrize("rule", _LEADING)
def test_a_form_leads_to_a_page_that_can_be_reloaded(shop: Shop, rule: str) -> None:
    """To a page that is read, so that reloading it sends nothing."""
    paid, hanging, _ = furnish(shop)
    desk = desk_of(shop)
    key = accepted(shop.service.organiser.create_key("Old", Role.METRICS)).key
    order = page_of(hanging if "given-up" in rule else shop.buy(shop.opera) if "<digest>" in rule else paid)
    digest = order.removeprefix("/desk/o/")
    path = rule.replace("<event_id>", str(shop.opera["id"])).replace("<digest>", digest)
    path = path.replace("<key_id>", key.id)
    change = shown_fields(desk.page(path)) if rule.endswith("/change") else {}
    token = hidden_fields(desk.page("/desk/orders"), "/desk/orders")
    hidden = hidden_fields(desk.page(path), path) if rule.endswith(("/change", "/sale")) else {}
    response = desk.client.post(path, data={**token, **hidden, **change, **_LEADING[rule]}, headers=HTML)
    assert response.status_code == 303, response.text
    assert desk.get(response.headers["Location"]).status_code == 200


def test_a_key_is_made_once(shop: Shop, desk: DeskClient) -> None:
    """The form that is sent again says so, and shows no secret."""
    form = {**hidden_fields(desk.page("/desk/keys"), "/desk/keys"), "name": "North", "role": "gate"}
    first = desk.client.post("/desk/keys", data=form, headers=HTML)
    again = desk.client.post("/desk/keys", data=form, headers=HTML)
    assert "tck_" in first.text
    assert again.status_code == 303
    page = desk.page(again.headers["Location"])
    assert "made a key then" in page
    assert "tck_" not in page
    assert [key.name for key in shop.service.organiser.list_keys()] == ["North"]

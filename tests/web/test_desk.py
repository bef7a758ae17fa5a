"""The desk without script: each page and act of an organiser, its refusals in words, and who did it in the journal."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from tests.entrypoints.http import ADMIN, Json, buy, create_event, get_order, json_of, scan, serve, tickets_of
from tests.web.desk import DeskClient, desk_of, hidden_fields, page_of
from tests.web.desk_pages import furnish
from tests.web.gate import open_doors
from tests.web.shop import HTML, Shop, open_shop
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.availability import Availability
from ticketcore.domain.mail import Mail
from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import Refused
from ticketcore_memory import MemoryMailer

NEW: Json = {
    "name": "Recital",
    "date": "2027-06-01T20:00",
    "location": "Hall",
    "capacity": "50",
    "price": "12.50",
    "timezone": "America/Sao_Paulo",
    "currency": "BRL",
    "max_per_order": "10",
    "status": "on_sale",
}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def desk(shop: Shop) -> DeskClient:
    return desk_of(shop)


def opera(shop: Shop) -> str:
    """Return the desk's address of the opera."""
    return f"/desk/e/{shop.opera['id']}"


def event_of(shop: Shop, event_id: str | None = None) -> Json:
    """Return an event as the API shows it, by default the opera."""
    return json_of(shop.service.client.get(f"/events/{event_id or shop.opera['id']}", headers=ADMIN))


def order_of(shop: Shop, order: str) -> Json:
    """Return an order by its buyer's address."""
    return get_order(shop.service, {"id": order.removeprefix("/o/")})


def faults_in(page: str) -> list[str]:
    """Return the faults that a page shows at its fields."""
    return re.findall(r'class="fault"[^>]*>([^<]*)<', page)


# Events


def test_an_event_is_made_with_five_fields(shop: Shop, desk: DeskClient) -> None:
    """Its time is that of the place, its price as people write it; all others have what the form gives them."""
    given = {name: NEW[name] for name in ("name", "date", "location", "capacity", "timezone", "currency", "status")}
    location = desk.act("/desk/new-event", **given, price="12,5", max_per_order="10")
    made = event_of(shop, location.split("/")[3].split("?")[0])
    assert (made["name"], made["date"], made["price"]) == ("Recital", "2027-06-01T23:00:00.000Z", "12.50")
    assert (made["capacity"], made["max_per_customer"], made["doors_at"]) == (50, None, None)
    page = desk.page(location)
    assert "The event was made." in page
    assert "Tuesday, 1 June 2027, 20:00, America/Sao_Paulo" in page


def test_an_event_may_have_all_fields(shop: Shop, desk: DeskClient) -> None:
    """Those that are folded away, too."""
    more = {
        "description": "One line.\r\nAnother.",
        "doors_at": "2027-06-01T19:00",
        "sale_starts_at": "2027-02-01T10:00",
        "sale_ends_at": "2027-06-01T18:00",
        "max_per_customer": "4",
        "status": "draft",
    }
    location = desk.act("/desk/new-event", **NEW | more)
    made = event_of(shop, location.split("/")[3].split("?")[0])
    assert made["description"] == "One line.\nAnother."
    assert made["doors_at"] == "2027-06-01T22:00:00.000Z"
    assert (made["sale_starts_at"], made["sale_ends_at"]) == ("2027-02-01T13:00:00.000Z", "2027-06-01T21:00:00.000Z")
    assert (made["status"], made["max_per_customer"]) == ("draft", 4)
    assert "Recital" in desk.page("/desk")


def test_faults_stand_at_their_fields(shop: Shop, desk: DeskClient) -> None:
    """Each of them, with what was typed, and folded fields opened."""
    wrong = {"name": "", "date": "tomorrow", "capacity": "many", "price": "a lot", "max_per_order": "0"}
    response = desk.post("/desk/new-event", **NEW | wrong)
    assert response.status_code == 422
    assert len(faults_in(response.text)) == 5
    assert "Begins must be a date with a time, such as 2027-05-01T20:00." in faults_in(response.text)
    for typed in ("tomorrow", "many", "a lot"):
        assert f'value="{typed}"' in response.text
    assert "<details open>" in response.text
    assert "Recital" not in desk.page("/desk")


def test_a_zone_that_is_unknown_is_its_own_fault(desk: DeskClient) -> None:
    """Times in it are not faults as well, and it hides no other fault."""
    response = desk.post("/desk/new-event", **NEW | {"timezone": "Nowhere/At_All"})
    [fault] = faults_in(response.text)
    assert fault.startswith("Time zone must be")
    response = desk.post("/desk/new-event", **NEW | {"timezone": "Nowhere/At_All", "capacity": "0"})
    assert len(faults_in(response.text)) == 2


@pytest.mark.parametrize("field", ["date", "doors_at", "sale_starts_at", "sale_ends_at"])
def test_a_time_that_the_clocks_skip_is_a_fault(shop: Shop, desk: DeskClient, field: str) -> None:
    """In a new event and in a change, rather than an hour later; beside the other faults."""
    skipped = {"timezone": "America/New_York", "date": "2027-03-14T12:00", field: "2027-03-14T02:30", "capacity": "0"}
    names = {"date": "Begins", "doors_at": "Doors", "sale_starts_at": "Sale starts", "sale_ends_at": "Sale ends"}
    fault = f"{names[field]} does not exist in America/New_York: the clocks are put forward then."
    for path, fields in (
        ("/desk/new-event", NEW),
        (f"{opera(shop)}/change", shown_fields(desk.page(f"{opera(shop)}/change"))),
    ):
        response = desk.post(path, **fields | skipped)
        assert response.status_code == 422
        assert len(faults_in(response.text)) == 2
        assert fault in faults_in(response.text)


def test_of_a_time_that_the_clocks_show_twice_the_first_is_meant(shop: Shop, desk: DeskClient) -> None:
    """Still in summer time; a change that leaves it alone keeps the second, which the API can set."""
    path = f"{opera(shop)}/change"
    twice = {"timezone": "America/New_York", "date": "2027-11-07T01:30"}
    desk.act(path, **shown_fields(desk.page(path)) | twice)
    assert event_of(shop)["date"] == "2027-11-07T05:30:00.000Z"
    second = {"date": "2027-11-07T01:30:00-05:00"}
    json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json=second, headers=ADMIN))
    desk.act(path, **shown_fields(desk.page(path)) | {"name": "The Magic Flute"})
    assert event_of(shop)["date"] == "2027-11-07T06:30:00.000Z"


def test_faults_name_fields_as_the_form_does(desk: DeskClient) -> None:
    """Also those that a fault compares with, and in the reader's language."""
    late = {"sale_starts_at": "2027-05-31T10:00", "sale_ends_at": "2027-05-30T10:00", "doors_at": "2027-06-02T10:00"}
    response = desk.post("/desk/new-event", **NEW | late)
    assert {*faults_in(response.text)} == {"Sale starts must be before Sale ends.", "Doors must not be after Begins."}
    past = desk.post("/desk/new-event", **NEW | {"date": "2020-01-01T20:00"})
    assert faults_in(past.text) == ["Begins is in the past: tick the box below, if that is meant."]


def test_a_date_in_the_past_is_meant_or_not(desk: DeskClient) -> None:
    """The form then asks."""
    response = desk.post("/desk/new-event", **NEW | {"date": "2020-01-01T20:00"})
    assert response.status_code == 422
    assert 'name="allow_past"' in response.text
    assert desk.post("/desk/new-event", **NEW | {"date": "2020-01-01T20:00", "allow_past": "1"}).status_code == 303


def shown_fields(page: str) -> Json:
    """Return the fields of the form of an event as they are filled in."""
    found = dict(
        re.findall(r'<input type="(?:text|number|datetime-local)" id="(\w+)" name="\w+" value="([^"]*)"', page)
    )
    [status] = re.findall(r'name="status" value="(\w+)" checked', page)
    [description] = re.findall(r"<textarea[^>]*>\n?([^<]*)</textarea>", page)
    return {**found, "status": status, "description": description}


def test_an_event_is_changed(shop: Shop, desk: DeskClient) -> None:
    """The form has what is there; what is not touched stays to the millisecond; it is journalled with the key's name."""
    path = f"{opera(shop)}/change"
    before, fields = event_of(shop), shown_fields(desk.page(path))
    assert fields["date"] == "2027-05-01T20:00"
    location = desk.act(path, **fields | {"name": "The Magic Flute", "doors_at": "", "max_per_customer": "6"})
    assert "The event was changed." in desk.page(location)
    after = event_of(shop)
    changed = {"name": "The Magic Flute", "doors_at": None, "max_per_customer": 6}
    assert after == before | changed
    acts = shop.service.organiser.list_acts(limit=1)
    assert "admin" in str(acts)


@pytest.mark.parametrize(("language", "price"), [("en", "85.00"), ("pt-BR", "85,00"), ("es", "85,00")])
def test_a_price_is_typed_in_the_readers_notation(shop: Shop, desk: DeskClient, language: str, price: str) -> None:
    """The form has it so, what is typed so is read, and what can be read in two ways is refused at its field."""
    path = f"{opera(shop)}/change"
    desk.client.set_cookie("ticketcore-language", language)
    fields = shown_fields(desk.page(path))
    assert fields["price"] == price
    desk.act(path, **fields)
    assert event_of(shop)["price"] == "85.00"
    desk.act(path, **fields | {"price": "1.234,50"})
    assert event_of(shop)["price"] == "1234.50"
    refused = desk.post(path, **fields | {"price": "1.234"})
    assert refused.status_code == 422
    [fault] = faults_in(refused.text)
    assert fault.startswith({"en": "Price can be read in two ways", "pt-BR": "Preço pode", "es": "Precio se"}[language])
    assert event_of(shop)["price"] == "1234.50"


def test_a_stale_change_is_refused(shop: Shop, desk: DeskClient) -> None:
    """The form then has the event as it is."""
    path = f"{opera(shop)}/change"
    page = desk.page(path)
    sent = {**hidden_fields(page, path), **shown_fields(page), "name": "Mine"}
    json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json={"name": "Theirs"}, headers=ADMIN))
    response = desk.client.post(path, data=sent, headers=HTML)
    assert response.status_code == 412
    assert "The event was changed" in response.text
    assert shown_fields(response.text)["name"] == "Theirs"
    assert event_of(shop)["name"] == "Theirs"


def test_a_capacity_below_what_is_sold_is_refused(shop: Shop, desk: DeskClient) -> None:
    """With what was typed."""
    shop.buy(shop.opera, 3)
    path = f"{opera(shop)}/change"
    response = desk.post(path, **shown_fields(desk.page(path)) | {"capacity": "2"})
    assert response.status_code == 409
    assert "3 places are sold or reserved" in response.text
    assert 'value="2"' in response.text


def test_the_sale_is_closed_and_opened(shop: Shop, desk: DeskClient) -> None:
    """By one button, and by no other status than those offered."""
    path = f"{opera(shop)}/status"
    desk.act(path, on=opera(shop), status="closed")
    assert event_of(shop)["status"] == "closed"
    assert "The event is on sale." in desk.page(desk.act(path, on=opera(shop), status="on_sale"))
    assert event_of(shop)["status"] == "on_sale"
    assert desk.post(path, on=opera(shop), status="cancelled").status_code == 422
    assert event_of(shop)["status"] == "on_sale"


def test_an_event_is_cancelled_after_a_confirmation(shop: Shop, desk: DeskClient) -> None:
    """Which says how many orders are paid."""
    shop.buy(shop.opera, 2)
    path = f"{opera(shop)}/cancellation"
    assert "1 order is paid; R$170.00 go back for it." in desk.page(path)
    assert event_of(shop)["status"] == "on_sale"
    assert "The event was cancelled." in desk.page(desk.act(path, notify_buyers="1"))
    assert event_of(shop)["status"] == "cancelled"


def test_a_fault_of_a_date_offers_the_past_only_where_it_is_meant(desk: DeskClient) -> None:
    """A date that cannot be read is no date in the past, and the fold with its time zone is open."""
    unread = desk.post("/desk/new-event", **{**NEW, "date": "soon"}).text
    past = desk.post("/desk/new-event", **{**NEW, "date": "2020-06-01T20:00"}).text
    assert 'name="allow_past"' not in unread
    assert 'name="allow_past"' in past
    assert "tick the box below" in past
    assert "<details open>" in unread


def test_an_order_is_found_by_any_of_its_names(shop: Shop, desk: DeskClient) -> None:
    """An address with its id or its ticket code leads to the one with its digest."""
    order = shop.buy(shop.opera)
    code = order_of(shop, order)["ticket_code"]
    for name in (order.removeprefix("/o/"), code, code.lower()):
        assert desk.get(f"/desk/o/{name}").headers["Location"] == page_of(order)
    assert desk.get("/desk/o/nothing").status_code == 404


def test_nothing_is_sold_at_the_door_of_what_is_not_on_sale(shop: Shop, desk: DeskClient) -> None:
    """No form asks for money for a cancelled event, or one without a free place; its reserved order is not to be paid."""
    reserved = shop.reserve(shop.opera)
    desk.act(f"{opera(shop)}/cancellation", notify_buyers="1")
    for event, why in ((shop.opera, "This event was cancelled."), (shop.sold_out, "There are no places left")):
        page = desk.page(f"/desk/e/{event['id']}/sale")
        assert why in page
        assert 'name="quantity"' not in page
    assert "cannot be paid, for its event was cancelled" in desk.page(page_of(reserved))


def test_all_orders_are_refunded_after_a_confirmation(shop: Shop, desk: DeskClient) -> None:
    """Which says how many and how much, and does it when it is sent."""
    orders = [shop.buy(shop.opera, 2), shop.buy(shop.opera)]
    desk.act(f"{page_of(orders[0])}/refund", on=page_of(orders[0]), ticket="1")
    shop.service.box_office.work()
    path = f"{opera(shop)}/refund"
    assert "2 orders are paid; R$170.00 go back for them." in desk.page(path)
    another_window = hidden_fields(desk.page(path), path)
    assert "The refunds have begun." in desk.page(desk.act(path))
    shop.service.box_office.sweep()
    assert {order_of(shop, order)["status"] for order in orders} == {"refunded"}
    late = desk.client.post(path, data=another_window, headers=HTML)
    assert "nothing was refunded." in desk.page(late.headers["Location"])
    assert "there is nothing to refund" in desk.page(path)
    assert any("key admin" in entry.sentence for entry in shop.service.organiser.explain(ids.digest(orders[1][3:])))


def test_an_event_shows_its_sales_and_admissions(shop: Shop, desk: DeskClient) -> None:
    """Places, money, tickets by hour as a drawing with a table, and admissions by gate."""
    furnish(shop)
    page = desk.page(opera(shop))
    assert "R$1,615.00" in page
    assert "Tickets sold by hour" in page
    assert len(re.findall(r"<rect", page.split("columns-chart")[1].split("</svg>")[0])) == 6
    assert "<td>1 Jan 2027, 05:00</td><td>6</td>" in page
    assert "19 tickets in all" in page
    gates = re.findall(r'<th scope="row"><bdi>(\w+)</bdi></th><td><span>(\d+)', page)
    assert gates == [("North", "2"), ("South", "1")]
    assert "style=" not in page


def test_an_event_names_tickets_that_were_admitted_more_than_once(shop: Shop, desk: DeskClient) -> None:
    """With their gates, and a link to the order."""
    assert "Admitted more than once" not in desk.page(opera(shop))
    open_doors(shop)
    order = shop.buy(shop.opera, 1)
    [ticket] = tickets_of(shop.service, {"id": order.removeprefix("/o/")})
    json_of(scan(shop.service, ticket["qr_code"], gate="South"))
    scanned = {"scan_id": "scan-without-network", "qr_code": ticket["qr_code"], "scanned_at": "2026-12-31T23:59:00Z"}
    body = {"event_id": shop.opera["id"], "gate": "North", "scans": [scanned]}
    json_of(shop.service.client.post("/gate/scans", json=body, headers=ADMIN))
    code = order_of(shop, order)["ticket_code"]
    address = f"/desk/o/{ids.digest(order.removeprefix('/o/'))}"
    assert f'<a href="{address}">Ticket 1, {code}: North, South</a>' in desk.page(opera(shop))
    assert "Tell the organiser" not in desk.page(opera(shop))


def test_past_events_are_listed_when_asked_for(shop: Shop, desk: DeskClient) -> None:
    """The first page shows those to come, of all statuses."""
    shop.service.clock.move(timedelta(days=124))
    assert "A Flauta" not in desk_of(shop).page("/desk")
    assert "A Flauta" in desk_of(shop).page("/desk?show=all")


def test_a_long_list_of_events_has_pages(shop: Shop, desk: DeskClient) -> None:
    """Each event stands on one of them; a cursor that is none is refused."""
    for number in range(20):
        desk.act("/desk/new-event", **NEW | {"name": f"Matinee {number}"})
    first = desk.page("/desk")
    [more] = re.findall(r'href="([^"]*)" rel="next"', first)
    second = desk.page(more.replace("&amp;", "&"))
    assert len(re.findall(r"<h2>", first + second)) == 24
    assert desk.get("/desk?cursor=wrong").status_code == 422


def test_attendees_are_downloaded(shop: Shop, desk: DeskClient) -> None:
    """As the API sends them."""
    shop.buy(shop.opera, 2)
    response = desk.get(f"{opera(shop)}/attendees.csv")
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store"
    assert len([*csv.DictReader(io.StringIO(response.text))]) == 2
    assert response.text == shop.service.client.get(f"/events/{shop.opera['id']}/attendees.csv", headers=ADMIN).text


# Orders


@pytest.mark.parametrize("by", ["ticket code", "digest", "id"])
def test_an_order_is_found_by_its_names(shop: Shop, desk: DeskClient, by: str) -> None:
    """One field understands all; its page never has the id in its address."""
    order = shop.buy(shop.opera)
    code = order_of(shop, order)["ticket_code"]
    names = {"ticket code": f" {code.lower()} ", "digest": ids.digest(order[3:]).upper(), "id": order[3:]}
    assert desk.act("/desk/orders", search=names[by]) == page_of(order)


def test_orders_are_found_by_address(shop: Shop, desk: DeskClient) -> None:
    """In whatever case, on pages, without the address in any address of a page."""
    for _ in range(26):
        shop.reserve(shop.opera, email="bob@example.com")
    shop.buy(shop.opera)
    response = desk.post("/desk/orders", search="Bob@Example.com")
    assert response.status_code == 200
    links = re.findall(r'href="/desk/o/([0-9a-f]{16})"', response.text)
    assert len(links) == 25
    assert not re.search(r'href="[^"]*bob', response.text, re.IGNORECASE)
    cursor = re.findall(r'name="cursor" value="([^"]+)"', response.text)[0]
    second = desk.post("/desk/orders", search="Bob@Example.com", cursor=cursor)
    links += re.findall(r'href="/desk/o/([0-9a-f]{16})"', second.text)
    assert len(set(links)) == 26


@pytest.mark.parametrize(
    ("search", "status"), [("", 404), ("nothing", 404), ("0" * 16, 404), ("@", 422), ("a@" * 200, 422)]
)
def test_a_search_for_nothing_says_so(desk: DeskClient, search: str, status: int) -> None:
    """With what was typed."""
    response = desk.post("/desk/orders", search=search)
    assert response.status_code == status
    assert 'role="alert"' in response.text


def test_orders_are_listed_by_event_and_status(shop: Shop, desk: DeskClient) -> None:
    """The filter stays on every page."""
    paid = shop.buy(shop.opera)
    reserved = shop.reserve(shop.opera)
    listed = desk.page(f"/desk/orders?event={shop.opera['id']}&status=paid")
    assert page_of(paid) in listed
    assert page_of(reserved) not in listed
    assert page_of(reserved) in desk.page(f"/desk/orders?event={shop.opera['id']}")
    assert page_of(paid) not in desk.page(f"/desk/orders?event={shop.free['id']}")


def test_an_order_is_explained_in_the_readers_language(shop: Shop, desk: DeskClient) -> None:
    """With its tickets, its journal and what happens next."""
    paid, _, _ = furnish(shop)
    page = desk.page(page_of(paid))
    assert "3 tickets were issued under the code" in page
    assert "Ticket 1 was admitted at North (key: gate)." in page
    translated = desk.client.get(page_of(paid), headers={**HTML, "Accept-Language": "pt-BR"}).text
    assert "O que pode ser feito" in translated
    assert "What can be done" not in translated


def test_tickets_are_mailed_again(shop: Shop, desk: DeskClient) -> None:
    """Of a paid order; of another it is refused in words."""
    order = shop.buy(shop.opera)
    path = page_of(order)
    assert "The tickets are being mailed again." in desk.page(desk.act(f"{path}/mail", on=path))
    assert order_of(shop, order)["delivery"] == "pending"
    desk.act(f"{path}/whole-refund", on=path)
    fields = hidden_fields(desk.page("/desk/orders"), "/desk/orders")
    response = desk.client.post(f"{path}/mail", data=fields, headers=HTML)
    assert response.status_code == 409
    assert "This order is refunded, not paid." in response.text


def test_an_address_is_corrected(shop: Shop, desk: DeskClient) -> None:
    """By the key's name in the journal; a wrong one is refused at its field, with what was typed."""
    order = shop.buy(shop.opera)
    path = page_of(order)
    assert "The address was corrected." in desk.page(
        desk.act(f"{path}/address", on=path, customer_email="new@example.com")
    )
    assert order_of(shop, order)["customer_email"] == "new@example.com"
    assert "corrected by the key admin" in desk.page(path)
    response = desk.post(f"{path}/address", on=path, customer_email="nonsense")
    assert response.status_code == 422
    assert len(faults_in(response.text)) == 1
    assert 'value="nonsense"' in response.text


def test_some_tickets_are_refunded(shop: Shop, desk: DeskClient) -> None:
    """Those that are ticked; none ticked is refused."""
    order = shop.buy(shop.opera, 3)
    path = page_of(order)
    response = desk.post(f"{path}/refund", on=path)
    assert response.status_code == 422
    assert "Tickets must be ticked" in response.text
    desk.act(f"{path}/refund", on=path, ticket=["1", "3"])
    statuses = [each["status"] for each in tickets_of(shop.service, {"id": order[3:]})]
    assert statuses == ["void", "valid", "void"]
    page = desk.page(path)
    assert "by the key admin began, of the tickets 1, 3" in page
    assert re.findall(r'name="ticket" value="(\d)"', page) == ["2"]


def test_used_tickets_are_refunded_only_when_that_is_ticked(shop: Shop, desk: DeskClient) -> None:
    """Their places stay sold."""
    paid, _, _ = furnish(shop)
    path = page_of(paid)
    response = desk.post(f"{path}/whole-refund", on=path)
    assert response.status_code == 409
    assert "was admitted at" in response.text
    assert "Tick that used tickets are refunded too" in response.text
    desk.act(f"{path}/whole-refund", on=path, include_used="1")
    assert order_of(shop, paid)["status"] == "refunded"


def test_a_payment_that_hangs_is_given_up(shop: Shop, desk: DeskClient) -> None:
    """Its places go back; a form that was sent too late refunds nothing that was paid meanwhile."""
    _, hanging, _ = furnish(shop)
    path = page_of(hanging)
    form = hidden_fields(desk.page(path), f"{path}/given-up-payment")
    assert "The payment was given up." in desk.page(desk.act(f"{path}/given-up-payment", on=path))
    assert order_of(shop, hanging)["status"] == "refunded"
    paid = shop.buy(shop.opera)
    response = desk.client.post(f"{page_of(paid)}/given-up-payment", data=form, headers=HTML)
    assert response.status_code == 303
    assert order_of(shop, paid)["status"] == "paid"


def test_an_unknown_order_is_a_page_of_the_desk(desk: DeskClient) -> None:
    """With the way back."""
    response = desk.get("/desk/o/nothing")
    assert response.status_code == 404
    assert 'href="/desk/orders"' in response.text


# Sales at the door


@pytest.mark.parametrize(("method", "total"), [("cash", "170.00"), ("complimentary", "0.00")])
def test_a_sale_at_the_door_shows_its_tickets(shop: Shop, desk: DeskClient, method: str, total: str) -> None:
    """With their QR codes as soon as it is paid; the key's name is in the journal."""
    location = desk.act(f"{opera(shop)}/sale", quantity="2", customer_email="door@example.com", method=method)
    waiting = desk.page(location)
    assert "The tickets are being made." in waiting
    assert json_of(desk.get(f"{location.removesuffix('/tickets')}/live")) == {"state": "processing"}
    shop.service.box_office.work()
    page = desk.page(location)
    images = re.findall(r'src="(/t/[a-z2-7]+/qr\.png)"', page)
    assert len(images) == 2
    assert desk.get(images[0]).mimetype == "image/png"
    order = json_of(shop.service.client.get(f"/orders/{location.split('/')[3]}", headers=ADMIN))
    assert (order["status"], order["total_amount"]) == ("paid", total)
    assert "(key: admin)" in desk.page(location.removesuffix("/tickets"))


def test_a_sale_at_the_door_that_is_refused_keeps_what_was_typed(shop: Shop, desk: DeskClient) -> None:
    """Each fault at its field; a sold-out event says so; a form that is sent twice is one order."""
    path = f"{opera(shop)}/sale"
    response = desk.post(path, quantity="0", customer_email="nobody", method="cash")
    assert response.status_code == 422
    assert len(faults_in(response.text)) == 2
    assert desk.post(path, quantity="1", customer_email="a@example.com", method="gold").status_code == 422
    form = {
        **hidden_fields(desk.page(path), path),
        "quantity": "1",
        "customer_email": "a@example.com",
        "method": "cash",
    }
    sold_out = desk.client.post(f"/desk/e/{shop.sold_out['id']}/sale", data=form, headers=HTML)
    assert sold_out.status_code == 409
    assert sold_out.text.count("Raise the capacity, or sell fewer tickets.") == 1
    first, second = (desk.client.post(path, data=form, headers=HTML) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]


# Keys


def test_a_key_is_made_and_shown_once(shop: Shop, desk: DeskClient) -> None:
    """A gate's with the QR code of a link that keeps it from every server; the key works, and is bound as was chosen."""
    response = desk.post("/desk/keys", name="North", role="gate", event=shop.opera["id"])
    assert response.status_code == 200
    [text] = re.findall(r">(tck_[a-z2-7_]+)</textarea>", response.text)
    assert f'href="http://localhost/gate#key={text}"' in response.text
    assert "<svg" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    [key] = shop.service.organiser.list_keys()
    assert (key.name, key.role, key.event_ids) == ("North", Role.GATE, frozenset({shop.opera["id"]}))
    assert text not in desk.page("/desk/keys")
    [ticket] = tickets_of(shop.service, {"id": shop.buy(shop.opera)[3:]})
    json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json={"doors_at": None}, headers=ADMIN))
    assert json_of(scan(shop.service, ticket["qr_code"], {"Authorization": f"Bearer {text}"}))["result"] == "admitted"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": "", "role": "gate"}, "Name"),
        ({"name": "A", "role": "king"}, "Role"),
    ],
)
def test_a_key_that_is_refused_says_why(desk: DeskClient, typed: dict[str, str], fault: str) -> None:
    """At its field, and none is made."""
    response = desk.post("/desk/keys", **typed)
    assert response.status_code == 422
    assert fault in response.text
    assert not [*desk.shop.service.organiser.list_keys()]


def test_only_gates_keys_are_bound(shop: Shop, desk: DeskClient) -> None:
    """An admin's is refused with an event, and made without one."""
    assert desk.post("/desk/keys", name="A", role="admin", event=shop.opera["id"]).status_code == 422
    made = desk.post("/desk/keys", name="A", role="admin", event="")
    assert made.status_code == 200
    assert "#key=" not in made.text


def test_a_key_is_revoked(shop: Shop, desk: DeskClient) -> None:
    """It stands among those revoked, and its act in the journal with the key's name."""
    desk.post("/desk/keys", name="North", role="gate")
    [key] = shop.service.organiser.list_keys()
    page = desk.page(desk.act(f"/desk/keys/{key.id}/revocation", on="/desk/keys"))
    assert "The key was revoked." in page
    assert "Revoked keys" in page
    assert "admin" in str(shop.service.organiser.list_acts(limit=1))


# Operation


def test_dead_letters_are_put_back(shop: Shop, desk: DeskClient) -> None:
    """The page says how many there are."""
    order = shop.reserve(shop.opera)
    shop.post(order, f"{order}/payment", payment_token="tok_down")
    for _ in range(8):
        shop.service.box_office.work()
        shop.service.clock.move(timedelta(hours=1))
    assert '<dd class="gone">1</dd>' in desk_of(shop).page("/desk/operation")
    page = desk_of(shop)
    assert "were put back into the queue." in page.page(page.act("/desk/operation/redrive", on="/desk/operation"))
    assert '<dd class="gone">1</dd>' not in page.page("/desk/operation")


def test_nothing_is_put_back_where_there_are_no_dead_letters(desk: DeskClient) -> None:
    """The page says that there were none."""
    page = desk.page(desk.act("/desk/operation/redrive", on="/desk/operation"))
    assert "There were no dead letters, and nothing was put back." in page
    assert "were put back into the queue." not in page


class RefusingMailer(MemoryMailer):
    """Refuses every mail for good."""

    def send(self, mail: Mail) -> Refused:  # type: ignore[override]  # One of the port's outcomes, which memory never has.
        return Refused("no such mailbox")


def test_undelivered_mails_are_listed_and_sent_again() -> None:
    """Each with its button."""
    service = serve(mailer=RefusingMailer())
    order = buy(service, create_event(service))
    service.box_office.deliver()
    assert get_order(service, order)["delivery"] == "undelivered"
    desk = desk_of(Shop(service, {}, {}, {}, {}))
    address = page_of(order["id"])
    assert address in desk.page("/desk/operation")
    assert address in desk.page("/desk/orders?undelivered=1")
    path = f"/desk/operation/mail/{ids.digest(order['id'])}"
    assert "being mailed again" in desk.page(desk.act(path, on="/desk/operation"))
    assert get_order(service, order)["delivery"] == "pending"


def test_a_counter_that_drifts_is_rebuilt(shop: Shop, desk: DeskClient) -> None:
    """The page shows the drift, and the button ends it."""
    ports = shop.service.assembly.ports
    event = ports.events.get(shop.opera["id"])
    assert event is not None
    ports.inventory.reset(Availability(event.id, event.version, 325), event.terms, shop.service.clock.now())
    assert "Drift: 5" in desk.page("/desk/operation")
    page = desk.page(desk.act(f"/desk/operation/stock/{event.id}", on="/desk/operation"))
    assert "The counter was set to the number of the ledger." in page
    assert "Drift: 5" not in page


def test_the_stock_of_every_event_is_shown(shop: Shop, desk: DeskClient) -> None:
    """Page by page, where there are many."""
    names = [f"Evening {number}" for number in range(25)]
    for name in names:
        create_event(shop.service, name=name)
    first = desk.page("/desk/operation")
    [following] = re.findall(r'href="(/desk/operation\?cursor=[^"]+)" rel="next"', first)
    second = desk.page(following)
    assert 'rel="next"' not in second
    assert all(f"<bdi>{name}</bdi>" in first + second for name in names)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "draft"}, "Put the event on sale first."),
        ({"status": "cancelled"}, "Sell tickets for another event."),
        ({"sale_ends_at": "2026-01-01T12:00:00Z"}, "Let the sale end later, if you want to sell now."),
    ],
)
def test_a_door_sale_says_what_would_help(shop: Shop, desk: DeskClient, change: dict[str, object], said: str) -> None:
    """It depends on why nothing is sold."""
    service, path = shop.service, f"/events/{shop.opera['id']}"
    json_of(service.client.patch(path, json=change, headers=ADMIN))
    assert said in desk.page(f"/desk/e/{shop.opera['id']}/sale")


@pytest.mark.parametrize("act", ["mail", "address", "refund", "whole-refund", "given-up-payment"])
def test_a_form_without_its_token_changes_nothing(shop: Shop, desk: DeskClient, act: str) -> None:
    """Whatever other headers say; what was typed stays."""
    order = shop.buy(shop.opera)
    before = order_of(shop, order)
    response = desk.client.post(
        f"{page_of(order)}/{act}",
        data={"ticket": "1", "customer_email": "other@example.com"},
        headers={**HTML, "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    )
    assert response.status_code == 403
    assert "Nothing was changed." in response.text
    assert order_of(shop, order) == before
    assert before["status"] == OrderStatus.PAID.value


@pytest.mark.parametrize("form", ["new-event", "keys", "operation/redrive", "orders"])
def test_no_form_of_the_desk_goes_without_its_token(desk: DeskClient, form: str) -> None:
    """They are refused before anything is done."""
    response = desk.client.post(f"/desk/{form}", data={**NEW, "role": "gate", "search": "x"}, headers=HTML)
    assert response.status_code == 403
    assert not [*desk.shop.service.organiser.list_keys()]
    assert "Recital" not in desk.page("/desk")

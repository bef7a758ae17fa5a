"""Pages as they are without script: what each shows, and that every refusal keeps what was typed and says what to do."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.entrypoints.http import ADMIN, Json, available, json_of, order_count, problem, refund, serve
from tests.web.shop import HTML, Shop, open_shop
from ticketcore import EventChange, EventStatus
from ticketcore.application import reconciling
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event, EventFilter
from ticketcore.domain.ids import EventId
from ticketcore.domain.limits import Limit
from ticketcore.ports import EventPage
from ticketcore_memory import MemoryEvents, MemoryLedger
from ticketcore_texts import languages
from ticketcore_web.desk_phrases import DESK_PHRASES
from ticketcore_web.errors import next_step
from ticketcore_web.gate_phrases import GATE_PHRASES
from ticketcore_web.phrases import BUYER_PHRASES, PHRASES
from ticketcore_wire.problems import KINDS

UNKNOWN_ID = "a" * 26
_TEMPLATES = Path(__file__).parents[2] / "src/entrypoints/ticketcore_web/templates"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def order_of(shop: Shop, order: str) -> str:
    """Return an order's status."""
    found = json_of(shop.service.client.get(order.replace("/o/", "/orders/")))["status"]
    assert isinstance(found, str)
    return found


def test_a_buyer_comes_from_the_list_to_the_tickets(shop: Shop) -> None:
    """By links and forms alone: list, event, reservation, payment, tickets, one ticket."""
    assert f'href="/e/{shop.opera["id"]}"' in shop.get("/").text
    order = shop.reserve(shop.opera, 2)
    reserved = shop.get(order)
    assert "Reserved for you" in reserved.text
    assert 'value="tok_approved" checked' in reserved.text
    shop.pay(order)
    paid = shop.get(order)
    assert "Your tickets" in paid.text
    assert len(shop.tickets_of(order)) == 2
    for ticket in shop.tickets_of(order):
        assert "A Flauta Mágica" in shop.get(ticket).text
        image = shop.get(f"{ticket}/qr.png")
        assert (image.status_code, image.mimetype) == (200, "image/png")


def test_the_list_is_searched_by_name_and_place(shop: Shop) -> None:
    """Whatever the accents; what is searched for stands in the field."""
    for words in ("flauta magica", "MAGICA porto alegre"):
        page = shop.get(f"/?search={words}").text
        assert "A Flauta Mágica" in page
        assert "Hamlet" not in page
        assert f'value="{words}"' in page
    assert "No event on sale has these words" in shop.get("/?search=nothing+of+it").text


def test_a_long_list_has_pages(shop: Shop) -> None:
    """Each event stands on one of them."""
    for number in range(21):
        shop.service.client.post(
            "/events",
            json={
                "name": f"Matinée {number}",
                "date": f"2028-01-{number + 1:02}T20:00:00Z",
                "location": "Hall",
                "capacity": 1,
                "price": "1.00",
            },
            headers=ADMIN,
        )
    seen: list[str] = []
    path: str | None = "/?search=matin%C3%A9e"
    while path:
        page = shop.get(path).text
        seen += re.findall(r"<bdi>(Matinée \d+)</bdi>", page)
        found = re.search(r'href="([^"]*)" rel="next"', page)
        path = found[1].replace("&amp;", "&") if found else None
    assert seen == [f"Matinée {number}" for number in range(21)]
    assert shop.get("/?cursor=wrong").status_code == 422


def test_an_event_shows_when_where_and_for_how_much(shop: Shop) -> None:
    """In its own zone, which is named; its description keeps its lines."""
    page = shop.get(f"/e/{shop.opera['id']}").text
    assert "Saturday, 1 May 2027, 20:00, America/Sao_Paulo" in page
    assert "R$85.00" in page
    assert "Mozart.\n\nDuração" in page
    assert "320 tickets left" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "closed"}, "Sales for this event are closed."),
        ({"status": "cancelled"}, "This event was cancelled."),
        ({"sale_ends_at": "2026-12-31T00:00:00Z"}, "The sale for this event has ended."),
        (
            {"sale_starts_at": "2027-02-01T12:00:00Z"},
            "The sale for this event starts on Monday, 1 February 2027, 09:00",
        ),
        ({"date": "2026-12-30T00:00:00Z", "doors_at": None, "allow_past": True}, "This event has already begun."),
    ],
)
def test_an_event_that_sells_nothing_says_why_and_what_to_do(shop: Shop, change: dict[str, object], said: str) -> None:
    """It has no form to reserve."""
    json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json=change, headers=ADMIN))
    page = shop.get(f"/e/{shop.opera['id']}").text
    assert said in page
    assert 'name="quantity"' not in page
    assert 'href="/">Other events' in page


def test_a_sold_out_event_says_so(shop: Shop) -> None:
    """And that places may become free."""
    page = shop.get(f"/e/{shop.sold_out['id']}").text
    assert "Sold out" in page
    assert "Look again in a few minutes" in page


def test_a_draft_is_not_found(shop: Shop) -> None:
    """Buyers do not see it, as with the API."""
    json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json={"status": "draft"}, headers=ADMIN))
    assert shop.get(f"/e/{shop.opera['id']}").status_code == 404


def test_availability_is_live(shop: Shop) -> None:
    """What a script asks for is what the page would show."""
    live = f"/e/{shop.opera['id']}/live"
    assert json_of(shop.get(live)) == {"state": "open", "text": "320 tickets left"}
    shop.reserve(shop.opera, 3)
    assert json_of(shop.get(live, Accept_Language="pt-BR"))["text"] == "Restam 317 ingressos"


def test_a_form_that_is_sent_twice_is_one_order(shop: Shop) -> None:
    """The form carries its idempotency key; with another choice it asks again, under a new one."""
    path = f"/e/{shop.opera['id']}"
    form = shop.fields_of(path) | {"quantity": "2", "customer_email": "ann@example.com"}
    client, before = shop.service.client, order_count(shop.service)
    first, second = client.post(path, data=form), client.post(path, data=form)
    assert first.headers["Location"] == second.headers["Location"]
    conflict = client.post(path, data=form | {"quantity": "3"})
    assert conflict.status_code == 422
    assert "You have sent this form before" in conflict.text
    assert str(form["idempotency_key"]) not in conflict.text
    assert order_count(shop.service) == before + 1


@pytest.mark.parametrize(
    ("quantity", "email", "fields"),
    [
        ("0", "ann@example.com", {"quantity"}),
        ("11", "ann@example.com", {"quantity"}),
        ("two", "ann@example.com", {"quantity"}),
        ("", "", {"quantity", "customer_email"}),
        ("1", "ann", {"customer_email"}),
        ("٣", "ann@exämple.com", {"quantity", "customer_email"}),
        ("9" * 200, "a" * 260 + "@example.com", {"quantity", "customer_email"}),
    ],
)
def test_a_wrong_reservation_keeps_what_was_typed(shop: Shop, quantity: str, email: str, fields: set[str]) -> None:
    """Each fault stands at its field, which names it; nothing is reserved."""
    path = f"/e/{shop.opera['id']}"
    response = shop.post(path, path, quantity=quantity, customer_email=email)
    assert response.status_code == 422
    assert set(re.findall(r'id="(\w+)-fault"', response.text)) == fields
    assert response.text.count('aria-invalid="true"') == len(fields)
    assert f'name="quantity" value="{quantity}"' in response.text
    assert f'name="customer_email" value="{email}"' in response.text
    assert available(shop.service, shop.opera) == 320


@pytest.mark.parametrize(
    ("language", "quantity", "email", "said"),
    [
        ("en", "two", "ann@example.com", "Choose a whole number of tickets, from 1 to 10."),
        ("pt-BR", "1", "ann", "Este e-mail está incompleto ou tem um erro."),
        ("pt-BR", "0", "ann@example.com", "Escolha uma quantidade de ingressos de 1 a 10."),
        ("es", "1", " ", "Escriba su correo electrónico para que le lleguen las entradas."),
        ("en", "1", "ann@exämple.com", "Write your e-mail address with the domain xn--exmple-cua.com."),
    ],
)
def test_a_fault_is_a_sentence_of_the_readers(shop: Shop, language: str, quantity: str, email: str, said: str) -> None:
    """It says what to type, above the form and at its field, and does not speak to programs."""
    path = f"/e/{shop.opera['id']}"
    fields = {**shop.fields_of(path), "quantity": quantity, "customer_email": email}
    page = shop.service.client.post(path, data=fields, headers={**HTML, "Accept-Language": language}).text
    assert page.count(said) == 2
    assert "must be" not in page


def test_a_refused_reservation_says_what_to_do(shop: Shop) -> None:
    """Of more places than are left, or than one buyer may have; what was typed stays."""
    client, path = shop.service.client, f"/e/{shop.opera['id']}"
    json_of(client.patch(f"/events/{shop.opera['id']}", json={"capacity": 1, "max_per_customer": 1}, headers=ADMIN))
    response = shop.post(path, path, quantity="2", customer_email="ann@example.com")
    assert (response.status_code, "Only 1 place is left." in response.text) == (409, True)
    assert 'value="ann@example.com"' in response.text
    json_of(client.patch(f"/events/{shop.opera['id']}", json={"capacity": 9}, headers=ADMIN))
    limited = shop.post(path, path, quantity="2", customer_email="ann@example.com")
    assert limited.status_code == 409
    assert "cancel a reservation that you do not need" in limited.text


def test_an_order_shows_each_state(shop: Shop) -> None:
    """With what to do next, and without what can no longer be done."""
    order = shop.reserve(shop.opera)
    shop.post(order, f"{order}/payment", payment_token="tok_approved")
    assert "Your payment is being confirmed" in shop.get(order).text
    pending = shop.reserve(shop.opera)
    shop.pay(pending, "tok_pending")
    waiting = shop.get(pending).text
    assert "<svg" in waiting
    assert "SIMULATED" in waiting
    declined = shop.reserve(shop.opera)
    shop.pay(declined, "tok_declined")
    assert "Reserve again" in shop.get(declined).text
    cancelled = shop.reserve(shop.opera)
    shop.post(cancelled, f"{cancelled}/cancellation")
    assert "The reservation was cancelled" in shop.get(cancelled).text
    refunded = shop.buy(shop.opera)
    json_of(refund(shop.service, {"id": refunded.removeprefix("/o/")}))
    assert "The order was refunded" in shop.get(refunded).text
    expired = shop.reserve(shop.opera)
    shop.service.clock.move(timedelta(minutes=15))
    assert "The reservation has expired" in shop.get(expired).text
    for ended in (declined, cancelled, refunded, expired):
        page = shop.get(ended).text
        assert "<form" not in page
        happened, to_do = re.findall(r"<h2[^>]*>(?:What happened|What to do)</h2>\n<p>(.*?)</p>", page)
        assert not to_do.startswith(("It ", "Nothing ", "Your ", "The "))
        assert happened != to_do


def test_an_order_for_nothing_is_paid_without_a_choice(shop: Shop) -> None:
    """One button confirms it."""
    order = shop.reserve(shop.free)
    assert "payment_token" not in shop.get(order).text
    assert shop.post(order, f"{order}/payment").status_code == 303
    shop.service.box_office.work()
    assert order_of(shop, order) == "paid"


def test_what_an_order_refuses_is_shown_on_it(shop: Shop) -> None:
    """Paying or cancelling too late: the page as it stands, with the refusal."""
    order = shop.reserve(shop.opera)
    form = shop.fields_of(order)
    shop.service.clock.move(timedelta(minutes=15))
    late = shop.service.client.post(f"{order}/payment", data={**form, "payment_token": "tok_approved"})
    assert late.status_code == 410
    assert "Reserve again, if there are still places." in late.text
    assert shop.service.client.post(f"{order}/cancellation", data=form).status_code == 409
    free = shop.reserve(shop.opera)
    missing = shop.post(free, f"{free}/payment")
    assert (missing.status_code, "Payment is required" in missing.text) == (422, True)


def test_a_payment_whose_time_is_over_says_so(shop: Shop) -> None:
    """Until a worker has asked the gateway nothing can be paid any more, and the code to pay with is not shown."""
    order = shop.reserve(shop.opera)
    shop.pay(order, "tok_pending")
    shop.service.clock.move(timedelta(minutes=31))
    page = shop.get(order).text
    assert "The time to pay is over." in page
    assert "SIMULATED" not in page


def cancel_event(shop: Shop, event: Json) -> None:
    changed = shop.service.client.patch(f"/events/{event['id']}", json={"status": "cancelled"}, headers=ADMIN)
    assert changed.status_code == 200


def test_the_order_of_a_cancelled_event_can_be_paid_no_more(shop: Shop) -> None:
    """Its page says so, counts down to nothing, offers no payment, and shows no code to pay with."""
    order, pending = shop.reserve(shop.opera), shop.reserve(shop.opera)
    shop.pay(pending, "tok_pending")
    states = [json_of(shop.service.client.get(f"{each}/live")) for each in (order, pending)]
    # As it is before the payments that the event awaits are given up in the background.
    change = EventChange(status=EventStatus.CANCELLED)
    shop.service.assembly.ports.events.change(shop.opera["id"], change, None, shop.service.clock.now())
    reconciling.try_to_reconcile(shop.service.assembly.ports, shop.opera["id"])
    for each, said in ((order, "nothing was charged."), (pending, "If you have paid, the money goes back.")):
        page = shop.get(each).text
        assert "<h1>There is nothing to pay</h1>" in page
        assert "This event was cancelled." in page
        assert said in page
        for gone in ("<form", "countdown", "SIMULATED", "Held until", "Pay until"):
            assert gone not in page
        assert json_of(shop.service.client.get(f"{each}/live")) not in states


def test_the_tickets_of_a_cancelled_event_show_no_code(shop: Shop) -> None:
    """Neither on the order nor alone: no ticket is admitted, and that is said."""
    order = shop.buy(shop.opera)
    [ticket] = shop.tickets_of(order)
    cancel_event(shop, shop.opera)
    for page in (shop.get(order).text, shop.get(ticket).text):
        assert "Event cancelled, no longer valid" in page
        assert "qr.png" not in page
    assert "A refund is confirmed by a mail of its own." in shop.get(order).text
    assert "Show each QR code" not in shop.get(order).text


def test_a_link_is_called_a_link() -> None:
    """Also where it looks like a button: a role would promise a reader of screens that the space bar works."""
    linked = {path.name: re.findall(r"<a\b[^>]*>", path.read_text()) for path in _TEMPLATES.rglob("*.html")}
    assert linked
    assert {name: link for name, links in linked.items() for link in links if "role=" in link} == {}


def test_every_phrase_has_a_name_of_its_own() -> None:
    """Otherwise the words of one kind of page would stand on another."""
    assert len(PHRASES) == len(BUYER_PHRASES) + len(DESK_PHRASES) + len(GATE_PHRASES)


def test_an_order_says_how_much_was_refunded(shop: Shop) -> None:
    """Beside what was paid, and nothing of it before."""
    order = shop.buy(shop.opera, 2)
    assert "Refunded" not in shop.get(order).text
    path = f"/orders/{order.removeprefix('/o/')}/refund"
    shop.service.client.post(path, json={"tickets": [1]}, headers=ADMIN)
    assert "<dt>Refunded</dt><dd>R$85.00</dd>" in shop.get(order).text


def test_no_money_of_a_free_order_goes_back(shop: Shop) -> None:
    """Whether it is refunded in part or whole, or its event is cancelled."""
    order = shop.reserve(shop.free, 2)
    shop.post(order, f"{order}/payment")
    shop.service.box_office.work()
    path = f"/orders/{order.removeprefix('/o/')}/refund"
    shop.service.client.post(path, json={"tickets": [1]}, headers=ADMIN)
    assert "Some tickets are no longer valid. They cost nothing" in shop.get(order).text
    shop.service.client.post(path, headers=ADMIN)
    assert "Your tickets are no longer valid. They cost nothing" in shop.get(order).text
    other = shop.reserve(shop.free)
    shop.post(other, f"{other}/payment")
    shop.service.box_office.work()
    cancel_event(shop, shop.free)
    assert "Your tickets admit no more. They cost nothing." in shop.get(other).text


@pytest.mark.parametrize("public_url", [None, "https://tickets.example"])
def test_a_page_claims_a_link_of_the_mail_only_where_mails_have_one(public_url: str | None) -> None:
    """Otherwise it asks its reader to keep its address."""
    shop = open_shop(public_url=public_url)
    page = shop.get(shop.buy(shop.opera)).text
    assert ("The mail with your tickets leads here, too." in page) == (public_url is not None)
    assert ("Keep the address of this page" in page) == (public_url is None)


def test_a_paid_order_has_a_calendar_file(shop: Shop) -> None:
    """With a link to the order; an order without tickets has none."""
    order = shop.reserve(shop.opera)
    assert shop.get(f"{order}.ics").status_code == 409
    shop.pay(order)
    response = shop.get(f"{order}.ics")
    assert response.mimetype == "text/calendar"
    assert f"URL:http://localhost{order}" in response.text.replace("\r\n ", "")


def test_a_refunded_ticket_has_no_code(shop: Shop) -> None:
    """Neither on its order nor alone; the others keep theirs."""
    order = shop.buy(shop.opera, 2)
    void, valid = shop.tickets_of(order)
    path = order.replace("/o/", "/orders/")
    json_of(shop.service.client.post(f"{path}/refund", json={"tickets": [1]}, headers=ADMIN))
    assert shop.tickets_of(order) == [valid]
    assert "qr.png" not in shop.get(void).text
    assert shop.get(f"{void}/qr.png").status_code == 410
    assert "qr.png" in shop.get(valid).text


@pytest.mark.parametrize(
    "path", ["/nothing", "/e/nothing", f"/o/{UNKNOWN_ID}", f"/t/{UNKNOWN_ID}", "/e/", "/static/x/y"]
)
def test_an_unknown_address_is_a_page(shop: Shop, path: str) -> None:
    """It says what to do next."""
    response = shop.get(path)
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "What to do:" in response.text


@pytest.mark.parametrize("path", ["/nothing", "/events/nothing", "/orders/nothing", "//"])
def test_an_unknown_address_of_the_api_stays_a_problem(shop: Shop, path: str) -> None:
    """For programs, and for browsers under the API's own paths."""
    assert shop.service.client.get(path).mimetype == "application/problem+json"
    problem(shop.service.client.get("/events/nothing", headers={"Accept": "text/html"}), "event_not_found")


def test_reserving_has_the_limit_of_the_api() -> None:
    """Pages and the API count together; what was typed can be sent again."""
    shop = open_shop(order_limit=Limit(3, timedelta(minutes=1)))
    path = f"/e/{shop.opera['id']}"
    shop.reserve(shop.opera)
    body = {"event_id": shop.opera["id"], "quantity": 1, "customer_email": "ann@example.com"}
    json_of(shop.service.client.post("/orders", json=body), 201)
    limited = shop.post(path, path, quantity="1", customer_email="ann@example.com")
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
    assert 'name="customer_email" value="ann@example.com"' in limited.text
    assert "Send it again" in limited.text


def test_paying_has_a_limit() -> None:
    """The one of the API."""
    shop = open_shop(payment_limit=Limit(1, timedelta(minutes=1)))
    order = shop.reserve(shop.opera)
    statuses = [shop.post(order, f"{order}/payment", payment_token="tok_approved").status_code for _ in range(1)]
    other = shop.reserve(shop.opera)
    statuses.append(shop.post(other, f"{other}/payment", payment_token="tok_approved").status_code)
    assert statuses == [303, 429]


class _Away(MemoryEvents):
    """Events out of reach."""

    def get(self, event_id: EventId) -> Event | None:
        raise Unavailable("ledger", "gone")

    def list(self, wanted: EventFilter, after: object, limit: int) -> EventPage:
        raise Unavailable("ledger", "gone")


def test_a_page_that_cannot_be_made_now_says_so(shop: Shop) -> None:
    """It names no part, and offers to send again what was sent."""
    path = f"/e/{shop.opera['id']}"
    form = shop.fields_of(path) | {"quantity": "2", "customer_email": "ann@example.com"}
    shop.service.clock.move(timedelta(seconds=2))
    away = _Away(MemoryLedger())
    broken = serve(events=away, keys=shop.service.assembly.ports.keys)
    for response in (broken.client.get("/"), broken.client.get(path)):
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert "Try again" in response.text
        assert "ledger" not in response.text
    broken.client.set_cookie("ticketcore-visit", _visit(shop))
    sent = broken.client.post(path, data=form)
    assert sent.status_code == 503
    assert f'action="{path}" method="post"' in sent.text
    assert all(f'name="{name}" value="{value}"' in sent.text for name, value in form.items())


def _visit(shop: Shop) -> str:
    cookie = shop.service.client.get_cookie("ticketcore-visit")
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize("language", languages())
def test_pages_speak_the_readers_language(shop: Shop, language: str) -> None:
    """By what the browser asks for, and by a choice, which is kept."""
    asked = shop.get("/", Accept_Language=language)
    assert f'<html lang="{language}">' in asked.text
    chosen = shop.get(f"/?language={language}", Accept_Language="en" if language != "en" else "es")
    assert f'<html lang="{language}">' in chosen.text
    assert f'<html lang="{language}">' in shop.get("/", Accept_Language="en").text
    assert asked.headers["Content-Language"] == language


def test_money_and_dates_are_written_as_the_reader_does(shop: Shop) -> None:
    """In Portuguese, say."""
    page = shop.get(f"/e/{shop.opera['id']}", Accept_Language="pt-BR").text
    assert "R$\N{NO-BREAK SPACE}85,00" in page
    assert "sábado, 1 de maio de 2027" in page


def test_every_refusal_says_what_to_do_on_pages() -> None:
    """None of the words for programs is left: no header, no path of the API."""
    of_gates_and_admins = {"unauthorized", "forbidden", "nothing_to_undo", "stale_version"}
    for code, kind in KINDS.items():
        if code in of_gates_and_admins:
            continue
        said = str(next_step(kind.__new__(kind))) if code != "sold_out" else ""
        assert not re.search(r"GET|POST|Retry-After|Idempotency|/docs", said), code

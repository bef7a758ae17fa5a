"""Refusals over HTTP in the language of the request, and mails in that of the order."""

from __future__ import annotations

import pytest

from tests.entrypoints.http import (
    ADMIN,
    GATE,
    Service,
    create_event,
    json_of,
    patch_event,
    problem,
    reserve,
    scan,
    serve,
)
from ticketcore import EventStatus
from ticketcore.domain.ids import OrderId

TITLES = {
    "en": "There is no such event",
    "es": "No existe ese evento",
    "pt-BR": "Este evento não existe",
}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [(None, "en"), ("fr", "en"), ("*", "en"), ("es-AR, en;q=0.5", "es"), ("en;q=0.1, pt", "pt-BR")],
)
def test_a_refusal_is_in_the_language_of_the_request(service: Service, accepted: str | None, language: str) -> None:
    """Its header says which, and that it depends on the request; its code and type are the same in each."""
    headers = {"Accept-Language": accepted} if accepted else {}
    response = service.client.get("/events/nothing", headers=headers)

    told = problem(response, "event_not_found")
    assert told["title"] == TITLES[language]
    assert response.headers["Content-Language"] == language
    assert response.headers["Vary"] == "Accept-Language"
    assert told["type"].endswith("/problems/event_not_found")


@pytest.mark.parametrize("language", TITLES)
def test_the_language_of_a_service_is_the_default(language: str) -> None:
    """A request that asks for another one gets that."""
    service, other = serve({"language": language}), "es" if language != "es" else "en"

    assert problem(service.client.get("/events/nothing"), "event_not_found")["title"] == TITLES[language]
    refused = service.client.get("/events/nothing", headers={"Accept-Language": other})
    assert problem(refused, "event_not_found")["title"] == TITLES[other]


def test_details_and_faults_are_translated(service: Service) -> None:
    """With their numbers in them; the names of fields are not."""
    headers = {"Accept-Language": "pt-BR"}
    response = service.client.post("/orders", json={"event_id": "x", "quantity": 0}, headers=headers)
    told = problem(response, "invalid_request")
    assert {each["field"]: each["message"] for each in told["errors"]} == {
        "quantity": "deve ser um número inteiro de 1 a 1000",
        "customer_email": "não pode faltar",
    }
    event = create_event(service, capacity=1)
    sold_out = service.client.post(
        "/orders",
        json={"event_id": event["id"], "quantity": 2, "customer_email": "ann@example.com"},
        headers={"Accept-Language": "es"},
    )
    assert problem(sold_out, "sold_out")["detail"] == "Solo queda 1 lugar."


def test_a_gate_hears_its_refusal_in_its_language(service: Service) -> None:
    """So does an admin."""
    refused = scan(service, "garbage", {**GATE, "Accept-Language": "es"})
    assert problem(refused, "ticket_not_authentic")["title"] == "Esta no es una entrada nuestra"
    refused = service.client.patch("/events/none", json={}, headers={**ADMIN, "Accept-Language": "es"})
    assert problem(refused, "event_not_found")["title"] == TITLES["es"]


def test_the_problem_of_an_order_is_translated(service: Service) -> None:
    """Why it ended; an order without a problem is the same in each language."""
    event = create_event(service)
    order = reserve(service, event)
    headers = {"Accept-Language": "es"}
    assert "Content-Language" not in service.client.get(f"/orders/{order['id']}", headers=headers).headers
    service.clock.move(service.box_office.hold)

    response = service.client.get(f"/orders/{order['id']}", headers=headers)

    assert response.headers["Content-Language"] == "es"
    assert json_of(response)["problem"] == {
        "code": "reservation_expired",
        "detail": "La reserva no se pagó a tiempo; los lugares se devolvieron.",
    }


def test_the_page_about_a_problem_is_translated(service: Service) -> None:
    """It is what a problem's type leads to."""
    response = service.client.get("/problems/sold_out", headers={"Accept-Language": "es"})
    assert response.headers["Content-Language"] == "es"
    assert '<html lang="es"' in response.text
    assert "Qué hacer:" in response.text


@pytest.mark.parametrize(("accepted", "language"), [(None, None), ("fr", None), ("es-MX", "es"), ("pt-br", "pt-BR")])
def test_an_order_remembers_the_language_of_its_buyer(
    service: Service, accepted: str | None, language: str | None
) -> None:
    """Its mails are in it; a repetition in another language changes nothing."""
    event = create_event(service)
    wanted = {"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"}
    key = {"Idempotency-Key": "a random UUID of the buyer"}
    headers = {**key, "Accept-Language": accepted} if accepted else key
    order = json_of(service.client.post("/orders", json=wanted, headers=headers), 201)
    again = json_of(service.client.post("/orders", json=wanted, headers={**key, "Accept-Language": "en"}), 201)
    assert again == order
    found = service.organiser.ports.orders.get(OrderId(order["id"]))
    assert found is not None
    assert found.language == language


def test_other_origins_may_read_refusals_in_each_language() -> None:
    """A response that depends on both says so."""
    service = serve({"allowed_origins": ("https://shop.example",)})
    response = service.client.get("/events/nothing", headers={"Origin": "https://shop.example"})
    assert response.headers["Vary"] == "Accept-Language, Origin"
    assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"


def test_a_cancelled_event_is_refused_in_each_language(service: Service) -> None:
    """No refusal is left in English."""
    event = create_event(service)
    patch_event(service, event, {"status": EventStatus.CANCELLED.value})
    wanted = {"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"}
    response = service.client.post("/orders", json=wanted, headers={"Accept-Language": "es"})
    refused = problem(response, "sales_closed")
    assert (refused["title"], refused["detail"]) == ("Este evento no está a la venta", "Este evento fue cancelado.")

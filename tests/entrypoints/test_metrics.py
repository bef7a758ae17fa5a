"""The metrics of ``/metrics``, and the dashboard that queries them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.entrypoints.http import (
    ADMIN,
    GATE,
    Json,
    Service,
    assembly_in_memory,
    buy_ticket,
    create_event,
    post_order,
    refund,
    reserve,
    scan,
    tickets_of,
)
from ticketcore import accepted
from ticketcore.domain.api_keys import Role
from ticketcore_bootstrap.telemetry import Telemetry
from ticketcore_flask import Metrics, create_app
from ticketcore_memory import VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "ticketcore.json"


@pytest.fixture
def observed() -> Service:
    """Return a service in memory whose acts are counted."""
    clock = VirtualClock()
    telemetry = Telemetry.of(assembly_in_memory(memory_ports(SimulatedPaymentGateway(), clock)))
    app = create_app(telemetry.assembly, Metrics.of(telemetry.counted, telemetry.scraped))
    return Service(telemetry.assembly, clock, app, app.test_client())


def scrape(service: Service) -> dict[tuple[str, str], float]:
    """Return the samples by the metric's name and its first label's value."""
    families = list(text_string_to_metric_families(service.client.get("/metrics", headers=ADMIN).text))
    assert len({family.name for family in families}) == len(families)
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_scrape_shows_requests_acts_and_parts(observed: Service) -> None:
    """All three kinds are in one response, each name once."""
    event = create_event(observed)
    ticket = buy_ticket(observed, event)
    for _ in range(2):
        scan(observed, ticket["qr_code"])
    reserve(observed, event, 3)
    post_order(observed, event, 9)
    found = scrape(observed)
    assert found["ticketcore_http_requests_total", "POST"] > 0
    assert found["ticketcore_reservations_total", "reserved"] == 2
    assert found["ticketcore_reservations_total", "sold_out"] == 1
    assert found["ticketcore_charges_total", "paid"] == 1
    assert found["ticketcore_admissions_total", "admitted"] == 1
    assert found["ticketcore_admissions_total", "ticket_already_used"] == 1
    assert found["ticketcore_part_up", "ledger"] == 1
    places = {state: found["ticketcore_event_places", state] for state in ("available", "reserved", "sold")}
    assert places == {"available": 6, "reserved": 3, "sold": 1}


def test_refused_keys_are_counted_by_the_reason(observed: Service) -> None:
    """Unknown, revoked, and not for this role; a missing key is none of them, nor is a gate's that looks at a draft."""
    revoked = accepted(observed.organiser.create_key("lost phone", Role.GATE))
    observed.organiser.revoke_key(revoked.key.id)
    draft = create_event(observed, status="draft")
    for headers in ({"Authorization": "Bearer tck_guessed"}, {"Authorization": f"Bearer {revoked.text}"}, GATE, {}):
        observed.client.post("/events", json={}, headers=headers)
    observed.client.get(f"/events/{draft['id']}", headers=GATE)
    found = scrape(observed)
    reasons = ("unknown", "revoked", "forbidden")
    assert [found["ticketcore_refused_keys_total", reason] for reason in reasons] == [1, 1, 1]


def test_no_label_holds_an_id(observed: Service) -> None:
    """Outcomes, states, parts, routes, methods and statuses are all that there is."""
    event = create_event(observed)
    order = reserve(observed, event)
    ticket = buy_ticket(observed, event)
    refund(observed, {"id": ticket["order_id"]})
    scan(observed, ticket["qr_code"])
    scan(observed, "nonsense")
    text = observed.client.get("/metrics", headers=ADMIN).text
    for secret in (order["id"], ticket["id"], ticket["order_id"], ticket["qr_code"], event["id"]):
        assert secret not in text
    labels = {
        name for family in text_string_to_metric_families(text) for sample in family.samples for name in sample.labels
    }
    assert labels == {"outcome", "state", "part", "method", "route", "status", "le"}


# The dashboard


def dashboard() -> Json:
    found: Json = json.loads(DASHBOARD.read_text())
    return found


def expressions(value: Any) -> list[str]:
    """Return every PromQL expression in the dashboard."""
    match value:
        case {"expr": str(expression)}:
            return [expression]
        case {"query": str(query)} if "(" in query:
            return [query]
        case dict():
            return [found for each in value.values() for found in expressions(each)]
        case list():
            return [found for each in value for found in expressions(each)]
        case _:
            return []


def exposed(service: Service) -> dict[str, set[str]]:
    """Return the label names of every sample of a scrape, by the sample's name."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(service.client.get("/metrics", headers=ADMIN).text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_the_dashboard_asks_for_what_there_is(observed: Service) -> None:
    """Every metric in its expressions is exposed, with every label that they choose or group by."""
    tickets_of(observed, {"id": buy_ticket(observed, create_event(observed))["order_id"]})
    there = exposed(observed)
    asked = expressions(dashboard())
    assert len(asked) > 15
    for expression in asked:
        names = re.findall(r"\b[a-z_]+_[a-z_]+\b(?=\{|,)", expression)
        names = [name for name in names if name.startswith("ticketcore_")]
        assert names, expression
        assert not set(names) - there.keys(), expression
        chosen = re.findall(r"[{,]\s*([a-z_]+)\s*[=!]", expression)
        grouped = [each.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for each in group.split(",")]
        for name in names:
            assert set(chosen + grouped) - {"job"} <= there[name], expression


def test_the_dashboard_shows_every_metric(observed: Service) -> None:
    """Every metric that is exposed is on the dashboard."""
    asked = " ".join(expressions(dashboard()))
    families = text_string_to_metric_families(observed.client.get("/metrics", headers=ADMIN).text)
    own = {family.name for family in families if not family.name.endswith("_created")}
    assert [name for name in own if name not in asked] == []


def test_the_dashboard_can_be_imported_anywhere() -> None:
    """It chooses its data source by a variable, and its panels do not overlap."""
    found = dashboard()
    assert found["schemaVersion"] == 42
    assert "id" not in found
    assert found["templating"]["list"][0]["type"] == "datasource"
    panels = found["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
        assert panel["title"]
        assert panel["description"]
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert all(x < 24 for x, _ in taken)


# Cold starts


@pytest.mark.parametrize("module", ["ticketcore_bootstrap", "ticketcore_lambda.payments", "ticketcore_cli.main"])
def test_metrics_and_logs_are_imported_when_they_are_used(module: str) -> None:
    """Neither Prometheus' client nor structlog is imported before metrics or log lines are used."""
    code = f"import sys, {module}; print(sorted({{'prometheus_client', 'structlog'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

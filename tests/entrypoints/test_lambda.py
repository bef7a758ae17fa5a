"""``ticketcore_lambda``: the handlers' names, the imports of each, and the sweep on a schedule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import ticketcore_lambda
from tests.use_cases.harness import HOLD, BrokenQueue, office
from ticketcore import OrderStatus, Unavailable
from ticketcore.domain import journal
from ticketcore.domain.availability import Availability
from ticketcore.ports import Ports
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_lambda import assembly_of_environment, expiry
from ticketcore_memory import MemoryInventory
from ticketcore_testing.aws import SCHEDULE, Invocation, Json
from ticketcore_testing.samples import OPEN

HANDLERS = ["api", "expire_reservations", "process_payments", "validate_ticket"]
SERVICE = {"apig_wsgi", "click", "flask", "jinja2", "limits", "prometheus_client", "werkzeug"}
#: Adapters that the settings of these tests do not choose, and what only draws images.
UNCHOSEN = {"PIL", "boto3", "psycopg", "qrcode", "redis"}
NEVER = {"alembic", "uvicorn"} | UNCHOSEN

#: Packages that a handler does not import: a cold start waits for all imports.
WITHOUT = {
    "api": NEVER,
    "expire_reservations": NEVER | SERVICE,
    "process_payments": NEVER | SERVICE,
    "validate_ticket": NEVER | SERVICE,
}
NEEDED = {
    "api": {"apig_wsgi", "flask"},
    "expire_reservations": {"ticketcore_bootstrap"},
    "process_payments": {"ticketcore_sql"},
    "validate_ticket": {"ticketcore_wire"},
}

LOOK = "import json, sys, ticketcore_lambda; {use}; print(json.dumps(sorted(sys.modules)))"


def imported(data: Path, use: str, **settings: str) -> set[str]:
    """Return the top-level names that a fresh interpreter has imported after using the package."""
    environment = os.environ | {"TICKETCORE_DATA": str(data), **settings}
    command = [sys.executable, "-c", LOOK.format(use=use)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


ON_AWS = {
    "TICKETCORE_FILES_URL": "s3://bucket/images",
    "TICKETCORE_MAIL_URL": "ses://tickets@example.com",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def test_charging_waits_for_no_client_of_mail(data: Path) -> None:
    """The function for payments loads the clients of S3 and SES when the first mail is due."""
    charging = "ticketcore_lambda.process_payments"
    mailing = f"{charging}; from ticketcore_lambda import _mailing_of_environment as mailing; mailing()"
    assert "boto3" not in imported(data, charging, **ON_AWS)
    assert "boto3" in imported(data, mailing, **ON_AWS)


def test_the_package_alone_imports_nothing(data: Path) -> None:
    """Neither an adapter nor a framework, until a handler is asked for."""
    assert imported(data, "pass") & (NEVER | SERVICE | {"sqlalchemy", "ticketcore", "attrs"}) == set()


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_imports_only_what_it_uses(data: Path, name: str) -> None:
    """Each function imports only what it needs."""
    found = imported(data, f"ticketcore_lambda.{name}")
    assert found & WITHOUT[name] == set()
    assert found >= NEEDED[name]


@pytest.mark.parametrize("name", HANDLERS)
def test_no_module_stands_in_a_handlers_place(data: Path, name: str) -> None:
    """After its module is imported, the name still stands for the handler, made once."""
    use = f"from ticketcore_lambda import {name} as first; assert callable(first); "
    use += f"assert ticketcore_lambda.{name} is first; assert first.__name__ == '{name}'"
    assert imported(data, use) >= NEEDED[name]


@pytest.mark.parametrize(
    ("name", "makes_one"), [("expire_reservations", False), ("process_payments", True), ("validate_ticket", False)]
)
def test_a_function_without_a_seal_makes_no_signing_key(data: Path, name: str, makes_one: bool) -> None:
    """The scheduled function neither seals nor opens, and a gate's only opens: it waits for the key of another."""
    imported(data, f"ticketcore_lambda.{name}")
    assert (data / "signing-key").exists() is makes_one


def test_a_container_has_one_box_office(data: Path) -> None:
    """It is assembled once, and its connections stay open from one invocation to the next."""
    assembly_of_environment.cache_clear()
    found = assembly_of_environment()
    assert assembly_of_environment() is found
    assert found.settings.data == data
    found.close()
    assembly_of_environment.cache_clear()


def test_there_are_no_other_handlers() -> None:
    """A wrong name raises ``AttributeError``, and the right ones can be listed."""
    assert sorted(ticketcore_lambda.__all__) == HANDLERS
    with pytest.raises(AttributeError, match="process_payment"):
        getattr(ticketcore_lambda, "process_payment")  # noqa: B009  No type checker lets the name pass.


@pytest.fixture
def assembly(data: Path) -> Iterator[Assembly]:
    """Yield a box office over an empty ledger."""
    found = assemble(read_settings({"TICKETCORE_DATA": str(data)}))
    yield found
    found.close()


def sweep(assembly: Assembly, ports: Ports | None = None) -> Json:
    swept = attrs.evolve(assembly, ports=ports or assembly.ports)
    return expiry.handler(swept)(SCHEDULE, Invocation())


def test_the_schedule_sweeps(assembly: Assembly) -> None:
    """Due reservations expire and unsent messages are published, once; the result has the numbers."""
    queue = BrokenQueue()
    place = office(payment_queue=queue)
    due, unsent = place.reserve(3), place.reserve()
    place.box_office.pay(unsent.id, "tok_approved")
    queue.broken = False
    place.clock.move(HOLD)
    assert sweep(assembly, place.box_office.ports) == {
        "expired": 3,
        "published": 1,
        "woken": 0,
        "repaired": [],
        "forgotten": 0,
        "announced": 0,
        "refunds": 0,
    }
    assert place.order(due).status is OrderStatus.EXPIRED
    assert place.order(unsent).status is OrderStatus.PROCESSING
    assert sweep(assembly, place.box_office.ports) == {
        "expired": 0,
        "published": 0,
        "woken": 0,
        "repaired": [],
        "forgotten": 0,
        "announced": 0,
        "refunds": 0,
    }


def test_undelivered_mail_is_logged_for_the_alarm(assembly: Assembly, caplog: pytest.LogCaptureFixture) -> None:
    """Each run logs one line while there is any, and none otherwise; a due mail gets a message."""
    place = office()
    place.sold()
    sweep(assembly, place.box_office.ports)
    assert expiry.UNDELIVERED not in caplog.text
    order = place.sold()
    place.organiser.resend(order.id)
    assert sweep(assembly, place.box_office.ports)["woken"] == 1
    mail = place.box_office.ports.deliveries.claim(place.clock.now())
    assert mail is not None
    refused = journal.mail_refused(mail, place.clock.now(), "SMTP reply 550")
    place.box_office.ports.deliveries.settle(mail, mail.given_up(), refused)
    sweep(assembly, place.box_office.ports)
    assert f"1 {expiry.UNDELIVERED}" in caplog.text


def test_a_repaired_counter_is_reported_and_logged(assembly: Assembly, caplog: pytest.LogCaptureFixture) -> None:
    """The log names the event whose counter was wrong, and the drift."""
    inventory = MemoryInventory()
    place = office(10, inventory=inventory)
    place.reserve(4)
    inventory.reset(Availability(place.event_id, 0, 10), OPEN, place.clock.now())
    assert sweep(assembly, place.box_office.ports)["repaired"] == [{"event_id": place.event_id, "drift": 4}]
    assert f"event {place.event_id}: the counter was repaired, drift +4" in caplog.text


def test_a_ledger_out_of_reach_fails_the_schedule(assembly: Assembly, tmp_path: Path) -> None:
    """Lambda sees the failure, so that it retries and raises its alarm."""
    url = f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}"
    lost = assemble(attrs.evolve(assembly.settings, database_url=url))
    with pytest.raises(Unavailable, match="ledger"):
        sweep(lost)
    lost.close()


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_over_an_assembly_of_ones_own(data: Path, name: str) -> None:
    """It is the handler that the environment would get, and imports no more."""
    use = (
        "import os; from ticketcore_bootstrap import assemble, read_settings; from ticketcore_lambda import handlers; "
    )
    use += f"handler = handlers.{name}(assemble(read_settings(os.environ))); assert handler.__name__ == '{name}'"
    assert imported(data, use) & (WITHOUT[name] - UNCHOSEN) == set()

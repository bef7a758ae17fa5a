"""What the compose file starts, started as processes against real servers, sells a ticket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, ses_backends

from tests.deploy.processes import ADMIN_KEY, PASSWORD, Compose, Places, running, up
from tests.entrypoints.server import create_event, pay, reserve, status_of, wait_until
from tests.servers.aws import aws_at
from tests.servers.postgres import drop_database, fresh_database
from tests.servers.redis import running_redis
from ticketcore import BoxOffice, EventDraft, LiveEvent, Order, OrderStatus, Organiser
from ticketcore_aws import connect
from ticketcore_bootstrap import assemble, read_settings

if TYPE_CHECKING:
    from tests.servers.aws import Aws


@pytest.fixture
def compose(postgres_server: str, aws: Aws, tmp_path: Path) -> Iterator[Compose]:
    """Yield the compose file over servers in which nothing has been made yet."""
    database_url = fresh_database(postgres_server)
    with running_redis(f"requirepass {PASSWORD}") as redis:
        yield Compose(tmp_path, Places(database_url, redis.port, aws.url, DEFAULT_ACCOUNT_ID))
    drop_database(database_url)


@contextmanager
def opened(settings: dict[str, str]) -> Iterator[BoxOffice]:
    assembly = assemble(read_settings(settings))
    yield assembly.box_office
    assembly.close()


def mails_to(compose: Compose, address: str) -> list[str]:
    """Return the mails that were sent to an address, from the region that the compose file names."""
    region = compose.settings("worker")["AWS_DEFAULT_REGION"]
    sent = ses_backends[DEFAULT_ACCOUNT_ID][region].sent_messages
    return [mail.raw_data for mail in sent if isinstance(mail, RawMessage) and address in mail.destinations]


def images(compose: Compose, aws: Aws) -> dict[str, bytes]:
    """Return the objects in the bucket that the compose file names."""
    bucket = compose.settings("worker")["TICKETCORE_FILES_URL"].removeprefix("s3://")
    with aws_at(aws.url):
        s3 = connect("s3")
        found = [each.get("Key", "") for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in found}


def test_a_ticket_is_sold(compose: Compose, aws: Aws) -> None:
    """The order is paid through the queue, its images lie in the bucket, its mail is sent, and nothing is written elsewhere."""
    with up(compose) as service:
        event = create_event(service, ADMIN_KEY, 10)
        order = reserve(service, event, 2)
        pay(service, order)
        wait_until(lambda: status_of(service, order) == "paid")
        wait_until(lambda: len(mails_to(compose, "ann@example.com")) == 1)
        tickets = service.ask("GET", f"/orders/{order['id']}/ticket")["tickets"]

        stored = images(compose, aws)
        assert len(stored) == len(tickets) == 2
        for ticket in tickets:
            status, _ = service.request("GET", ticket["qr_code_url"].partition(str(service.port))[2])
            assert status == 302
            with urlopen(ticket["qr_code_url"]) as answer:
                assert answer.read() in stored.values()
        ready = json.loads(service.get("/health/ready"))
        assert ready["status"] == "ready"
        assert set(ready["parts"].values()) == {"ok"}

        # Starting all of it again leaves everything as it was.
        assert "empty" not in compose.run("migrate")
        compose.run("places")
        assert images(compose, aws) == stored

        assert [compose.stop(name) for name in ("worker", "sweeper", "api")] == [0, 0, 0]
    assert not (compose.home / "data").exists()


def test_reservations_expire(compose: Compose) -> None:
    """The sweeper of the compose file gives places back without being asked."""
    compose.run("migrate")
    shared = ("TICKETCORE_DATABASE_URL", "TICKETCORE_INVENTORY_URL", "TICKETCORE_SIGNING_KEY")
    settings = {name: value for name, value in compose.settings("sweeper").items() if name in shared}
    with opened({**settings, "TICKETCORE_HOLD_SECONDS": "1"}) as box_office, running(compose, "sweeper"):
        live = Organiser(box_office.ports).create_event(
            EventDraft("Night", datetime(2099, 5, 1, tzinfo=UTC), "Hall", 1, "45.00")
        )
        assert isinstance(live, LiveEvent)
        order = box_office.reserve(live.event.id, 1, "ann@example.com")
        assert isinstance(order, Order)
        wait_until(lambda: box_office.ports.orders.get(order.id) != order)

        swept = box_office.ports.orders.get(order.id)
        assert swept is not None
        assert swept.status is OrderStatus.EXPIRED

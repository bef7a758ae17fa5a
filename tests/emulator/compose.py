"""A sale with what the compose file starts, over the very emulator that it starts, with the settings that it gives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.deploy.processes import ACCOUNT_OF_THE_FILE, ADMIN_KEY, PASSWORD, Compose, Places, environment_of, up
from tests.emulator.ministack import running_ministack, sent_mails
from tests.entrypoints.server import create_event, pay, reserve, status_of, wait_until
from tests.servers.postgres import drop_database, fresh_database
from tests.servers.redis import running_redis
from ticketcore_codes import QrcodeQrImages


@pytest.fixture
def compose(postgres_server: str, tmp_path: Path) -> Iterator[Compose]:
    """Yield the compose file over servers in which nothing has been made yet."""
    database_url = fresh_database(postgres_server)
    with running_redis(f"requirepass {PASSWORD}") as redis, running_ministack(tmp_path, **environment_of("aws")) as url:
        yield Compose(tmp_path, Places(database_url, redis.port, url, ACCOUNT_OF_THE_FILE))
    drop_database(database_url)


def test_a_ticket_is_sold(compose: Compose) -> None:
    """Its image can be fetched and its mail be read, and every part is ready."""
    with up(compose) as service:
        event = create_event(service, ADMIN_KEY, 10)
        order = reserve(service, event)
        pay(service, order)
        wait_until(lambda: status_of(service, order) == "paid")
        wait_until(lambda: len(sent_mails(compose.places.aws_url)) == 1)

        (ticket,) = service.ask("GET", f"/orders/{order['id']}/ticket")["tickets"]
        with urlopen(ticket["qr_code_url"]) as image:
            assert image.read() == QrcodeQrImages().draw(ticket["qr_code"])
        ready = service.ask("GET", "/health/ready")
        assert set(ready["parts"].values()) == {"ok"}, ready

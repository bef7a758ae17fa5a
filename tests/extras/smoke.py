"""Do the job of one extra once, where nothing but that extra is installed: `python smoke.py NAME`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

# ruff: noqa: PLC0415  Each function imports what its extra brings, which is all that is there.

#: Where nothing listens.
NOWHERE = "127.0.0.1:1"


def sql() -> None:
    """Publish and receive a message on a new SQLite file."""
    from ticketcore.domain.ids import OrderId
    from ticketcore_sql import Database, SqlPaymentQueue

    now = datetime.now(UTC)
    with closing(Database.connect("sqlite:///ledger.db")) as database:
        database.upgrade()
        queue = SqlPaymentQueue(database)
        queue.publish([OrderId("ORDER")], now)
        [received] = queue.receive(1, now)
        assert received.order_id == "ORDER"


def postgres() -> None:
    """Look for a server and report that there is none."""
    from ticketcore_sql import Database

    with closing(Database.connect(f"postgresql+psycopg://ann@{NOWHERE}/tickets")) as database:
        _assert_unavailable(database.check)


def redis() -> None:
    """Look for a server and report that there is none."""
    from ticketcore_redis import RedisInventory, RedisServer

    with closing(RedisServer(f"redis://{NOWHERE}")) as server:
        _assert_unavailable(RedisInventory(server).check)


def aws() -> None:
    """Look for a bucket and for SES, and report that there is nothing."""
    from ticketcore_aws import S3Files, SesMailer, connect

    _set_aws_variables()
    _assert_unavailable(S3Files(connect("s3", hurried=True), "bucket", "qr").check)
    _assert_unavailable(SesMailer(connect("sesv2", hurried=True), "tickets@example.com").check)


def qr() -> None:
    """Seal a claim, draw it, and open it again."""
    from ticketcore.domain import ids
    from ticketcore.domain.qr_text import Claim
    from ticketcore_codes import Ed25519Seal, QrcodeQrImages, new_private_key, read_private_key

    claim = Claim(ids.EventId(ids.text_of(bytes(ids.EVENT_BYTES))), ids.TicketId(ids.text_of(bytes(ids.SECRET_BYTES))))
    seal = Ed25519Seal(read_private_key(new_private_key()))
    text = seal.seal(claim)
    assert seal.open(text) == claim
    assert QrcodeQrImages().draw(text).startswith(b"\x89PNG")


def http() -> None:
    """Ask the service for its description and its health."""
    from ticketcore_bootstrap import assemble, read_settings
    from ticketcore_flask import create_app

    with tempfile.TemporaryDirectory() as data:
        assembly = assemble(read_settings({}, Path(data)))
        assembly.prepare()
        client = create_app(assembly).test_client()
        assert client.get("/openapi.json").status_code == 200
        assert client.get("/health/ready").status_code == 200
        page = client.get("/", headers={"Accept-Language": "es"})
        assert "No hay ningún evento a la venta" in page.get_data(as_text=True)
        assembly.close()


def cli() -> None:
    """Run the demo."""
    _run("demo")


def simulation() -> None:
    """Simulate a box office under every fault."""
    from ticketcore_simulator import Scenario, simulate

    assert simulate(Scenario(1)).violations == ()


def testing() -> None:
    """Run a contract suite over a memory adapter."""
    import pytest

    Path("test_files.py").write_text(
        "import pytest\n"
        "from ticketcore_memory import MemoryFiles\n"
        "from ticketcore_testing.contracts.files import FilesContract\n\n\n"
        "class TestMemoryFiles(FilesContract):\n"
        "    @pytest.fixture\n"
        "    def files(self) -> MemoryFiles:\n"
        "        return MemoryFiles()\n"
    )
    assert pytest.main(["-q", "test_files.py"]) == pytest.ExitCode.OK


def lambda_() -> None:
    """Let each handler start with nothing set, and one of them sweep."""
    import ticketcore_lambda

    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 60_000

    for name in ticketcore_lambda.__all__:
        getattr(ticketcore_lambda, name)
    _run("db", "upgrade")
    assert ticketcore_lambda.expire_reservations({}, Context())["expired"] == 0


def all_() -> None:
    """Do the job of every other extra, the kit's aside: it is for tests."""
    for name, job in JOBS.items():
        if name not in {"all", "testing"}:
            job()


JOBS: dict[str, Callable[[], None]] = {
    **{job.__name__: job for job in (sql, postgres, redis, aws, qr, http, cli, simulation, testing)},
    "lambda": lambda_,
    "all": all_,
}


def _run(*arguments: str) -> None:
    subprocess.run([Path(sys.executable).with_name("ticketcore"), *arguments], check=True)


def _assert_unavailable(check: Callable[[], None]) -> None:
    from ticketcore import Unavailable

    try:
        check()
    except Unavailable:
        return
    raise AssertionError("something listens where nothing should")


def _set_aws_variables() -> None:
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://{NOWHERE}",
        AWS_DEFAULT_REGION="eu-central-1",
        AWS_ACCESS_KEY_ID="nobody",
        AWS_SECRET_ACCESS_KEY="nothing",
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        JOBS[sys.argv[1]]()
        os.chdir("/")

"""What ``serve``, ``worker`` and ``sweep`` write: complete and structured, and nothing that grants access or names a person."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import make_url

from tests.entrypoints.processes import Process, running, serving, working
from tests.entrypoints.server import Json, create_event, wait_until
from tests.servers.aws import Aws, aws_at
from tests.servers.ports import free_port
from tests.servers.postgres import drop_database, fresh_database
from ticketcore import Unavailable
from ticketcore.domain import ids
from ticketcore_bootstrap.telemetry import logging_to_standard_error

BUYER = "canary-buyer@example.com"
ADMIN_KEY = "canary-admin-key-from-outside"
GATE_KEY = "canary-gate-key-from-outside"

#: Everything secret that is known before the story begins has this word in it.
CANARY = "canary"


@attrs.define(eq=False)
class GrumpyMail:
    """A mail server that quotes whom a mail is for when it refuses it."""

    replies: list[str] = attrs.field(factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802  The library calls it so.
        reply = self.replies.pop(0) if self.replies else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return f"{reply} <{address}>"


@contextmanager
def mail_server(replies: list[str]) -> Iterator[int]:
    """Yield the port of a server that gives these replies to the first recipients."""

    def accept(*_: object) -> AuthResult:
        return AuthResult(success=True)

    port = free_port()
    server = Controller(GrumpyMail(replies), "127.0.0.1", port, authenticator=accept, auth_require_tls=False)
    server.start()
    try:
        yield port
    finally:
        server.stop()


@pytest.fixture
def variables(postgres_server: str, tmp_path: Path, aws: Aws) -> Iterator[dict[str, str]]:
    """Yield settings full of secrets, of a ledger and a queue that processes share."""
    database = fresh_database(postgres_server)
    url = make_url(database)
    if url.password is None:
        url = url.set(password="canary-database-password")
    with mail_server(["451 try later", "550 unknown"]) as port, aws_at(aws.url):
        yield {
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "QUEUE_URL": aws.new_queue(),
            "MAIL_URL": f"smtp://canary-user:canary-mail-password@127.0.0.1:{port}?from=canary-sender@example.com&tls=off",
            "DATA": str(tmp_path),
            "ADMIN_KEY": ADMIN_KEY,
            "GATE_KEY": GATE_KEY,
            "HOLD_SECONDS": "3600",
        }
    with suppress(psycopg.errors.InvalidCatalogName):
        drop_database(database)


#: Bugs of the service: in a view with the id in its message and in its cause's, in a statement whose value the database
#: quotes, after a view, and outside of the application.
_BUGS_OF_SERVICE = """
import sqlalchemy
from ticketcore import BoxOffice, Organiser
import ticketcore_flask.server
from ticketcore_flask.direct_routes import DirectRoutes
def refund(self, order_id, *, tickets, include_used, by):
    try:
        {}[order_id]
    except KeyError as error:
        raise RuntimeError(f"order {order_id} of canary-buyer@example.com", order_id) from error
def cancel(self, order_id):
    read = lambda connection: connection.execute(sqlalchemy.text("SELECT CAST(:id AS integer)"), {"id": order_id})
    self.ports.orders._database.read(read)
Organiser.refund, BoxOffice.cancel = refund, cancel
fields = DirectRoutes._fields
def fields_not(self, response, more):
    if response.headers["Content-Type"] == "image/png":
        raise RuntimeError(response.body)
    return fields(self, response, more)
DirectRoutes._fields = fields_not
create_app = ticketcore_flask.server.create_app
def create(*arguments):
    app = create_app(*arguments)
    serve = app.wsgi_app
    def wsgi(environ, start_response):
        if environ["QUERY_STRING"]:
            raise RuntimeError(environ["PATH_INFO"])
        return serve(environ, start_response)
    app.wsgi_app = wsgi
    return app
ticketcore_flask.server.create_app = create
"""

#: Bugs of the worker: the first image cannot be drawn, and a thread of a library dies.  Mails are tried again at once.
_BUGS_OF_WORKER = """
import datetime, threading, urllib3, logging
import ticketcore.domain.deliveries
ticketcore.domain.deliveries._INTERVALS = (datetime.timedelta(seconds=0.1),)
from ticketcore_codes import QrcodeQrImages
draw = QrcodeQrImages.draw
def fail(self, text):
    QrcodeQrImages.draw = draw
    thread = threading.Thread(target=int, args=(text,))
    thread.start()
    thread.join()
    logging.getLogger("urllib3").warning("Retrying %s after %d tries", text, 3)
    logging.getLogger("botocore").warning(f"no answer for {text} of canary-buyer@example.com")
    raise ValueError(f"{text} is too long", text)
QrcodeQrImages.draw = fail
"""


@attrs.define(eq=False)
class Story:
    """A sale with everything that can go wrong in it; ``secrets`` is what was answered to those concerned alone."""

    service: Process
    event: Json
    secrets: set[str] = attrs.field(factory=set)

    def reserve(self, idempotency_key: str | None = None) -> Json:
        body = {"event_id": self.event["id"], "quantity": 1, "customer_email": BUYER}
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        order: Json = json.loads(self.raw("POST", "/orders", json.dumps(body), headers))
        self.secrets.add(order["id"])
        return order

    def pay(self, order: Json, token: str) -> None:
        self.service.ask("POST", f"/orders/{order['id']}/payment", {"payment_token": token})

    def status(self, order: Json) -> str:
        return str(self.service.ask("GET", f"/orders/{order['id']}")["status"])

    def tickets(self, order: Json) -> list[Json]:
        found = self.service.ask("GET", f"/orders/{order['id']}/ticket")
        self.secrets.add(found["ticket_code"])
        tickets: list[Json] = found["tickets"]
        for ticket in tickets:
            self.secrets |= {ticket["id"], ticket["qr_code"]}
        return tickets

    def raw(self, method: str, target: str, body: str = "", headers: dict[str, str] | None = None) -> str:
        """Send what a client should not, or not so; answer the body of what comes."""
        fields = {"Host": "x", "Connection": "close", "Content-Type": "application/json", **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        request = f"{method} {target} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n{body}"
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=20) as connection:
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as answer:
                return answer.read().decode().partition("\r\n\r\n")[2]

    def go_wrong(self, order: Json, ticket: Json) -> None:
        """Let every request fail in which a secret is."""
        path = f"/orders/{order['id']}"
        self.raw("GET", f"{path} /x")
        self.raw("GET", f"{path}\x01")
        self.raw("POST", path, "{}")
        self.raw("POST", f"{path}/payment", '{"payment_token": "canary-token')
        self.raw("POST", f"{path}/payment", '{"payment_token": 1, "canary-field": 1}')
        self.raw("POST", "/orders", "{}", {"Idempotency-Key": "canary-idempotency-\x7f"})
        self.raw("POST", "/orders", "x", {"Transfer-Encoding": "chunked", "X-Canary": f"canary {order['id']}"})
        self.raw(f"CANARY{order['id'].upper()}", "/events")
        self.raw("POST", "/tickets/validate", json.dumps({"qr_code": f"canary{ticket['qr_code']}"}))
        for key in ("canary-wrong-key-of-some-length", ADMIN_KEY, GATE_KEY):
            self.service.request("POST", "/events", {"name": order["id"]}, key)
            self.service.request(
                "POST", "/tickets/validate", {"qr_code": ticket["qr_code"], "scan_id": f"{CANARY}-of-a-scan"}, key
            )

    def meet_bugs(self, order: Json, ticket: Json) -> None:
        """Let every bug happen that the service has."""
        path = f"/orders/{order['id']}"
        assert self.service.request("POST", f"{path}/refund", {}, ADMIN_KEY)[0] == 500
        assert self.service.request("DELETE", path)[0] == 500
        assert self.service.request("GET", f"/tickets/{ticket['id']}/qr.png")[0] == 500
        assert "canary" not in self.raw("GET", f"{path}?email={BUYER}")


def explained(variables: dict[str, str], digest: str) -> str:
    """Return the order that an operator finds by a digest of the logs."""
    with running(variables, "orders", "explain", digest, "--json") as command:
        assert command.process.wait(30) == 0, command.errors
    return str(json.loads(command.lines[0])["order"]["id"])


def test_nothing_that_is_written_is_secret(variables: dict[str, str]) -> None:
    """A sale with every kind of failure, service and worker apart: no canary in any line, and each order to be found."""
    with serving(variables, first=_BUGS_OF_SERVICE) as service, working(variables, first=_BUGS_OF_WORKER) as worker:
        story = Story(service, create_event(service, ADMIN_KEY, 20))
        bought, declined, down, strange = (story.reserve(f"canary-idempotency-{number}") for number in range(4))
        story.pay(declined, "tok_declined")
        story.pay(down, "tok_down")
        story.pay(strange, "canary-payment-token")
        sold = (bought, story.reserve(), story.reserve())
        for order in sold:
            story.pay(order, "tok_approved")
        wait_until(lambda: len(of_outcome(worker, "delivered")) == 2)
        wait_until(lambda: {story.status(order) for order in (declined, strange)} == {"declined"})
        wait_until(lambda: ids.digest(down["id"]) in worker.digests("work"))
        ticket, *_ = [ticket for order in sold for ticket in story.tickets(order)]
        story.go_wrong(bought, ticket)
        story.meet_bugs(bought, ticket)
        digest = ids.digest(bought["id"])
        assert digest in service.digests("pay") & worker.digests("charge") & worker.digests("deliver")
        assert explained(variables, digest) == bought["id"]
        drop_database(variables["DATABASE_URL"])
        assert service.request("GET", f"/orders/{bought['id']}")[0] == 503
        wait_until(lambda: any("ledger is unavailable" in record["event"] for record in service.records))
        assert (service.end(), worker.end()) == (0, 0)
    told = "\n".join((*service.lines, *service.errors, *worker.lines, *worker.errors)).lower()
    assert CANARY not in told
    assert not [secret for secret in story.secrets if secret.lower() in told]
    assert "tok_" not in told
    assert_failures_were_told(service, worker)


def of_outcome(process: Process, outcome: str) -> list[Json]:
    return [record for record in process.records if record.get("outcome") == outcome]


def assert_failures_were_told(service: Process, worker: Process) -> None:
    """Of each bug there is what is needed to find it."""
    told = [record["exception"] for record in (*service.records, *worker.records) if "exception" in record]
    for words in (
        "RuntimeError",
        "KeyError",
        "DataError",
        "in refund",
        "in fields_not",
        "in wsgi",
        "ValueError",
        "in fail",
    ):
        assert any(words in each for each in told), words
    assert len(of_outcome(worker, "refused")) == 1
    assert any("SMTP reply 451" in record["event"] for record in worker.records)
    assert "POST /orders/<order_id>/refund failed" in {record["event"] for record in service.records}


# What a line is


@contextmanager
def logged(level: int = logging.INFO, *, terminal: bool = False) -> Iterator[io.StringIO]:
    """Yield what is written to standard error meanwhile."""
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        patch.setattr(stream, "isatty", lambda: terminal)
        with logging_to_standard_error(level):
            yield stream


def records(stream: io.StringIO) -> list[Json]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


LOG = logging.getLogger("ticketcore")
LIBRARY = logging.getLogger("some.library")


def test_a_record_is_a_line_of_json() -> None:
    """It has the time in UTC, the level, the logger and the event, and what tells about the act."""
    with logged() as stream:
        LOG.info("charge: %s", "paid", extra={"act": "charge", "outcome": "paid", "order": "0123", "email": BUYER})
    [record] = records(stream)
    at = datetime.fromisoformat(record.pop("timestamp"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert record == {
        "level": "info",
        "logger": "ticketcore",
        "event": "charge: paid",
        "act": "charge",
        "outcome": "paid",
        "order": "0123",
    }


def test_a_terminal_gets_readable_lines() -> None:
    """Coloured, with the same words."""
    with logged(terminal=True) as stream:
        LOG.warning("ledger is unavailable", extra={"order": "0123"})
        LOG.error("failed", exc_info=ValueError(BUYER))
    told = stream.getvalue()
    assert "\x1b[" in told
    assert "ledger is unavailable" in told
    assert "0123" in told
    assert "ValueError" in told
    assert BUYER not in told


def test_the_level_is_for_our_own_records() -> None:
    """Libraries are heard when they warn, whatever we tell ourselves."""
    with logged(logging.DEBUG) as stream:
        LOG.debug("detail")
        LIBRARY.info("chatter")
        LIBRARY.warning("trouble")
    assert [record["event"] for record in records(stream)] == ["detail", "trouble"]


@pytest.mark.parametrize(
    ("message", "arguments", "told"),
    [
        ("Retrying %s after %d of %.1f", (BUYER, 3, 4.5), "Retrying … after 3 of 4.5"),
        ("Retrying %(what)s", ({"what": BUYER},), "Retrying %(what)s"),
        (f"no answer for {BUYER}", (), "no answer for …"),
        ("Exception on /orders/abcdefgh/payment [POST]", (), "Exception on … [POST]"),
        ("bad id abcdefghijklmnopqrstuvwxyz", (), "bad id …"),
        ("100% lost", (), "100% lost"),
    ],
)
def test_of_what_libraries_say_only_the_fixed_words_are_kept(
    message: str, arguments: tuple[Any, ...], told: str
) -> None:
    """Whatever they put into their messages stays out; numbers are no secret."""
    with logged() as stream:
        LIBRARY.warning(message, *arguments)
    assert [record["event"] for record in records(stream)] == [told]


@pytest.mark.parametrize("logger", [LOG, LIBRARY], ids=["ours", "a library's"])
def test_a_record_that_cannot_be_formatted_is_not_quoted(logger: logging.Logger) -> None:
    """What Python prints of it by itself would have its arguments in it."""
    with logged() as stream:
        record = logger.makeRecord(logger.name, logging.ERROR, "", 1, "Retrying %d", (BUYER,), None)
        logging.getLogger().handlers[-1].handle(record)
    assert BUYER not in stream.getvalue()


def fail(error: Exception, cause: Exception | None = None) -> None:
    raise error from cause


def fail_for(order_id: str) -> None:
    try:
        fail(Unavailable("ledger", "no connection"), KeyError(order_id))
    except Unavailable as error:
        raise ValueError(order_id) from error


def test_an_exception_is_one_field() -> None:
    """Its type, its frames and its causes are told; a message only where it is one of ours."""
    with logged() as stream:
        try:
            fail_for("abcdefgh")
        except ValueError:
            LOG.exception("it failed")
    [record] = records(stream)
    told = record["exception"]
    assert "abcdefgh" not in told
    assert re.search(r"^ValueError\n  .*test_logs.py:\d+ in test_an_exception_is_one_field$", told, re.MULTILINE)
    assert "test_logs.py" in told
    assert " in fail_for" in told
    assert "because of ticketcore.domain.errors.Unavailable: ledger is unavailable: no connection" in told
    assert told.endswith("because of KeyError")


def test_a_cause_that_was_hidden_stays_hidden() -> None:
    """``from None`` is respected."""
    with logged() as stream:
        try:
            try:
                fail(KeyError())
            except KeyError:
                raise ValueError from None
        except ValueError:
            LOG.exception("it failed")
    assert "KeyError" not in stream.getvalue()


def test_a_thread_that_dies_is_logged() -> None:
    """As one line, without what its exception says; afterwards Python does as before."""
    before = threading.excepthook, sys.unraisablehook, list(logging.getLogger().handlers), LOG.level
    with logged() as stream:
        thread = threading.Thread(target=int, args=("abcdefgh",))
        thread.start()
        thread.join()
    [record] = records(stream)
    assert (record["level"], record["exception"].partition("\n")[0]) == ("critical", "ValueError")
    assert before == (threading.excepthook, sys.unraisablehook, logging.getLogger().handlers, LOG.level)


_BUG_AT_THE_START = """
from ticketcore_bootstrap import Assembly
def fail(*_):
    raise ValueError("canary")
Assembly.{method} = fail
"""


@pytest.mark.parametrize("method", ["prepare", "observed_by"])
@pytest.mark.parametrize("command", [["serve"], ["worker"], ["sweep", "--every", "9"]], ids=" ".join)
def test_a_bug_at_the_start_is_logged_too(command: list[str], method: str, tmp_path: Path) -> None:
    """The command ends with a failure, without a traceback that quotes it."""
    arguments = [*command, "--port", str(free_port())] if command == ["serve"] else command
    with running({"DATA": str(tmp_path)}, *arguments, first=_BUG_AT_THE_START.format(method=method)) as process:
        assert process.process.wait(30) != 0
    assert CANARY not in "\n".join((*process.lines, *process.errors))
    [exception] = [record["exception"] for record in process.records if "exception" in record]
    assert "ValueError" in exception
    assert " in fail" in exception

"""An evening of a theatre with 300 seats, played through the command line and over HTTP alone.

``python -m tests.acceptance.evening`` plays it on SQLite and prints its transcript.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import tablib  # type: ignore[import-untyped]  # It has no types.

from tests.acceptance.installation import ADMIN_KEY, Installation
from tests.acceptance.service import Answer, Service, eventually, serving
from tests.servers.receiver import Receiver, receiver
from ticketcore_sql import Database

_SEATS = 300
_PRICE = "80.00"
_BEATRIZ, _CARLOS, _DIANA = "beatriz@example.com", "carlos@exmaple.com", "diana@example.com"
_RIGHT_CARLOS = "carlos@example.com"
_GUEST, _FORGOTTEN = "the.critic@example.com", "edu@example.com"
#: What is not shown of a response: secrets, and what is long and says nothing to a reader.
_HIDDEN = re.compile(r'"(qr_code|qr_code_url|secret|key|id|order_id)": "[^"]*"')


@attrs.define(eq=False)
class Evening:
    """The theatre: its installation and running service, the other program that is told, and the transcript so far."""

    installation: Installation
    service: Service
    other_program: Receiver
    lines: list[str] = attrs.field(factory=list)
    keys: dict[str, str] = attrs.field(factory=dict)

    # How it is spoken to

    def say(self, line: str) -> None:
        """Add a line to the transcript."""
        self.lines.append(line)

    def command(self, *arguments: str) -> str:
        """Run a command and return what it printed."""
        printed = self.installation.run(*arguments)
        self._show(" ".join(["$ ticketcore", *map(_quoted, arguments)]), printed)
        return printed

    def ask(self, *arguments: str) -> Any:
        """Run a command with ``--json`` and return what it printed."""
        return json.loads(self.command(*arguments, "--json"))

    def http(self, call: str, body: object = None, key: str | None = None) -> Answer:
        """Make a call over HTTP, such as ``GET /events``, and return the response."""
        method, _, path = call.partition(" ")
        answer = self.service.client.request(method, path, body, key)
        request = call if body is None else f"{call} {json.dumps(body, ensure_ascii=False)}"
        self._show(_HIDDEN.sub(r'"\1": "…"', request), f"{answer.status} {json.dumps(answer.body, ensure_ascii=False)}")
        return answer

    def _show(self, asked: str, answered: str) -> None:
        self.lines += [asked, *("  " + _HIDDEN.sub(r'"\1": "…"', line) for line in answered.splitlines())]

    def mails(self) -> list[str]:
        """Return the mails so far, each as it was sent."""
        return [path.read_text() for path in sorted((self.installation.data / "mail").glob("*.eml"))]

    # What people do

    def buy(self, event_id: str, quantity: int, buyer: str, token: str = "tok_approved") -> str:
        """Reserve and confirm a payment, as a shop does, and return the order's id."""
        order = {"event_id": event_id, "quantity": quantity, "customer_email": buyer}
        reserved = self.http("POST /orders", order)
        assert reserved.status == 201, reserved
        order_id: str = reserved.body["id"]
        assert self.http(f"POST /orders/{order_id}/payment", {"payment_token": token}).status == 202
        return order_id

    def paid(self, order_id: str) -> Any:
        """Wait until an order is paid and return it."""
        return self.service.client.order_once("paid", order_id)

    def sell_the_rest(self, event_id: str) -> None:
        """Let a crowd buy what is left, two seats each, at the same time."""
        client = self.service.client

        def buy(number: int) -> None:
            body = {"event_id": event_id, "quantity": 2, "customer_email": f"crowd+{number}@example.org"}
            order = client.request("POST", "/orders", body)
            assert order.status == 201, order
            assert client.pay(order.body["id"]).status == 202

        pairs = client.available(event_id) // 2
        with ThreadPoolExecutor(8) as crowd:
            list(crowd.map(buy, range(pairs)))
        self.say(f"({pairs} people buy two seats each)")

    def scan(self, gate: str, **what: Any) -> Answer:
        """Scan at a gate that has a key of its own."""
        return self.http("POST /tickets/validate", {**what, "gate": gate}, self.keys[gate])

    def scan_all(self, event_id: str, gate: str, qr_codes: Iterable[str]) -> list[str]:
        """Type QR texts into ``tickets scan`` as a scanner does, and return its responses."""
        arguments = ["tickets", "scan", "--event", event_id, "--gate", gate]
        done = subprocess.run(
            [sys.executable, "-m", "ticketcore_cli", *arguments],
            input="\n".join(qr_codes) + "\n",
            env=self.installation.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        self._show(f"$ … | ticketcore {' '.join(arguments)}", done.stdout)
        return done.stdout.splitlines()


def _quoted(argument: str) -> str:
    return argument if re.fullmatch(r"[\w@%+=:,./-]+", argument) else f"'{argument}'"


def play(evening: Evening) -> None:
    """Play the whole evening; raise ``AssertionError`` where it goes another way than people expect."""
    event_id = _prepare(evening)
    orders = _sell(evening, event_id)
    _mend(evening, orders)
    _admit(evening, event_id, orders)
    _call_off(evening)
    _close(evening, event_id)


def _prepare(evening: Evening) -> str:
    evening.say("# The event is made, and announced")
    event = evening.ask(
        *("events", "create", "--name", "Auto da Compadecida", "--date", "2099-05-01T20:00:00-03:00"),
        *("--timezone", "America/Sao_Paulo", "--location", "Teatro São Pedro, São Paulo", "--capacity", str(_SEATS)),
        *("--price", _PRICE, "--doors-at", "2099-05-01T19:00:00-03:00", "--status", "draft"),
    )
    event_id: str = event["id"]
    assert evening.http("GET /events").body["items"] == []
    evening.command("webhooks", "create", evening.other_program.url)
    for gate in ("stalls", "balcony"):
        evening.keys[gate] = evening.ask("keys", "create", gate, "--role", "gate", "--event", event_id)["key"]
    evening.command("events", "update", event_id, "--status", "on_sale")
    [announced] = evening.http("GET /events").body["items"]
    assert (announced["available"], announced["timezone"]) == (_SEATS, "America/Sao_Paulo")
    return event_id


def _sell(evening: Evening, event_id: str) -> dict[str, str]:
    evening.say("# It is sold by card, by Pix and for cash")
    orders = {_BEATRIZ: evening.buy(event_id, 3, _BEATRIZ), _CARLOS: evening.buy(event_id, 2, _CARLOS, "tok_pending")}
    client = evening.service.client
    eventually(
        lambda: (client.order(orders[_CARLOS]).body["payment"] or {}).get("action") is not None, "a Pix code is shown"
    )
    pix = evening.http(f"GET /orders/{orders[_CARLOS]}").body["payment"]
    assert (pix["status"], pix["action"]["type"]) == ("pending", "qr_code")
    evening.command("payments", "approve", orders[_CARLOS])
    at_the_desk = evening.ask("orders", "create", "--event", event_id, "--quantity", "2", "--email", _DIANA)
    evening.command("orders", "pay", at_the_desk["id"], "--method", "cash")
    guest = evening.ask("orders", "create", "--event", event_id, "--quantity", "1", "--email", _GUEST)
    evening.command("orders", "pay", guest["id"], "--method", "complimentary")
    orders |= {_DIANA: at_the_desk["id"], _GUEST: guest["id"]}
    declined = evening.buy(event_id, 2, "no.money@example.com", "tok_declined")
    assert client.order_once("declined", declined)["problem"]["code"] == "payment_declined"
    for order_id in orders.values():
        evening.paid(order_id)
    evening.sell_the_rest(event_id)
    refused = evening.http("POST /orders", {"event_id": event_id, "quantity": 1, "customer_email": "late@example.com"})
    assert refused.body["code"] == "sold_out"
    eventually(lambda: '"type":"event.sold_out"' in _told(evening), "the other program hears that it is sold out")
    return orders


def _told(evening: Evening) -> str:
    return "\n".join(request.body.decode() for request in evening.other_program.received)


def _mend(evening: Evening, orders: dict[str, str]) -> None:
    evening.say("# Carlos has mistyped his address; Beatriz comes with one person less")
    code = evening.paid(orders[_CARLOS])["ticket_code"]
    evening.command("orders", "correct", code, "--email", _RIGHT_CARLOS)
    eventually(lambda: len(_mails_to(evening, _RIGHT_CARLOS)) > 0, "the tickets reach the right address")
    beatriz = evening.paid(orders[_BEATRIZ])["ticket_code"]
    left = evening.ask("orders", "refund", beatriz.lower(), "--ticket", "3")
    assert (left["status"], left["quantity"]) == ("paid", 3)
    shown = evening.http(f"GET /orders/{orders[_BEATRIZ]}/ticket").body["tickets"]
    assert [ticket["status"] for ticket in shown] == ["valid", "valid", "void"]


def _admit(evening: Evening, event_id: str, orders: dict[str, str]) -> None:
    evening.say("# The doors")
    tickets = {buyer: evening.service.client.tickets(order_id) for buyer, order_id in orders.items()}
    first, second, void = (ticket["qr_code"] for ticket in tickets[_BEATRIZ])
    assert evening.scan("stalls", qr_code=first).body["code"] == "too_early"
    evening.command("events", "update", event_id, "--doors-at", "none")
    assert evening.scan("stalls", qr_code=first).body["result"] == "admitted"
    twice = evening.scan("balcony", qr_code=first)
    assert (twice.body["code"], twice.body["gate"]) == ("ticket_already_used", "stalls")
    assert evening.scan("balcony", qr_code=void).body["code"] == "ticket_void"
    evening.say("(Carlos's phone is dead; he reads his code out)")
    code = evening.paid(orders[_CARLOS])["ticket_code"]
    assert evening.scan("balcony", ticket_code=code.lower(), number=1).body["result"] == "admitted"
    evening.say("(the second ticket of Beatriz was scanned by mistake, and she goes out again)")
    assert evening.scan("balcony", qr_code=second).body["result"] == "admitted"
    undone = evening.http("POST /tickets/undo", {"qr_code": second}, evening.keys["balcony"])
    assert (undone.body["result"], undone.body["ticket"]["status"]) == ("undone", "valid")
    assert evening.scan("stalls", qr_code=second).body["result"] == "admitted"
    evening.say("(a scanner at the command line)")
    rest = [ticket["qr_code"] for buyer in (_DIANA, _GUEST) for ticket in tickets[buyer]]
    told = evening.scan_all(event_id, "side door", [*rest, rest[0], "a cinema ticket"])
    words = ["admitted"] * 3 + ["ticket_already_used", "ticket_not_authentic"]
    assert [line.split()[0].strip(":") for line in told] == words, told
    summary = evening.ask("events", "summary", event_id)
    assert summary["gates"] == {"stalls": 2, "balcony": 1, "side door": 3}
    assert summary["takings"] == "23920.00"
    assert summary["refunded"] == _PRICE


def _call_off(evening: Evening) -> None:
    evening.say("# Another evening is called off, and everybody gets the money back")
    draft = {"name": "Matinê", "date": "2099-05-02T15:00:00-03:00", "timezone": "America/Sao_Paulo"}
    more = {"location": "Teatro São Pedro", "capacity": 50, "price": "40.00"}
    event_id = evening.http("POST /events", {**draft, **more}, ADMIN_KEY).body["id"]
    orders = [evening.buy(event_id, 2, buyer) for buyer in (_BEATRIZ, _FORGOTTEN)]
    qr_code = [evening.paid(order_id) and evening.service.client.tickets(order_id)[0]["qr_code"] for order_id in orders]
    evening.command("events", "cancel", event_id)
    refused = evening.http("POST /tickets/validate", {"qr_code": qr_code[0], "gate": "stalls"}, ADMIN_KEY)
    assert refused.body["code"] == "event_cancelled"
    assert evening.ask("events", "refund", event_id) == {"orders": 2}
    for order_id in orders:
        evening.service.client.order_once("refunded", order_id)
    assert evening.http(f"POST /events/{event_id}/refund", None, ADMIN_KEY).body == {"orders": 0}
    eventually(
        lambda: (
            evening.service.client.request("GET", f"/events/{event_id}/summary", None, ADMIN_KEY).body["refunded"]
            == "160.00"
        ),
        "the money is back",
    )
    eventually(lambda: len(_mails_to(evening, _FORGOTTEN)) >= 2, "each buyer has a mail of the refund")


def _mails_to(evening: Evening, buyer: str) -> list[str]:
    return [mail for mail in evening.mails() if f"To: {buyer}" in mail]


def _close(evening: Evening, event_id: str) -> None:
    evening.say("# The books, and a buyer who wants to be forgotten")
    csv = evening.command("events", "attendees", event_id, "--csv")
    sheet = tablib.Dataset().load(csv, format="csv")
    assert (len(sheet), (sheet.headers or [""])[0]) == (_SEATS, "number")
    assert sheet["status"].count("used") == 6
    del evening.lines[-(len(sheet) - 3) :]
    evening.say(f"  … {len(sheet)} rows, opened as a table")
    query = f"GET /orders?customer_email={quote(_FORGOTTEN)}"
    assert len(evening.http(query, None, ADMIN_KEY).body["items"]) == 1
    evening.command("customers", "forget", _FORGOTTEN)
    assert evening.http(query, None, ADMIN_KEY).body["items"] == []
    assert _mails_to(evening, _FORGOTTEN) == []
    stock = evening.ask("stock", "show", event_id)
    assert stock["conserved"], stock


def evening_on(empty: Installation) -> Evening:
    """Play the evening on an installation without any order, and return what happened."""
    theatre = empty.having(PRIVATE_WEBHOOKS="1", ORGANISER="Teatro São Pedro")
    with receiver() as other_program, serving(theatre) as service:
        evening = Evening(theatre, service, other_program)
        play(evening)
    return evening


def main() -> None:
    """Play it on SQLite and print the transcript."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/new.db"
        Database.connect(url).upgrade()
        for line in evening_on(Installation.on(url, Path(directory))).lines:
            sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

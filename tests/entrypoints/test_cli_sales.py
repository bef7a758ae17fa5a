"""Events, orders and tickets on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.cli import (
    EVENT,
    answer,
    buy,
    create_event,
    order_arguments,
    pay,
    refused,
    reserve,
    run,
    ticket_ids,
)
from tests.entrypoints.http import EVENT_KEYS, ORDER_KEYS, TICKET_KEYS
from ticketcore.domain import ids, timestamps
from ticketcore_texts import ENGLISH, formats

pytestmark = pytest.mark.usefixtures("data")


SCAN_ID = "a-random-text-of-a-scan"


def deadline_of(order: dict[str, Any]) -> str:
    """Return when a reserved order has to be paid, as people read it."""
    return formats.day_and_time(timestamps.parse(order["expires_at"]), "UTC", ENGLISH)


def test_an_event_is_created_shown_and_changed() -> None:
    """Programs get the same JSON as over HTTP, people a line."""
    event = create_event()
    assert set(event) == EVENT_KEYS
    assert answer("events", "show", event["id"]) == event
    changed = answer("events", "update", event["id"], "--name", "Last Night", "--capacity", "20")
    assert changed == event | {"name": "Last Night", "capacity": 20, "available": 20}
    line = run("events", "show", event["id"]).stdout
    assert "Last Night, Royal Hall" in line
    assert "20 of 20 free" in line
    assert "R$45.00" in line


@pytest.mark.parametrize(("options", "told"), [([], 1), (["--notify-buyers"], 1), (["--no-notify-buyers"], 0)])
def test_buyers_hear_of_a_change_unless_it_is_silent(options: list[str], told: int) -> None:
    """The sweep has their mails sent."""
    event = create_event()
    buy(event)
    answer("events", "update", event["id"], "--location", "The Globe", *options)
    assert answer("sweep")["announced"] == told


def test_an_event_is_shown_at_its_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its zone, by default the one of the setting, and its description below."""
    monkeypatch.setenv("TICKETCORE_TIMEZONE", "Europe/London")
    event = create_event(10, "--description", "An evening.\nTwo acts.")
    assert (event["timezone"], event["description"]) == ("Europe/London", "An evening.\nTwo acts.")
    show = "events", "show", event["id"]
    assert "Friday, 1 May 2099, 21:00, Europe/London" in run(*show).stdout
    assert run(*show).stdout.endswith("\nAn evening.\nTwo acts.\n")
    moved = answer("events", "update", event["id"], "--timezone", "America/Sao_Paulo", "--description", "")
    assert moved == event | {"timezone": "America/Sao_Paulo", "description": ""}
    assert "Friday, 1 May 2099, 17:00, America/Sao_Paulo" in run(*show).stdout
    assert refused("events", "update", event["id"], "--timezone", "Nowhere/City") == "invalid_request"


def test_a_buyers_limit_is_set_and_ended() -> None:
    """A number sets it, "none" ends it, and a command without it keeps it."""
    event = create_event(10, "--max-per-customer", "3")
    assert event["max_per_customer"] == 3
    reserve(event, 2)
    order = ["orders", "create", "--event", event["id"], "--quantity", "2", "--email", "ANN+1@example.com"]
    assert refused(*order) == "customer_limit"
    assert answer("events", "update", event["id"], "--name", "Another")["max_per_customer"] == 3
    assert answer("events", "update", event["id"], "--max-per-customer", "none")["max_per_customer"] is None
    assert answer(*order)["status"] == "reserved"
    assert refused("events", "update", event["id"], "--max-per-customer", "0") == "invalid_request"
    assert "--max-per-customer" in run("events", "update", event["id"], "--max-per-customer", "x", code=2).stderr


def test_the_times_of_a_sale_and_of_doors_are_set_and_ended(data: Path) -> None:
    """People read them in the event's zone, "none" takes each away, and a command without one keeps it."""
    times = ["--sale-starts-at", "2098-05-01T12:00:00Z", "--doors-at", "2099-05-01T19:30:00Z"]
    event = create_event(10, "--timezone", "America/Sao_Paulo", "--sale-ends-at", "2099-05-01T18:00:00Z", *times)
    assert (event["sale_starts_at"], event["doors_at"]) == ("2098-05-01T12:00:00.000Z", "2099-05-01T19:30:00.000Z")
    shown = run("events", "show", event["id"]).stdout.splitlines()
    assert shown[1:] == [
        "the sale starts on Thursday, 1 May 2098, 09:00, America/Sao_Paulo",
        "the sale ends on Friday, 1 May 2099, 15:00, America/Sao_Paulo",
        "the doors open on Friday, 1 May 2099, 16:30, America/Sao_Paulo",
    ]
    assert refused(*order_arguments(event)) == "sales_not_open"
    told = run(*order_arguments(event), code=1).stderr
    assert told.endswith("The sale for this event starts on Thursday, 1 May 2098, 09:00, America/Sao_Paulo.\n")
    update = "events", "update", event["id"]
    kept = answer(*update, "--sale-starts-at", "none")
    assert kept == event | {"sale_starts_at": None}
    order = buy(event)
    [ticket] = ticket_ids(data)
    code = answer("tickets", "show", ticket)["qr_code"]
    assert refused("tickets", "validate", code) == "too_early"
    by_number = ["--ticket-code", order["ticket_code"], "--number", "1", "--event", event["id"]]
    told = run("tickets", "validate", *by_number, code=1).stderr
    assert told == "too_early: The doors open on Friday, 1 May 2099, 16:30, America/Sao_Paulo.\n"
    assert answer(*update, "--doors-at", "none", "--sale-ends-at", "none")["sale_ends_at"] is None
    assert answer("tickets", "validate", code)["result"] == "admitted"
    assert refused(*update, "--doors-at", "soon") == "invalid_request"
    assert refused(*update, "--doors-at", "2099-05-02T00:00:00Z") == "invalid_request"


def test_a_date_in_the_past_has_to_be_meant() -> None:
    """It is refused unless ``--allow-past`` stands beside it."""
    event = create_event()
    update = "events", "update", event["id"], "--date", "1999-05-01T20:00:00Z"
    assert refused(*update) == "invalid_request"
    assert run(*update, code=1).stderr == "invalid_request: date is in the past; with allow_past it is accepted\n"
    assert answer(*update, "--allow-past")["date"] == "1999-05-01T20:00:00.000Z"
    assert answer("events", "update", event["id"], "--name", "Lear")["name"] == "Lear"
    again = ["events", "create", "--name", "x", "--capacity", "1", "--location", "x", "--price", "1.00", *update[3:]]
    assert refused(*again) == "invalid_request"
    assert answer(*again, "--allow-past")["date"] == "1999-05-01T20:00:00.000Z"


def test_events_are_listed_page_by_page() -> None:
    """All statuses are listed, soonest first; the last line says how to go on."""
    assert run("events", "list").stdout == "There are no events.\n"
    made = [create_event(1, "--status", status) for status in ("draft", "on_sale", "cancelled")]
    first = answer("events", "list", "--limit", "2")
    rest = answer("events", "list", "--limit", "2", "--cursor", first["next_cursor"])
    found = first["items"] + rest["items"]
    assert sorted(event["id"] for event in found) == sorted(event["id"] for event in made)
    assert rest["next_cursor"] is None
    assert f"--cursor {first['next_cursor']}" in run("events", "list", "--limit", "2").stdout
    assert [event["status"] for event in answer("events", "list", "--status", "draft")["items"]] == ["draft"]


def test_wrong_events_are_refused_with_every_fault() -> None:
    """The same rules hold as over HTTP, and the same words are used."""
    arguments = ["events", "create", "--name", " ", "--capacity", "0", *EVENT]
    assert refused(*arguments) == "invalid_request"
    told = run(*arguments, code=1).stderr
    assert "name" in told
    assert "capacity" in told
    event = create_event()
    reserve(event, 2)
    assert refused("events", "update", event["id"], "--capacity", "1") == "capacity_in_use"
    assert refused("events", "update", event["id"], "--date", "2099-05-01") == "invalid_request"
    assert refused("events", "show", "nothing") == "event_not_found"
    assert refused("events", "update", "nothing", "--name", "x") == "event_not_found"


def test_an_order_lives_from_reserved_to_refunded(data: Path) -> None:
    """Each step is answered as over HTTP."""
    event = create_event()
    order = reserve(event, 2)
    assert set(order) == ORDER_KEYS
    assert (order["status"], order["total_amount"]) == ("reserved", "90.00")
    assert pay(order)["status"] == "processing"
    told = "processed 1, gave back 0\nmails sent 1, postponed 0\nmessages to webhooks sent 0, postponed 0\n"
    assert run("worker", "--once").stdout == told
    paid = answer("orders", "show", order["id"])
    assert paid["status"] == "paid"
    assert f"Ticket code {paid['ticket_code']}" in run("orders", "show", order["id"]).stdout
    assert len(list((data / "files").rglob("*.png"))) == 2
    assert len(list((data / "mail").glob("*.eml"))) == 1
    assert answer("orders", "refund", order["id"])["status"] == "refunded"
    assert answer("events", "show", event["id"])["available"] == 10


def test_an_order_can_be_cancelled() -> None:
    """Its places come back; a paid one cannot be."""
    event = create_event()
    order = reserve(event)
    assert answer("orders", "cancel", order["id"])["status"] == "cancelled"
    assert answer("events", "show", event["id"])["available"] == 10
    assert refused("orders", "cancel", buy(event)["id"]) == "order_not_cancellable"


def test_people_read_when_to_pay_and_why_an_order_ended() -> None:
    """A reserved order shows its deadline, a declined one its problem."""
    event = create_event()
    order = reserve(event)
    assert f"To be paid before {deadline_of(order)}" in run("orders", "show", order["id"]).stdout
    pay(order, "tok_declined")
    run("worker", "--once")
    assert "declined" in run("orders", "show", order["id"]).stdout
    assert refused("orders", "pay", order["id"], "--token", "tok_approved") == "payment_declined"


def test_the_same_idempotency_key_is_the_same_order() -> None:
    """A script may repeat a command, and hears so if it meant something else."""
    event = create_event()
    order = reserve(event, 2, "--idempotency-key", "a secret of ours")
    assert reserve(event, 2, "--idempotency-key", "a secret of ours") == order
    assert refused(*order_arguments(event, 3, "--idempotency-key", "a secret of ours")) == "idempotency_conflict"


@pytest.mark.parametrize("key", ["", " ", "x" * 15, "x" * 256, "x" * 16 + "\n"])
def test_a_strange_idempotency_key_is_refused(key: str) -> None:
    """A wrong key is told like any other fault."""
    assert refused(*order_arguments(create_event(), 1, "--idempotency-key", key)) == "invalid_request"


def test_orders_are_refused_by_their_codes() -> None:
    """The code stands on standard error and the exit status is 1."""
    event = create_event(2)
    assert refused(*order_arguments(event, 3)) == "sold_out"
    assert refused(*order_arguments(event, 0)) == "invalid_request"
    assert refused(*order_arguments({"id": "nothing"})) == "event_not_found"
    assert refused(*order_arguments(create_event(1, "--status", "closed"))) == "sales_closed"
    assert refused("orders", "refund", reserve(event)["id"]) == "order_not_paid"
    assert refused("orders", "pay", "nothing", "--token", "x") == "order_not_found"
    assert refused("orders", "pay", "nothing", "--token", "") == "invalid_request"


@pytest.mark.parametrize("command", ["show", "cancel", "refund", "resend", "explain"])
@pytest.mark.parametrize("order_id", ["nothing", "", "x" * 5000, "\udcff", "é"])
def test_an_unknown_order_is_not_found(command: str, order_id: str) -> None:
    """Whatever stands for the id; an argument that is not UTF-8 is none either."""
    assert refused("orders", command, order_id) == "order_not_found"


def test_an_orders_life_is_explained() -> None:
    """By its id or by the digest that logs carry, step by step, with where it stands now."""
    order = buy(create_event(), 2)
    story = answer("orders", "explain", order["id"])
    assert story["order"] == order
    steps = [entry["step"] for entry in story["entries"]]
    assert steps == ["reserved", "payment_started", "paid", "mailed"]
    assert all(set(entry) == {"at", "step", "text"} for entry in story["entries"])
    assert story["outlook"]
    assert answer("orders", "explain", ids.digest(order["id"])) == story
    told = run("orders", "explain", ids.digest(order["id"])).stdout
    assert order["id"] not in told
    assert len(told.splitlines()) == len(steps) + 2
    assert order["ticket_code"] in told


def test_an_order_is_named_by_id_digest_or_ticket_code() -> None:
    """Whatever is done with it; a ticket code as it was read out."""
    order = buy(create_event(), 2)
    code = order["ticket_code"]
    for name in (order["id"], ids.digest(order["id"]), code, code.lower().replace("-", "")):
        assert answer("orders", "show", name) == order
        assert answer("orders", "explain", name)["order"] == order
        assert refused("orders", "cancel", name) == "order_not_cancellable"
        assert answer("orders", "pay", name, "--token", "tok_approved") == order
    assert answer("orders", "resend", ids.digest(order["id"]))["id"] == order["id"]
    assert answer("orders", "refund", code)["status"] == "refunded"
    assert answer("orders", "refund", ids.digest(order["id"]))["id"] == order["id"]


def test_orders_are_listed_newest_first() -> None:
    """Programs get the same JSON as over HTTP, people a line of each with its buyer and event, and how to see more."""
    event = create_event()
    orders = [buy(event), reserve(event)]
    assert answer("orders", "list") == {"items": orders[::-1], "next_cursor": None}
    first = answer("orders", "list", "--limit", "1")
    assert first["items"] == orders[1:]
    assert answer("orders", "list", "--limit", "1", "--cursor", first["next_cursor"])["items"] == orders[:1]
    told = run("orders", "list", "--limit", "1").stdout
    assert told.splitlines()[0].split()[:2] == ["Order", "Status"]
    assert told.splitlines()[1].startswith(f"{ids.digest(orders[1]['id'])}  reserved  1 ")
    for known in ("ann@example.com", event["name"], "1 May 2099, 20:00, UTC"):
        assert known in told.splitlines()[1]
    assert f"More with --cursor {first['next_cursor']}" in told
    assert "Traceback" not in run("orders", "list", "--cursor", "x", code=2).stderr


def test_orders_are_found_by_what_is_known_of_them() -> None:
    """By event, address, ticket code, status and lost mail, or all of them."""
    event = create_event()
    order, _ = buy(event), reserve(create_event())
    found = {"items": [order], "next_cursor": None}
    options = ["--event", event["id"], "--email", order["customer_email"].upper(), "--status", "paid"]
    options += ["--ticket-code", order["ticket_code"].lower()]
    for index in range(0, len(options), 2):
        some = options[index : index + 2]
        assert order in answer("orders", "list", *some)["items"]
    assert answer("orders", "list", *options) == found
    assert answer("orders", "list", *options, "--undelivered")["items"] == []
    assert "There are no orders." in run("orders", "list", "--undelivered").stdout
    assert refused("orders", "list", "--email", "ann") == "invalid_request"
    assert answer("orders", "list", "--ticket-code", "no code")["items"] == []


def test_an_address_is_corrected(data: Path) -> None:
    """By any name of the order; its tickets are mailed there, and its story says so without addresses."""
    order = buy(create_event(10, "--max-per-customer", "2"), 2)
    for name in (order["id"], ids.digest(order["id"]), order["ticket_code"].lower()):
        corrected = answer("orders", "correct", name, "--email", "bob@example.com")
        assert (corrected["id"], corrected["customer_email"]) == (order["id"], "bob@example.com")
    story = run("orders", "explain", order["id"]).stdout
    assert story.count("The buyer's address was corrected.") == 1
    assert "@" not in story
    assert refused("orders", "correct", "nothing", "--email", "bob@example.com") == "order_not_found"
    assert refused("orders", "correct", order["id"], "--email", "bob") == "invalid_request"
    other = reserve({"id": order["event_id"]}, 1)
    assert refused("orders", "correct", other["id"], "--email", "bob@example.com") == "customer_limit"
    run("orders", "correct", order["id"], code=2)


def test_attendees_are_listed_at_local_time(data: Path) -> None:
    """Programs get the same JSON as over HTTP, people a line of each, and when and where it was admitted."""
    event = create_event(10, "--timezone", "America/Sao_Paulo")
    assert "There are no attendees." in run("events", "attendees", event["id"]).stdout
    order, _ = buy(event, 2), reserve(event)
    ticket = answer("tickets", "show", ticket_ids(data)[0])
    answer("tickets", "validate", ticket["qr_code"], "--gate", "North")
    first = answer("events", "attendees", event["id"], "--limit", "1")
    rest = answer("events", "attendees", event["id"], "--cursor", first["next_cursor"])
    assert rest["next_cursor"] is None
    items = answer("events", "attendees", event["id"])["items"]
    assert items == first["items"] + rest["items"]
    assert [(each["number"], each["of"], each["order"]) for each in items] == [
        (1, 2, ids.digest(order["id"])),
        (2, 2, ids.digest(order["id"])),
    ]
    told = run("events", "attendees", event["id"]).stdout
    assert "America/Sao_Paulo" in told
    assert "  North  " in told
    assert order["id"] not in told
    assert refused("events", "attendees", "nothing") == "event_not_found"
    assert run("events", "attendees", "nothing", "--csv", code=1).stderr.startswith("event_not_found: ")


def test_attendees_are_printed_for_spreadsheets() -> None:
    """All of them, more than a page, and nothing else on standard output."""
    event = create_event(400, "--max-per-order", "150", "--timezone", "America/Sao_Paulo")
    buy(event, 150)
    buy(event, 101)
    printed = run("events", "attendees", event["id"], "--csv").stdout_bytes.decode()
    found = [*csv.DictReader(io.StringIO(printed, newline=""))]
    assert printed.count("\r\n") == printed.count("\n") == len(found) + 1 == 252
    assert [int(line["number"]) for line in found] == [*range(1, 151), *range(1, 102)]
    assert {line["paid_at"][-6:] for line in found} == {"-03:00"}
    for more in (["--json"], ["--cursor", "x"]):
        assert "stands beside none of" in run("events", "attendees", event["id"], "--csv", *more, code=2).stderr


def test_tickets_are_mailed_again(data: Path) -> None:
    """The order's mail is pending until the worker has sent it; a reserved order has no tickets to mail."""
    order = buy(create_event())
    assert order["delivery"] == "delivered"
    assert answer("orders", "resend", order["id"])["delivery"] == "pending"
    assert "Mail pending" in run("orders", "show", order["id"]).stdout
    assert "mails pending 1" in run("queue", "status").stdout
    assert answer("worker", "--once")["delivered"] == 1
    assert answer("orders", "show", order["id"]) == order
    assert len(list((data / "mail").glob("*.eml"))) == 2
    assert refused("orders", "resend", reserve(create_event())["id"]) == "order_not_paid"


def test_a_reserved_order_is_explained() -> None:
    """The outlook says until when it can be paid: to people as the event's clocks show it, to programs in UTC."""
    order = reserve(create_event(10, "--timezone", "America/Sao_Paulo"))
    deadline = timestamps.parse(order["expires_at"])
    local = formats.day_and_time(deadline, "America/Sao_Paulo", ENGLISH)
    assert local in run("orders", "explain", order["id"]).stdout
    assert formats.moment(deadline, ENGLISH) in answer("orders", "explain", order["id"])["outlook"]


def test_a_ticket_is_shown_and_admitted_once(data: Path) -> None:
    """People see its QR code in the terminal, programs its JSON; the second scan is refused."""
    buy(create_event())
    [ticket_id] = ticket_ids(data)
    ticket = answer("tickets", "show", ticket_id)
    assert set(ticket) == TICKET_KEYS
    assert ticket["qr_code"] in run("tickets", "show", ticket_id).stdout
    admission = answer("tickets", "validate", ticket["qr_code"], "--gate", "north", "--scan-id", SCAN_ID)
    assert (admission["result"], admission["ticket"]["status"]) == ("admitted", "used")
    again = answer("tickets", "validate", ticket["qr_code"], "--gate", "north", "--scan-id", SCAN_ID)
    assert again == admission | {"repeated": True}
    assert ticket_id not in json.dumps(admission)
    assert refused("tickets", "validate", ticket["qr_code"]) == "ticket_already_used"
    assert "north" in run("tickets", "validate", ticket["qr_code"], code=1).stderr
    assert "used at north" in run("tickets", "show", ticket_id).stdout


def test_an_admission_is_taken_back_by_code_and_number() -> None:
    """A person reads out code and number; the journal names the command line and the gate."""
    event = create_event()
    order = buy(event)
    code = answer("orders", "show", order["id"])["ticket_code"]
    ticket = ("--ticket-code", code, "--number", "1", "--event", event["id"])
    assert refused("tickets", "undo", *ticket) == "nothing_to_undo"
    assert answer("tickets", "validate", *ticket, "--gate", "north")["ticket"]["gate"] == "north"
    assert answer("tickets", "undo", *ticket)["ticket"]["status"] == "valid"
    assert "admitted" in run("tickets", "validate", *ticket).stdout
    assert "taken back" in run("tickets", "undo", *ticket).stdout
    assert refused("tickets", "validate", *ticket[:4]) == "invalid_request"
    assert refused("tickets", "validate") == "invalid_request"
    story = run("orders", "explain", order["id"]).stdout
    assert "Ticket 1 was admitted at north (key: command line)." in story
    assert "The admission of ticket 1 at north was taken back (key: command line)." in story


def test_tickets_are_refused_by_their_codes(data: Path) -> None:
    """Another event, garbage, a refund."""
    order = buy(create_event())
    ticket = answer("tickets", "show", ticket_ids(data)[0])
    assert refused("tickets", "validate", ticket["qr_code"], "--event", "other") == "wrong_event"
    assert refused("tickets", "validate", "garbage") == "ticket_not_authentic"
    assert refused("tickets", "validate", ticket["qr_code"], "--gate", " ") == "invalid_request"
    assert refused("tickets", "show", "nothing") == "ticket_not_found"
    run("orders", "refund", order["id"])
    assert refused("tickets", "validate", ticket["qr_code"]) == "ticket_void"


def test_a_door_responds_to_each_line_and_goes_on(data: Path) -> None:
    """To people and programs, whatever is scanned: white space and noise too, and each ticket once."""
    event, other = create_event(), create_event()
    buy(event)
    buy(other)
    codes = [answer("tickets", "show", ticket_id)["qr_code"] for ticket_id in ticket_ids(data)]
    scanned = (
        "\n".join([codes[0], f"  {codes[1].lower()}\t\r", "", codes[0], codes[1], "x" * 9000, "\0"]).encode()
        + b"\n\xff"
    )
    told = run("tickets", "scan", "--event", event["id"], "--gate", "north", given=scanned).stdout.splitlines()
    first = [line.split()[0].rstrip(":") for line in told]
    assert sorted(first[:2]) == ["admitted", "wrong_event"]
    assert sorted(first[2:4]) == ["ticket_already_used", "wrong_event"]
    assert first[4:] == ["ticket_not_authentic"] * 3
    lines = run("tickets", "scan", "--event", other["id"], "--json", given=scanned).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert [each for each in found if "result" in each] == [found[first.index("wrong_event")]]
    assert {each["code"] for each in found if "code" in each} >= {"wrong_event", "ticket_already_used"}


def test_a_door_needs_an_event_that_exists() -> None:
    """Otherwise every guest would be sent away."""
    create_event()
    assert refused("tickets", "scan", "--event", "other") == "event_not_found"


def test_a_door_needs_a_gate_with_a_right_name() -> None:
    """It is refused once, and not for each guest."""
    event = create_event()
    for gate in ("", "a\nb", "x" * 201):
        assert refused("tickets", "scan", "--event", event["id"], "--gate", gate) == "invalid_request"


def test_a_door_responds_to_a_line_that_is_too_long(data: Path) -> None:
    """Also to one that begins with blanks, so that each scan has its response."""
    event = create_event()
    given = b" " * 5000 + b"x\n" + b" \n" + b"y\n"
    told = run("tickets", "scan", "--event", event["id"], given=given).stdout.splitlines()
    assert [line.partition(":")[0] for line in told] == ["ticket_not_authentic"] * 2


def test_an_event_is_summed_up(data: Path) -> None:
    """People see the line of conservation, money and gates; an unknown event has no summary."""
    event = create_event()
    buy(event)
    answer("tickets", "validate", answer("tickets", "show", ticket_ids(data)[0])["qr_code"], "--gate", "north")
    told = run("events", "summary", event["id"]).stdout
    assert "10 = 9 + 0 + 1" in told
    assert "taken R$45.00, of that refunded R$0.00" in told
    assert "admitted at north: 1" in told
    assert answer("events", "summary", event["id"])["gates"] == {"north": 1}
    assert refused("events", "summary", "other") == "event_not_found"


def test_links_of_a_ticket_carry_the_public_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is set, links lead to the service."""
    buy(create_event())
    monkeypatch.setenv("TICKETCORE_PUBLIC_URL", "https://tickets.example")
    [ticket_id] = ticket_ids(data)
    assert answer("tickets", "show", ticket_id)["qr_code_url"] == f"https://tickets.example/tickets/{ticket_id}/qr.png"


@pytest.mark.parametrize(
    ("locale", "line", "refusal"),
    [
        ("en_US.UTF-8", "20 of 20 free", "There is no such event"),
        ("pt_BR.UTF-8", "20 de 20 livres", "Este evento não existe"),
        ("es_AR.UTF-8", "20 de 20 libres", "No existe ese evento"),
    ],
)
def test_the_command_line_speaks_the_language_of_its_locale(
    monkeypatch: pytest.MonkeyPatch, locale: str, line: str, refusal: str
) -> None:
    """Lines and refusals, for programs too; codes and whatever else programs read are the same in each."""
    event = create_event(20)
    monkeypatch.setenv("LC_ALL", locale)

    assert line in run("events", "show", event["id"]).stdout
    assert refusal in run("events", "show", "nothing", code=1).stderr
    assert answer("events", "show", event["id"]) == event
    told = json.loads(run("events", "show", "nothing", "--json", code=1).stderr)
    assert told == {
        "type": "/problems/event_not_found",
        "title": refusal,
        "status": 404,
        "detail": f"{refusal}.",
        "code": "event_not_found",
    }


def test_a_language_that_is_set_goes_before_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """In lines, refusals, JSON and faults of usage; a link to the explanation is whole where the address is set."""
    create_event()
    monkeypatch.setenv("TICKETCORE_LANGUAGE", "pt-BR")
    monkeypatch.setenv("TICKETCORE_PUBLIC_URL", "https://tickets.example")
    for locale in ("", "es_AR.UTF-8"):
        monkeypatch.setenv("LANG", locale)
        assert "Este evento não existe" in run("events", "show", "nothing", code=1).stderr
        told = json.loads(run("events", "show", "nothing", "--json", code=1).stderr)
        assert told["title"] == "Este evento não existe"
        assert told["type"] == "https://tickets.example/problems/event_not_found"
        assert "deve ser um next_cursor" in run("events", "list", "--cursor", "x", code=2).stderr
        assert "--csv lista" in run("events", "attendees", "x", "--csv", "--limit", "2", code=2).stderr


def test_a_ticket_has_no_link_where_no_address_is_set(data: Path) -> None:
    """Programs see that, rather than a link that leads nowhere."""
    buy(create_event())
    assert answer("tickets", "show", ticket_ids(data)[0])["qr_code_url"] is None


def test_a_payment_that_does_not_wait_cannot_be_approved() -> None:
    """Whether none was begun, or it has been decided: the refusal says so."""
    order = reserve(create_event())
    told = run("payments", "approve", order["id"], code=1).stderr
    assert told == "order_not_payable: No payment of this order waits for its buyer; the order is reserved.\n"
    pay(order, "tok_pending")
    run("worker", "--once")
    run("payments", "approve", order["id"])
    run("worker", "--once")
    assert refused("payments", "decline", order["id"]) == "order_not_payable"


@pytest.mark.parametrize(("verb", "ends_as"), [("approve", "paid"), ("decline", "declined")])
def test_a_decided_payment_says_what_is_left_to_do(verb: str, ends_as: str) -> None:
    """The gateway knows the decision, the order is as it was, and no line asks its buyer to pay once more."""
    order = reserve(create_event())
    pay(order, "tok_pending")
    run("worker", "--once")
    first, second = run("payments", verb, order["id"]).stdout.splitlines()
    assert first == f"The gateway was told that the buyer {verb}s the payment; a worker settles the order."
    assert second == f"Order {ids.digest(order['id'])} is processing."
    run("worker", "--once")
    assert answer("orders", "show", order["id"])["status"] == ends_as


def test_an_event_is_cancelled_and_refunded() -> None:
    """Its orders are refunded by the next sweep and worker; without any there is nothing to do."""
    event = create_event()
    order = buy(event)
    assert answer("events", "cancel", event["id"])["status"] == "cancelled"
    assert answer("events", "refund", event["id"]) == {"orders": 1}
    assert "refunds of events started: 1" in run("sweep").stdout
    run("worker", "--once")
    assert answer("orders", "show", order["id"])["status"] == "refunded"
    assert run("events", "refund", event["id"]).stdout == "orders that will be refunded: 0\n"
    assert refused("events", "refund", "nothing") == "event_not_found"
    assert refused("events", "cancel", "nothing") == "event_not_found"

"""What becomes of an order whose payment is not simply approved, and how its operator sees it."""

from __future__ import annotations

from tests.acceptance import ledger_state
from tests.acceptance.installation import Installation
from tests.acceptance.service import Client, eventually


def test_a_gateway_that_answers_in_the_end_is_paid(installation: Installation, client: Client) -> None:
    """Two tries without an answer are tried again, told in words, and the third pays; it is charged once."""
    event_id = client.create_event(capacity=5)
    order_id = client.reserved(event_id, 2)
    client.pay(order_id, "tok_flaky")
    client.order_once("paid", order_id)

    assert len(client.tickets(order_id)) == 2
    assert ledger_state.charges(installation) == [ledger_state.Charge(order_id, "approved", refunded=False)]
    told = installation.run("orders", "explain", order_id)
    for try_ in (1, 2):
        assert f"payment gateway is unavailable: no answer at try {try_}); it goes back to the queue." in told
    assert "no answer at try 3" not in told
    assert "It is paid: 2 tickets were issued" in told
    assert installation.audit(event_id).sold == 2


def test_a_gateway_that_never_answers_ends_in_the_dead_letters(installation: Installation, client: Client) -> None:
    """The order stays processing with its places, its message is given up and shown, and can be put back."""
    event_id = client.create_event(capacity=5)
    order_id = client.reserved(event_id, 2)
    client.pay(order_id, "tok_down")
    eventually(lambda: installation.ask("queue", "status")["dead_letters"] == 1, "the message is given up", pause=0.5)

    status = installation.ask("queue", "status")
    assert (status["depth"], status["in_flight"], status["dead_letters"]) == (0, 0, 1)
    assert client.order(order_id).body["status"] == "processing"
    assert client.available(event_id) == 3
    told = installation.run("orders", "explain", order_id)
    assert told.count("it goes back to the queue") == 5
    assert (
        "It is processing: the gateway's answer is awaited and its places stay held; a redrive repeats a payment that was given up."
        in told
    )

    assert installation.ask("queue", "redrive") == {"redriven": 1, "left": 0}
    status = installation.ask("queue", "status")
    assert (status["depth"] + status["in_flight"], status["dead_letters"]) == (1, 0)
    eventually(
        lambda: "no answer at try 6" in installation.run("orders", "explain", order_id), "it is tried", pause=0.5
    )
    audit = installation.audit(event_id)
    assert (audit.held, audit.sold) == (2, 0)


def test_a_declined_payment_gives_the_place_back(installation: Installation, client: Client) -> None:
    """The next buyer gets the place; the declined buyer has paid nothing and is told so again."""
    event_id = client.create_event(capacity=1)
    declined, refused = client.reserved(event_id), client.reserve(event_id)
    assert refused.outcome == (409, "sold_out")
    client.pay(declined, "tok_declined")
    order = client.order_once("declined", declined)

    assert order["problem"]["code"] == "payment_declined"
    assert client.pay(declined).outcome == (402, "payment_declined")
    assert client.available(event_id) == 1
    bought = client.reserved(event_id)
    client.pay(bought)
    client.order_once("paid", bought)
    answers = {charge.order_id: charge.answer for charge in ledger_state.charges(installation)}
    assert answers == {declined: "declined", bought: "approved"}
    assert installation.audit(event_id).sold == 1


def test_an_event_that_is_cancelled_meanwhile_charges_nothing(installation: Installation) -> None:
    """The payment of an order whose event is cancelled is given up: it has no tickets, and its charge is cancelled."""
    event_id = installation.create_event(capacity=5)
    wanted = ["--event", event_id, "--quantity", "2", "--email", "ann@example.com"]
    order_id = installation.ask("orders", "create", *wanted)["id"]
    assert installation.ask("orders", "pay", order_id, "--token", "tok_approved")["status"] == "processing"
    installation.ask("events", "update", event_id, "--status", "cancelled")

    order = installation.ask("orders", "show", order_id)
    assert (order["status"], order["problem"]["code"]) == ("refunded", "sales_closed")
    installation.ask("worker", "--once")
    assert ledger_state.charges(installation) == [ledger_state.Charge(order_id, "cancelled", refunded=False)]
    told = installation.run("orders", "explain", order_id)
    assert "The gateway cancelled the payment; nothing was charged." in told
    assert "It has ended as refunded: The event was cancelled before the payment arrived" in told
    audit = installation.audit(event_id)
    assert (audit.held, audit.sold, audit.tickets) == (0, 0, 0)

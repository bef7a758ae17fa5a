"""One sale with one injection, from the first buyer to the verdict."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import attrs

from tests.acceptance.chaos.injections import INJECTIONS
from tests.acceptance.chaos.laws import Verdict, judge
from tests.acceptance.chaos.sale import Sale
from tests.acceptance.chaos.stack import Stack
from tests.acceptance.crowd import audited
from tests.acceptance.service import eventually

CAPACITY = 60
_SECONDS = 4


@attrs.frozen
class Report:
    """What was injected and what came of it."""

    injected: str
    drift_before: int | None
    redriven: int
    verdict: Verdict


def run(stack: Stack, name: str, seed: int) -> Report:
    """Sell an event out under an injection, wait until all is quiet, admit every ticket, and check the laws."""
    _warm_up(stack)
    stack.aws_faults.injected.clear()
    event_id = stack.service.client.create_event(CAPACITY)
    sale = Sale(stack.service.client, event_id)
    end = time.monotonic() + _SECONDS
    with ThreadPoolExecutor(1) as beside:
        injecting = beside.submit(INJECTIONS[name], stack, lambda: time.monotonic() < end)
        sale.run(lambda: injecting.done() and time.monotonic() > end, seed)
        injected = injecting.result()
    drift = stack.drift(event_id)
    redriven = _sync_down(stack, event_id)
    with audited(stack.installation, event_id):
        sale.sell_the_rest()
        _sync_down(stack, event_id)
    sale.admit(_qr_codes(stack, sale))
    stack.installation.run("sweep")
    refused = [f"{what}: {times}" for what, times in stack.aws_faults.injected.items()]
    return Report("; ".join([injected, *refused]), drift, redriven, judge(stack, event_id, sale.ledger))


def _warm_up(stack: Stack) -> None:
    """Wait until a worker works: sell a ticket of another event."""
    client = stack.service.client
    order_id = client.reserved(client.create_event(1))
    client.pay(order_id)
    client.order_once("paid", order_id)


def _sync_down(stack: Stack, event_id: str) -> int:
    redriven = 0

    def is_quiet() -> bool:
        nonlocal redriven
        redriven += stack.redrive()
        stack.make_mails_due()  # Each time: a try that began under the injection may fail after it.
        return stack.is_quiet(event_id)

    eventually(is_quiet, "the stack is quiet again", pause=0.5)
    return redriven


def _qr_codes(stack: Stack, sale: Sale) -> list[str]:
    paid = [order_id for order_id, token in sale.ledger.paying.items() if token != "tok_declined"]
    return [ticket["qr_code"] for order_id in paid for ticket in stack.service.client.tickets(order_id)]


def lines(name: str, report: Report, seconds: float) -> list[str]:
    """Return the report for a reader."""
    told = [f"{name}  ({seconds:.0f} s)", f"  injected: {report.injected}"]
    told += [f"  drift before the sweep: {report.drift_before}, dead letters put back: {report.redriven}"]
    told += [f"  {what}: {number}" for what, number in report.verdict.counted.items()]
    return [*told, *(f"  BROKEN  {sentence}" for sentence in report.verdict.broken), ""]


def timed(stack: Stack, name: str, seed: int) -> tuple[Report, list[str]]:
    """Run, and answer the report beside its lines."""
    began = time.monotonic()
    report = run(stack, name, seed)
    return report, lines(name, report, time.monotonic() - began)

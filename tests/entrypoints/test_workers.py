"""Several processes over one Postgres: ``serve --workers``, ``worker`` and ``sweep --every``, and how they end."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.cli import EVENT, answer, order_arguments
from tests.entrypoints.processes import ADMIN_KEY, Process, Samples, children, running, sample, serving, working
from tests.entrypoints.server import Json, create_event, pay, reserve, status_of, wait_until
from tests.limits import NO_LIMITS
from tests.servers.aws import Aws, aws_at
from tests.servers.ports import free_port
from tests.servers.postgres import drop_database, fresh_database
from ticketcore.domain import ids

SCRAPES = 20


@pytest.fixture
def variables(postgres_server: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the settings of processes that share an empty database on a server."""
    url = fresh_database(postgres_server)
    yield {"DATABASE_URL": url, "DATA": str(tmp_path), "ADMIN_KEY": ADMIN_KEY}
    drop_database(url)


def counted(samples: Samples) -> tuple[float, ...]:
    """Return the reservations, their outcomes, and the number of timed responses."""
    return (
        sample(samples, "ticketcore_http_requests_total", method="POST", route="/orders", status="201"),
        sample(samples, "ticketcore_http_requests_total", method="POST", route="/orders", status="409"),
        sample(samples, "ticketcore_reservations_total", outcome="reserved"),
        sample(samples, "ticketcore_reservations_total", outcome="sold_out"),
        sample(samples, "ticketcore_http_request_seconds_count", method="POST", route="/orders"),
    )


def buy(service: Process, event: dict[str, str], times: int) -> None:
    """Ask for one place, again and again, each time over a connection of its own."""
    body = {"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"}
    for _ in range(times):
        service.request("POST", "/orders", body)


def test_every_process_shows_the_counts_of_all(variables: dict[str, str]) -> None:
    """Every scrape has the exact totals, also after a process was killed; the service forks another and goes on."""
    with serving(variables, "--workers", "2") as service:
        wait_until(lambda: len(children(service)) == 2)
        event = create_event(service, ADMIN_KEY, 30)
        buy(service, event, 40)
        assert {counted(service.scrape()) for _ in range(SCRAPES)} == {(30, 10, 30, 10, 40)}
        before = children(service)
        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda: len(children(service) - {min(before)}) == 2)
        buy(service, event, 20)
        assert {counted(service.scrape()) for _ in range(SCRAPES)} == {(30, 30, 30, 30, 60)}
        assert service.end() == 0
    killed = [record["event"] for record in service.records if record["level"] == "error"]
    assert killed == [f"process {min(before)} ended (signal 9) and is replaced"]


def test_both_processes_serve(variables: dict[str, str]) -> None:
    """Requests that wait for one another are answered by the other process."""
    with serving(variables, "--workers", "2") as service:
        wait_until(lambda: len(children(service)) == 2)
        stopped, other = sorted(children(service))
        os.kill(stopped, signal.SIGSTOP)
        try:
            assert service.ask("GET", "/health/live") == {"status": "ok"}
        finally:
            os.kill(stopped, signal.SIGCONT)
        assert other in children(service)
        assert service.end() == 0


def test_the_directory_of_counts_goes_with_the_service(variables: dict[str, str], tmp_path: Path) -> None:
    """It is made in the temporary directory, and nothing of it stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path))
        with serving(variables, "--workers", "2") as service:
            assert [path.stat().st_mode & 0o777 for path in tmp_path.glob("ticketcore-metrics-*")] == [0o700]
            assert service.end() == 0
    assert list(tmp_path.glob("ticketcore-metrics-*")) == []


def test_the_processes_sell_to_the_end(variables: dict[str, str]) -> None:
    """With the queue in the database each has a worker inside: no other is needed."""
    with serving(variables, "--workers", "2") as service:
        order = reserve(service, create_event(service, ADMIN_KEY, 1))
        pay(service, order)
        wait_until(lambda: status_of(service, order) == "paid")
        assert service.end() == 0


def test_a_queue_of_its_own_is_for_workers_of_their_own(variables: dict[str, str], aws: Aws) -> None:
    """With SQS the service leaves the messages to ``ticketcore worker``."""
    with aws_at(aws.url):
        more = variables | {"QUEUE_URL": aws.new_queue()}
        with serving(more) as service:
            order = reserve(service, create_event(service, ADMIN_KEY, 1))
            pay(service, order)
            # A thread of the service publishes.
            wait_until(lambda: sample(service.scrape(), "ticketcore_queue_messages", state="waiting") == 1)
            assert status_of(service, order) == "processing"
            with working(more) as worker:
                wait_until(lambda: status_of(service, order) == "paid")
                assert worker.end() == 0
            assert service.end() == 0
    assert service.digests("charge") == set()
    assert worker.digests("charge") == service.digests("pay")


def test_a_worker_serves_its_own_metrics(variables: dict[str, str]) -> None:
    """What it charged and fulfilled is counted there, beside the state of the parts."""
    with serving(variables) as service:
        order = reserve(service, create_event(service, ADMIN_KEY, 1))
        assert service.end() == 0
    with working(variables) as worker:
        assert sample(worker.scrape(), "ticketcore_charges_total", outcome="paid") == 0
        with running(variables, "orders", "pay", order["id"], "--token", "tok_approved") as paying:
            assert paying.process.wait(30) == 0
        wait_until(lambda: sample(worker.scrape(), "ticketcore_messages_total", outcome="done") == 1)
        found = worker.scrape()
        assert sample(found, "ticketcore_charges_total", outcome="paid") == 1
        wait_until(lambda: sample(worker.scrape(), "ticketcore_deliveries_total", outcome="delivered") == 1)
        assert sample(found, "ticketcore_part_up", part="ledger") == 1
        assert worker.end() == 0


def test_a_workers_metrics_want_a_key(variables: dict[str, str]) -> None:
    """As those of the service do, unless they are public; no key is needed to see that the worker lives."""
    with working(variables) as worker:
        assert refusal_of(worker, "/metrics") == (401, "unauthorized")
        assert refusal_of(worker, "/metrics", "wrong") == (401, "unauthorized")
        assert refusal_of(worker, "/") == (404, "not_found")
        assert worker.request("POST", "/metrics", key=ADMIN_KEY)[0] == 405
        assert worker.request("GET", "/health/live")[0] == 200
        assert worker.end() == 0
    with working(variables | {"PUBLIC_METRICS": "1"}) as worker:
        assert worker.request("GET", "/metrics")[0] == 200
        assert worker.end() == 0


def refusal_of(worker: Process, path: str, key: str | None = None) -> tuple[int, str]:
    status, content = worker.request("GET", path, key=key)
    return status, json.loads(content)["code"]


def test_a_port_for_metrics_that_is_taken_is_told_in_one_line(variables: dict[str, str]) -> None:
    """The worker does not start half."""
    with (
        working(variables) as worker,
        running(variables, "worker", "--metrics-port", str(worker.port)) as second,
    ):
        assert second.process.wait(30) == 1
    [line] = second.errors
    assert str(worker.port) in line


@pytest.mark.parametrize(("processes", "number"), [("1", signal.SIGTERM), ("2", signal.SIGTERM), ("2", signal.SIGINT)])
def test_a_service_ends_with_success(processes: str, number: signal.Signals, variables: dict[str, str]) -> None:
    """SIGTERM and SIGINT end all its processes, and nothing is logged as a failure."""
    with serving(variables, "--workers", processes) as service:
        forked = children(service)
        assert service.end(number) == 0
    assert not [pid for pid in forked if Path(f"/proc/{pid}").exists()]
    assert failures(service) == []


#: The second worker is still being forked when the signal reaches its parent.
_SLOW_FORK = """
import os, signal, time
forked, fork = [], os.fork

def slowly():
    pid = fork()
    forked.append(pid)
    if len(forked) == 2 and pid:
        os.kill(os.getpid(), signal.SIGINT)
    elif len(forked) == 2:
        time.sleep(1)
    return pid

os.fork = slowly
"""


def test_a_signal_reaches_a_process_that_is_being_forked(variables: dict[str, str]) -> None:
    """It ends with the others, and is not killed when their time is over."""
    with running(variables, "serve", "--port", str(free_port()), "--workers", "2", first=_SLOW_FORK) as service:
        assert service.process.wait(20) == 0


def failures(process: Process) -> list[Json]:
    return [record for record in process.records if record["level"] not in {"debug", "info"}]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_finishes_what_is_in_hand(number: signal.Signals, variables: dict[str, str]) -> None:
    """A charge that was begun before the signal is recorded, then the worker ends with success; mail stays scheduled."""
    sell(variables)
    with working(variables, first=_SLOW_CHARGE) as worker:
        wait_until(lambda: "charging" in worker.lines)
        assert worker.end(number) == 0
    assert [record["outcome"] for record in worker.records][:2] == ["paid", "done"]


_SLOW_CHARGE = """
import time
from ticketcore_simulated_payments import SimulatedPaymentGateway
charge = SimulatedPaymentGateway.charge
def slow(self, attempt):
    print("charging", flush=True)
    time.sleep(1)
    return charge(self, attempt)
SimulatedPaymentGateway.charge = slow
"""


def sell(variables: dict[str, str]) -> None:
    """Let one order wait for a worker."""
    event = told(variables, "events", "create", "--name", "Night", "--capacity", "9", *EVENT)
    order = told(variables, *order_arguments(event))
    told(variables, "orders", "pay", order["id"], "--token", "tok_approved")


def told(variables: dict[str, str], *arguments: str) -> Json:
    """Return what a command in this process prints."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (NO_LIMITS | variables).items():
            environment.setenv(f"TICKETCORE_{name}", value)
        return answer(*arguments)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sweeper_goes_on_until_it_is_told_to_end(number: signal.Signals, variables: dict[str, str]) -> None:
    """It expires what was due before it began and what becomes due later."""
    brief = variables | {"HOLD_SECONDS": "1"}
    event = told(brief, "events", "create", "--name", "Night", "--capacity", "9", *EVENT)
    first = told(brief, *order_arguments(event))
    with running(brief, "sweep", "--every", "0.2") as sweeper:
        wait_until(lambda: sweeper.digests("expire") == {ids.digest(first["id"])})
        second = told(brief, *order_arguments(event))
        wait_until(lambda: ids.digest(second["id"]) in sweeper.digests("expire"))
        assert sweeper.end(number) == 0
    assert failures(sweeper) == []
    assert told(variables, "stock", "show", event["id"])["held"] == 0

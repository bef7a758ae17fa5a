"""The benchmark runs as it is described."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import urllib3

from benchmarks import paint
from benchmarks.counting import Parser, PostgresParser, RedisParser
from benchmarks.http_rows import HTTP_ROWS, HttpRow
from benchmarks.load import PROGRAM_VARIABLE, find_wrk
from benchmarks.rows import ROWS
from benchmarks.rush.buyers import Crowd, Tally
from benchmarks.rush.measuring import Rushed, Use
from benchmarks.servers import Stores, running_stores, running_yardstick
from benchmarks.stock import Stock, stocked
from tests.docs.markdown import codes, rows, sections
from ticketcore import Audit, StockReport
from ticketcore.domain.ids import EventId
from ticketcore_flask import create_app

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs/how-to/measure-speed.md"


def test_the_smallest_benchmark_measures_every_side(tmp_path: Path) -> None:
    """One operation in one short round has figures of ours and of both yardsticks, as a table and as JSON."""
    if find_wrk() is None:
        pytest.skip(f"no wrk: install it, or set {PROGRAM_VARIABLE} to the path of the program")
    file = tmp_path / "bench.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "event",
        "--processes",
        "1",
        "--rounds",
        "1",
        "--seconds",
        "1",
        "--json",
        str(file),
    ]
    command += ["--plot", str(tmp_path / "bench.svg")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("| GET /events/{id} |") == 2
    [operation] = json.loads(file.read_text())["operations"]
    assert operation["rounds"].keys() == {"ours", "same server", "gunicorn"}
    assert operation["sent"]["same server"] == {"statements": 0, "postgres_trips": 0, "commands": 1, "redis_trips": 1}
    assert ElementTree.parse(tmp_path / "bench.svg").getroot().tag.endswith("svg")
    for [only] in operation["rounds"].values():
        assert only["rate"] > 0
        assert only["p50"] <= only["p99"]
        assert only["api"] > 0
        assert only["redis"] > 0


@pytest.mark.parametrize(("stores", "share"), [("redis", 1), ("postgres", 1), ("sqlite", 10)])
def test_a_rush_sells_every_place_once_and_delivers_all_that_is_paid(tmp_path: Path, stores: str, share: int) -> None:
    """A small one for real: each place is sold, paid and mailed, and each loser refused as often as it asks."""
    file = tmp_path / "rush.json"
    sizes = ("--places", str(20 * share), "--buyers", str(100 * share), "--connections", "40", "--processes", "2")
    command = [sys.executable, "-m", "benchmarks.rush", stores, *sizes, "--tries", "2", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "| sold, paid, mailed | 20, 20, 20 |" in done.stdout
    figures = json.loads(file.read_text())[stores]
    assert figures["statuses"] == {"201": 20, "202": 20, "409": 160}
    assert 0 < figures["sold_out_after"] <= figures["rush_seconds"] <= figures["delivered_after"]


def test_a_rush_says_what_is_not_as_it_must_be() -> None:
    """A server error, a broken connection, a place too many and a mail too few are flaws; a rush without them has none."""
    crowd, now = Crowd(8000, "an-event", 2, 3, 1, 1), Use(0.0, {}, 0)
    good = Rushed(crowd, _tally(2), (now, now, now, now), StockReport(_audit(2), 0), 2)
    assert list(good.flaws()) == []

    bad = Rushed(crowd, _tally(2), (now, now, now, now), StockReport(_audit(3), 1), 1)
    bad.tally.note(503, b'{"detail": "The ledger cannot be reached."}')
    bad.tally.broken["ConnectionResetError"] += 1
    assert [flaw.partition(":")[0] for flaw in bad.flaws()] == [
        "server errors",
        "broken connections",
        "the places do not add up",
        "3 places are sold, 2 buyers have paid, there are 2",
        "2 buyers have paid, 1 mails were sent",
    ]


def _tally(winners: int) -> Tally:
    tally = Tally(0.0)
    tally.known["winners"] += [1.0] * winners
    return tally


def _audit(sold: int) -> Audit:
    return Audit(EventId("an-event"), 1, sold, 0, 0, sold, 0, sold, sold, sold, sold)


@pytest.mark.parametrize("row", HTTP_ROWS, ids=lambda row: row.name)
def test_every_request_has_a_yardstick(row: HttpRow) -> None:
    """Each has a module of its own name."""
    assert (ROOT / f"benchmarks/yardsticks/{row.name}.py").exists()


@pytest.fixture(scope="module")
def bed() -> Iterator[tuple[Stores, Stock]]:
    """Yield stores of a benchmark, and its stock."""
    with running_stores() as stores, stocked(stores) as stock:
        yield stores, stock


@pytest.mark.parametrize("row", HTTP_ROWS, ids=lambda row: row.name)
def test_a_yardstick_responds_as_the_service_does(bed: tuple[Stores, Stock], row: HttpRow) -> None:
    """Both respond to a request with the expected status, and with JSON of the same members; of refusals ours say more."""
    stores, stock = bed
    load = row.prepare(stock)(1)
    sent = load.requests[0]
    ours = (
        create_app(stock.assembly)
        .test_client()
        .open(sent.path, method=sent.method, data=sent.text, headers=load.headers)
    )
    assert ours.status_code == row.status, ours.text

    load = row.prepare(stock)(1)
    sent = load.requests[0]
    with running_yardstick(stores, row.name, 1) as yardstick:
        its = urllib3.request(sent.method, yardstick.url + sent.path, body=sent.text, headers=load.headers)
    assert its.status == row.status, its.data
    assert {*its.json()} == {*ours.get_json()} or row.status >= 400


def test_first_paints_are_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is opened by a real browser beside the page of one line, and what it loads is counted."""
    monkeypatch.setattr(sys, "argv", ["paint", "home", "--rounds", "1"])
    paint.main()

    [*_, row] = capsys.readouterr().out.splitlines()
    name, first, bare, ratio, requests, size = (cell.strip() for cell in row.strip("|").split("|"))
    assert name == "home"
    assert int(first.partition(" ")[0]) > 0 < int(bare)
    assert float(ratio) > 0
    assert int(requests) > 1
    assert 0 < int(size) < 100


def test_an_unknown_page_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for and is no page's name is said at the end."""
    monkeypatch.setattr(sys, "argv", ["paint", "hme"])
    with pytest.raises(SystemExit, match="there is no page hme"):
        paint.main()


def test_the_guide_names_every_operation() -> None:
    """Its tables have the names of the command line, each once."""
    [section] = [each for each in sections(GUIDE.read_text()) if each.heading == "What is compared"]
    named = [name for cells in rows(section.text) for name in codes(cells[0])]

    assert sorted(named) == sorted(row.name for row in ROWS)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_commands_are_counted_however_they_arrive(size: int) -> None:
    """A statement or command counts once, whether it comes in pieces or together with others."""
    start = b"\0\0\0\x0c\0\x03\0\0abc\0"
    of_postgres = start + b"Q\0\0\0\x06B\0" + b"P\0\0\0\x04" + b"E\0\0\0\x09\0\0\0\0\0" + b"S\0\0\0\x04"
    of_redis = b"*1\r\n$4\r\nPING\r\n" + b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n"

    parsers: list[tuple[Parser, bytes]] = [(PostgresParser(), of_postgres), (RedisParser(), of_redis)]
    for parser, sent in parsers:
        assert sum(parser(sent[begin : begin + size]) for begin in range(0, len(sent), size)) == 2


def test_an_operation_that_cannot_be_measured_ends_in_one_line(tmp_path: Path) -> None:
    """Without a load generator the benchmark says what is missing, and how to name it."""
    environment = {**os.environ, "PATH": str(tmp_path), PROGRAM_VARIABLE: ""}
    command = [sys.executable, "-m", "benchmarks", "event"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == f"no wrk: install it, or set {PROGRAM_VARIABLE} to the path of the program\n"

"""``ticketcore serve``, ``worker``, ``sweep`` and ``db``."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path

import click

from ticketcore.keys import Role
from ticketcore_bootstrap import Assembly, run_worker, upgrade, work_batch
from ticketcore_cli.keys import create_key
from ticketcore_cli.session import as_json, failing_in_one_line, opened, settings_of_environment, show, with_box_office


def _log_to_standard_error() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The directory of the embedded parts.")
@as_json
def serve(host: str, port: int, data: Path | None) -> None:
    """Run the HTTP service, with the worker and the sweeper inside."""
    from ticketcore_cli.server import Server  # noqa: PLC0415  Flask and gunicorn are slow to import.

    _log_to_standard_error()
    with failing_in_one_line():
        settings = settings_of_environment(data)
        with opened(settings) as assembly:
            _give_first_key(assembly)
        Server(settings, host, port, _announce).run()


def _announce(url: str) -> None:
    show({"serving": url}, f"ticketcore serves {url}")


def _give_first_key(assembly: Assembly) -> None:
    """Print an admin key at the first start, unless one was given from outside."""
    if assembly.settings.admin_key is None and not assembly.box_office.ports.keys.list():
        _, secret = create_key(assembly, "first", Role.ADMIN)
        show({"admin_key": secret}, f"Admin key, shown this once: {secret}")


@click.command()
@click.option("--once", is_flag=True, help="Stop when nothing is ready.")
@with_box_office
def worker(assembly: Assembly, once: bool) -> None:
    """Process the payment queue."""
    _log_to_standard_error()
    if once:
        _work_until_idle(assembly)
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_worker(assembly.box_office, stop)


def _work_until_idle(assembly: Assembly) -> None:
    done = failed = 0
    ports = assembly.box_office.ports
    waiting = ports.payment_queue.depth(ports.clock.now()).waiting
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=waiting, label="processing", file=sys.stderr, hidden=hidden) as progress:
        while (report := work_batch(assembly.box_office)).done or report.failures:
            done += report.done
            failed += len(report.failures)
            progress.update(report.done)
    show({"done": done, "failed": failed}, f"processed {done}, gave back {failed}")


@click.command()
@with_box_office
def sweep(assembly: Assembly) -> None:
    """Expire what is due, publish what was not sent, repair counters."""
    report = assembly.box_office.sweep()
    repaired = [{"event_id": repair.event_id, "drift": repair.drift} for repair in report.repaired]
    show(
        {"expired": report.expired, "published": report.published, "repaired": repaired},
        f"places given back by expiry: {report.expired}",
        f"messages published: {report.published}",
        f"counters repaired: {len(repaired)}",
    )


@click.group()
@as_json
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
@as_json
def upgrade_schema() -> None:
    """Bring the database schema up to date."""
    with failing_in_one_line():
        before, after = upgrade(settings_of_environment())
    show({"before": before, "after": after}, f"schema {before or 'empty'} -> {after}")

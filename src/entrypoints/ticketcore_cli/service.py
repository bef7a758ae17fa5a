"""``ticketcore serve``, ``worker``, ``sweep`` and ``db``."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import click

from ticketcore import BoxOffice, NewKey, accepted
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ledger_faults import LedgerFault
from ticketcore.domain.texts import Text, plural_text
from ticketcore_bootstrap import (
    WORKER,
    Assembly,
    Background,
    Settings,
    backends,
    checking,
    deliver_batch,
    report_environment,
    require_private_key,
    run_sweeper,
    send_webhooks,
    upgrade,
    work_batch,
)
from ticketcore_bootstrap.files import write_secret
from ticketcore_bootstrap.gateways import SIMULATED
from ticketcore_bootstrap.telemetry import Telemetry, logged, logging_to_standard_error, shared_counts
from ticketcore_cli.context import (
    as_json,
    failing_in_one_line,
    name_ledger,
    opened,
    say,
    settings_of_environment,
    show,
    wants_json,
)
from ticketcore_cli.keys import revoked_unless_shown
from ticketcore_cli.metrics_app import serving_metrics
from ticketcore_cli.output import OutputLost, echo

_LOG = logging.getLogger("ticketcore")
#: In JSON, so that its size is bounded.
_MOST_FAULTS = 1000


@contextmanager
def logging_acts(level: int = logging.INFO) -> Iterator[None]:
    """Write log lines within the block; a bug is logged, too, because a traceback on standard error could quote an id."""
    with logging_to_standard_error(level):
        try:
            yield
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception:
            _LOG.critical("the command ended with a bug", exc_info=True)
            raise click.exceptions.Exit(1) from None


def _warn_of_unknown_variables() -> None:
    for name in report_environment(os.environ).unknown:
        _LOG.warning("%s is set and means nothing: see `ticketcore settings`", name)


def _stopped_by_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set from now on."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@click.command(short_help="Run the HTTP service with its background work.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="How many processes serve.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The directory of the embedded components."
)
@as_json
def serve(host: str, port: int, workers: int, data: Path | None) -> None:
    """Run the HTTP service, with the sweeper inside, and the worker too if the payment queue is in the database."""
    with logging_acts(), failing_in_one_line():
        settings = settings_of_environment(data)
        _warn_of_unknown_variables()
        has_worker = settings.queue == backends.Database()
        if has_worker:
            require_private_key(settings)
        with shared_counts(workers):
            # Prometheus' client reads its directory when it is imported; Flask and uvicorn are slow to import.
            from ticketcore_flask import server  # noqa: PLC0415

            with listening(host, port) as listener:
                if server.is_loopback(listener):
                    settings = attrs.evolve(settings, local_url=server.url_of(listener))
                with opened(settings) as assembly:
                    assembly.check_signing_key(seals=has_worker)
                    _give_first_key(assembly)
                _announce(settings, server.url_of(listener), is_public=not server.is_loopback(listener))
                if not server.Server(settings, workers).run(listener):
                    raise click.exceptions.Exit(1)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; end in one line if it cannot."""
    from ticketcore_flask.server import listen  # noqa: PLC0415  As above.

    try:
        return listen(host, port)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _cannot_listen(host: str, port: int, error: OSError) -> click.ClickException:
    address = f"{host}:{port}"
    cannot = Text("cannot listen on %(address)s: %(reason)s", address=address, reason=error.strerror or str(error))
    return click.ClickException(say(cannot))


def _announce(settings: Settings, url: str, *, is_public: bool) -> None:
    if settings.simulated_payments and is_public:
        _LOG.warning("payments are simulated and %s can be reached from other machines: tickets cost nothing", url)
    # A service that cannot say where it is serves all the same.
    with suppress(OutputLost):
        _show_address(settings, url)


def _show_address(settings: Settings, url: str) -> None:
    payments = [Text("Payments are simulated: no money moves.")] if settings.simulated_payments else []
    without_links = Text("Mails have no links to the pages of orders until TICKETCORE_PUBLIC_URL is set.")
    show(
        {
            "serving": url,
            "payments": SIMULATED if settings.simulated_payments else "real",
            "mail_links": settings.mail_url,
        },
        *payments,
        Text("ticketcore serves %(url)s", url=url),
        *([] if settings.mails_have_links else [without_links]),
    )


def _give_first_key(assembly: Assembly) -> None:
    """Give an admin key at the first start, unless one was given from outside.

    It is printed on a terminal only: other outputs are kept by logs, which more people read than the data directory.
    """
    if assembly.settings.admin_key is not None or assembly.organiser.list_keys():
        return
    if sys.stdout.isatty():
        new = _first_key(assembly)
        with revoked_unless_shown(assembly, new.key):
            show({"admin_key": new.text}, Text("Admin key, shown this once: %(key)s", key=new.text))
        return
    path = assembly.settings.data / "first-admin-key"
    write_secret(path, lambda: _first_key(assembly).text)
    _LOG.warning("an admin key is in %s: keep it elsewhere and delete the file", path)


def _first_key(assembly: Assembly) -> NewKey:
    return accepted(assembly.organiser.create_key("first", Role.ADMIN))


@click.command(short_help="Charge payments, and send mails and webhooks.")
@click.option("--once", is_flag=True, help="Stop when nothing is ready.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Serve Prometheus metrics on this port.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="Where to listen for --metrics-port.")
@as_json
def worker(once: bool, metrics_port: int | None, metrics_host: str) -> None:
    """Process the payment queue, and beside it deliver images and mail and tell webhooks."""
    with logging_acts(logging.WARNING if once else logging.INFO), failing_in_one_line():
        stop = None if once else _stopped_by_signals()
        require_private_key(settings_of_environment())
        _warn_of_unknown_variables()
        with opened() as assembly, _observed(assembly, metrics_host, metrics_port) as observed:
            assembly.check_signing_key(seals=True)
            if stop is None:
                _work_until_idle(observed)
            else:
                with Background(observed.box_office, WORKER):
                    stop.wait()


@contextmanager
def _observed(assembly: Assembly, host: str, port: int | None) -> Iterator[Assembly]:
    """Yield an assembly that logs acts and outcomes and, with a port, serves metrics there."""
    if port is None:
        yield logged(assembly)
        return
    telemetry = Telemetry.of(assembly)
    with ExitStack() as serving:
        try:
            serving.enter_context(serving_metrics(telemetry, host, port))
        except OSError as error:
            raise _cannot_listen(host, port, error) from error
        yield telemetry.assembly


def _work_until_idle(assembly: Assembly) -> None:
    done = failed = 0
    waiting = assembly.organiser.queue().waiting
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=waiting, label="processing", file=sys.stderr, hidden=hidden) as progress:
        while (report := work_batch(assembly.box_office)).done or report.failures:
            done += report.done
            failed += len(report.failures)
            progress.update(report.done)
    delivered = postponed = 0
    while (report := deliver_batch(assembly.box_office)).done or report.failures:
        delivered += report.done
        postponed += len(report.failures)
    told, untold = _tell_until_idle(assembly)
    show(
        {
            "done": done,
            "failed": failed,
            "delivered": delivered,
            "postponed": postponed,
            "told": told,
            "untold": untold,
        },
        Text("processed %(done)s, gave back %(failed)s", done=done, failed=failed),
        Text("mails sent %(delivered)s, postponed %(postponed)s", delivered=delivered, postponed=postponed),
        Text("messages to webhooks sent %(told)s, postponed %(untold)s", told=told, untold=untold),
    )


def _tell_until_idle(assembly: Assembly) -> tuple[int, int]:
    """Send what webhooks are to be told; return how many messages were accepted, and how many not."""
    assembly.box_office.collect_webhooks()
    told = untold = 0
    while (report := send_webhooks(assembly.box_office)).done or report.failures:
        told += report.done
        untold += len(report.failures)
    return told, untold


@click.command(short_help="Expire what is due and repair what differs.")
@click.option("--every", type=click.FloatRange(0.1, 3600), metavar="SECONDS", help="Repeat with this pause in between.")
@as_json
def sweep(every: float | None) -> None:
    """Expire due reservations, publish unsent messages, repair counters."""
    if every is None:
        with failing_in_one_line(), opened() as assembly:
            _sweep_once(assembly.box_office)
        return
    with logging_acts(), failing_in_one_line():
        stop = _stopped_by_signals()
        with opened() as assembly:
            run_sweeper(logged(assembly).box_office, stop, every)


def _sweep_once(box_office: BoxOffice) -> None:
    report = box_office.sweep()
    repaired = [{"event_id": repair.event_id, "drift": repair.drift} for repair in report.repaired]
    show(
        {
            "expired": report.expired,
            "published": report.published,
            "repaired": repaired,
            "forgotten": report.forgotten,
            "announced": report.announced,
            "refunds": report.refunds,
        },
        Text("places given back by expiry: %(count)s", count=report.expired),
        Text("messages published: %(count)s", count=report.published),
        Text("counters repaired: %(count)s", count=len(repaired)),
        Text("addresses forgotten: %(count)s", count=report.forgotten),
        Text("mails about changed events: %(count)s", count=report.announced),
        Text("refunds of events started: %(count)s", count=report.refunds),
    )


@click.group()
@as_json
def db() -> None:
    """Manage the database schema."""


@db.command("upgrade")
@as_json
def upgrade_schema() -> None:
    """Bring the database schema up to date."""
    with failing_in_one_line():
        before, after = upgrade(settings_of_environment())
    show(
        {"before": before, "after": after},
        Text("schema %(before)s -> %(after)s", before=before or Text("empty"), after=after),
    )


@db.command(short_help="Check a ledger against its own rules.")
@click.option("--images", is_flag=True, help="Look for the stored image of every ticket, too.")
@as_json
def check(images: bool) -> None:
    """Check a ledger, such as a restored one, against its own rules; exit with 1 if there is a fault."""
    with failing_in_one_line():
        settings = settings_of_environment()
        with checking(settings, images=images) as found:
            faults = _show_faults(found.faults())
    counts = {"events": found.events, "orders": found.orders, "tickets": found.tickets, "images": found.images}
    total = faults.pop("total")
    show(
        {**counts, **faults, "fault_count": total},
        Text(
            "events %(events)s, orders %(orders)s, tickets %(tickets)s with their QR texts, images %(images)s", **counts
        ),
        Text("no fault") if not total else plural_text("%(faults)s fault", "%(faults)s faults", "faults", faults=total),
    )
    name_ledger(settings)
    if total:
        raise click.exceptions.Exit(1)


def _show_faults(faults: Iterator[LedgerFault]) -> dict[str, Any]:
    """Print each fault in a line as it is found; return the first ones for JSON, and how many there are."""
    first: list[dict[str, Any]] = []
    total = 0
    for fault in faults:
        total += 1
        if not wants_json():
            echo(f"{fault.kind.value}: {say(_subject_of(fault))}: {say(fault.detail)}")
        elif total <= _MOST_FAULTS:
            first.append({**attrs.asdict(fault, recurse=False), "kind": fault.kind.value})
    return {"faults": first, "total": total}


def _subject_of(fault: LedgerFault) -> Text:
    if fault.order is not None:
        return Text("order %(order)s", order=fault.order)
    if fault.event_id is not None:
        return Text("event %(event)s", event=fault.event_id)
    return Text("ledger")
